/* Text for people and checks of text from outside. One decoder of UTF-8 (the table of RFC 3629, section 4) serves them
 * all: what it does not accept is a byte, never a character. */
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

/* The code point at the front of bytes and its length, 1–4; 0: it is not UTF-8. */
static size_t decode(const char *bytes, size_t n, uint32_t *out_point)
{
    const unsigned char *b = (const unsigned char *)bytes;
    if (b[0] < 0x80) {
        *out_point = b[0];
        return 1;
    }
    size_t length = b[0] >= 0xF0 ? 4 : b[0] >= 0xE0 ? 3 : 2;
    if (b[0] < 0xC2 || b[0] > 0xF4 || n < length)
        return 0;
    uint32_t point = b[0] & (0x7F >> length);
    for (size_t i = 1; i < length; i++) {
        if ((b[i] & 0xC0) != 0x80)
            return 0;
        point = point << 6 | (b[i] & 0x3F);
    }
    static const uint32_t LEAST[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < LEAST[length] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
        return 0;
    *out_point = point;
    return length;
}

bool text_is_utf8(const char *bytes, size_t n)
{
    for (size_t i = 0, length; i < n; i += length) {
        uint32_t point;
        length = decode(bytes + i, n - i, &point);
        if (!length)
            return false;
    }
    return true;
}

static bool is_control(uint32_t point) { return point < 0x20 || (point >= 0x7F && point <= 0x9F); }

/* Controls, and the invisible characters that reorder a line or end it. */
static bool is_unsafe(uint32_t point)
{
    return is_control(point) || point == 0x061C || point == 0x200E || point == 0x200F ||
           (point >= 0x2028 && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

bool text_has_control(const char *s)
{
    for (size_t i = 0, n = strlen(s), length; i < n; i += length) {
        uint32_t point;
        length = decode(s + i, n - i, &point);
        if (!length) { /* to a terminal that reads Latin-1, a lone byte is a character */
            point = (unsigned char)s[i];
            length = 1;
        }
        if (is_control(point))
            return true;
    }
    return false;
}

static void escape(struct buf *b, uint32_t point)
{
    if (point == '\t')
        buf_puts(b, "\\t");
    else if (point == '\n')
        buf_puts(b, "\\n");
    else if (point < 0x80)
        buf_printf(b, "\\x%02x", point);
    else
        buf_printf(b, "\\u{%x}", point);
}

void text_safe(struct buf *b, const char *bytes, size_t n, bool lines)
{
    size_t from = 0; /* of the run of safe characters not yet copied */
    for (size_t i = 0, length; i < n; i += length) {
        uint32_t point;
        length = decode(bytes + i, n - i, &point);
        bool keep = length && (!is_unsafe(point) || (lines && (point == '\t' || point == '\n')));
        if (keep)
            continue;
        buf_add(b, bytes + from, i - from);
        if (length) {
            escape(b, point);
        } else {
            buf_printf(b, "\\x%02x", (unsigned char)bytes[i]);
            length = 1;
        }
        from = i + length;
    }
    buf_add(b, bytes + from, n - from);
}

void text_cut(struct buf *b, const char *s, size_t columns)
{
    CLEANUP(buf_done) struct buf safe = {0};
    text_safe(&safe, s, strlen(s), false);
    const char *text = buf_text(&safe);
    size_t shown = 0, fits = 0; /* fits: where to cut to leave a column for the sign */
    for (size_t i = 0; i < safe.len; i++) {
        if ((text[i] & 0xC0) == 0x80)
            continue;
        if (shown + 1 == columns)
            fits = i;
        shown++;
    }
    if (shown <= columns) {
        buf_add(b, text, safe.len);
    } else if (columns > 0) {
        buf_add(b, text, fits);
        buf_puts(b, "…");
    }
}

void text_count(struct buf *b, int64_t n)
{
    char digits[24];
    int count = snprintf(digits, sizeof digits, "%llu",
                         n < 0 ? 0 - (unsigned long long)n : (unsigned long long)n);
    if (n < 0)
        buf_putc(b, '-');
    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            buf_putc(b, ',');
        buf_putc(b, digits[i]);
    }
}

/* "LARGE unit", with " SMALL unit" behind it unless that is 0. */
static void two_units(struct buf *b, int64_t large, const char *unit, int64_t small, const char *small_unit)
{
    buf_printf(b, "%lld %s", (long long)large, unit);
    if (small)
        buf_printf(b, " %lld %s", (long long)small, small_unit);
}

void text_bytes(struct buf *b, int64_t n)
{
    static const char *const UNITS[] = {"KiB", "MiB", "GiB", "TiB"};
    double value = (double)n / 1024;
    size_t unit = 0;
    if (n < 1024) {
        buf_printf(b, "%d byte%s", (int)n, n == 1 ? "" : "s");
        return;
    }
    for (; value >= 1000 && unit + 1 < COUNT_OF(UNITS); unit++)
        value /= 1024;
    buf_printf(b, "%.*f %s", value >= 100 ? 0 : value >= 10 ? 1 : 2, value, UNITS[unit]);
}

void text_span(struct buf *b, int64_t us)
{
    if (us < 0) {
        buf_putc(b, '-');
        us = us == INT64_MIN ? INT64_MAX : -us;
    }
    if (us < 999500) {
        buf_printf(b, "%lld ms", (long long)((us + 500) / 1000));
        return;
    }
    int64_t s = us / 1000000 + (us % 1000000 >= 500000);
    if (s < 60)
        buf_printf(b, "%lld s", (long long)s);
    else if (s < 3600)
        two_units(b, s / 60, "min", s % 60, "s");
    else if (s < 86400)
        two_units(b, s / 3600, "h", s % 3600 / 60, "min");
    else
        two_units(b, s / 86400, "d", s % 86400 / 3600, "h");
}

/* Digits at *s, at most nine of them; moves *s behind them. -1 if there are none or too many. */
static int64_t read_number(const char **s)
{
    int64_t n = 0;
    int count = 0;
    for (; **s >= '0' && **s <= '9'; (*s)++, count++)
        if (count < 10)
            n = n * 10 + (**s - '0');
    return count >= 1 && count <= 9 ? n : -1;
}

/* What follows the first number of [HH:]MM:SS. */
static int64_t read_clock(int64_t first, const char *s)
{
    int64_t sum = first;
    int parts = 0;
    while (*s == ':') {
        const char *at = ++s;
        int64_t n = read_number(&s);
        if (n < 0 || n > 59 || s - at > 2 || ++parts > 2)
            return -1;
        sum = sum * 60 + n;
    }
    return *s ? -1 : sum * 1000000;
}

int64_t text_parse_span(const char *s)
{
    int64_t whole = read_number(&s), fraction = 0, unit = 1;
    if (whole < 0)
        return -1;
    if (*s == ':')
        return read_clock(whole, s);
    if (*s == '.') {
        const char *at = ++s;
        for (int64_t place = 100000; *s >= '0' && *s <= '9'; s++, place /= 10)
            fraction += (*s - '0') * place;
        if (s == at)
            return -1;
    }
    switch (*s) {
    case 's': s++; break;
    case 'm': unit = 60, s++; break;
    case 'h': unit = 3600, s++; break;
    case 'd': unit = 86400, s++; break;
    }
    int64_t us;
    if (*s || __builtin_mul_overflow(whole * 1000000 + fraction, unit, &us))
        return -1;
    return us;
}

char *text_cause(int error, char out[TEXT_CAUSE_BYTES])
{
    const char *words = strerrordesc_np(error);
    if (words)
        snprintf(out, TEXT_CAUSE_BYTES, "%s", words);
    else
        snprintf(out, TEXT_CAUSE_BYTES, "error %d", error);
    if (out[0] >= 'A' && out[0] <= 'Z' && !(out[1] >= 'A' && out[1] <= 'Z'))
        out[0] = (char)(out[0] - 'A' + 'a');
    return out;
}

static bool is_plain(const char *s)
{
    if (!*s)
        return false;
    return s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-")] == '\0';
}

void text_shell_word(struct buf *b, const char *s)
{
    if (is_plain(s)) {
        buf_puts(b, s);
        return;
    }
    buf_putc(b, '\'');
    for (; *s; s++) {
        if (*s == '\'')
            buf_puts(b, "'\\''");
        else
            buf_putc(b, *s);
    }
    buf_putc(b, '\'');
}
