/* See task_listing.h. Escapes are those of text_safe, after backslashes and quotes were escaped; reading undoes both. What looks
 * like an escaped text and is none was not written by us: it is taken as it stands. */
#include "cli/task_listing.h"

#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "core/task.h"

enum { STATE_COLUMNS = 9, STATE_ROOM = 16 };

const char TASK_LISTING_HEADER[] = "State     Task";

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static bool begins_quoted(const char *text, size_t n) { return n >= 2 && memcmp(text, "$'", 2) == 0; }

/* Would it be another text if it were written as it is? */
static bool needs_quotes(const char *text, size_t n)
{
    CLEANUP(buf_done) struct buf safe = {0};
    text_safe(&safe, text, n, false);
    return !n || safe.len != n || begins_quoted(text, n) || is_blank(text[0]) || is_blank(text[n - 1]);
}

static void put_quoted(struct buf *b, const char *text, size_t n)
{
    CLEANUP(buf_done) struct buf escaped = {0};
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '\\' || text[i] == '\'')
            buf_putc(&escaped, '\\');
        buf_putc(&escaped, text[i]);
    }
    buf_puts(b, "$'");
    text_safe(b, buf_text(&escaped), escaped.len, false);
    buf_putc(b, '\'');
}

void task_listing_write(struct buf *b, const char *state, const char *text, size_t n)
{
    size_t at = b->len;
    buf_printf(b, "%-*s ", STATE_COLUMNS, state);
    b->data[at] = (char)toupper((unsigned char)b->data[at]);
    if (needs_quotes(text, n))
        put_quoted(b, text, n);
    else
        buf_add(b, text, n);
}

/* ---- reading */

/* Appends a code point as UTF-8. */
static void put_point(struct buf *b, unsigned point)
{
    if (point < 0x80) {
        buf_putc(b, (char)point);
        return;
    }
    if (point < 0x800) {
        buf_putc(b, (char)(0xC0 | point >> 6));
    } else {
        buf_putc(b, (char)(0xE0 | point >> 12));
        buf_putc(b, (char)(0x80 | (point >> 6 & 0x3F)));
    }
    buf_putc(b, (char)(0x80 | (point & 0x3F)));
}

/* Hexadecimal digits, `least` to `most` of them; how many there are, 0: not so. */
static size_t read_hex(const char *at, const char *end, size_t least, size_t most, unsigned *out)
{
    size_t n = 0;
    *out = 0;
    for (; n < most && at + n < end && isxdigit((unsigned char)at[n]); n++) {
        int c = tolower((unsigned char)at[n]);
        *out = *out * 16 + (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return n >= least ? n : 0;
}

/* What stands behind a backslash; how many bytes of it, 0: that is no escape. */
static size_t read_escape(const char *at, const char *end, struct buf *out)
{
    static const char NAMED[] = "n\nt\t\\\\''";
    unsigned point;
    for (size_t i = 0; i + 1 < sizeof NAMED; i += 2)
        if (*at == NAMED[i]) {
            buf_putc(out, NAMED[i + 1]);
            return 1;
        }
    if (*at == 'x' && read_hex(at + 1, end, 2, 2, &point)) {
        buf_putc(out, (char)point);
        return 3;
    }
    size_t digits = end - at > 3 && at[0] == 'u' && at[1] == '{' ? read_hex(at + 2, end, 1, 4, &point) : 0;
    if (!digits || at + 2 + digits >= end || at[2 + digits] != '}')
        return 0;
    put_point(out, point);
    return digits + 3;
}

/* The inside of $'…'. Is it one? */
static bool unquote(const char *text, size_t n, struct buf *out)
{
    const char *end = text + n;
    while (text < end) {
        if (*text == '\'')
            return false;
        if (*text != '\\') {
            buf_putc(out, *text++);
            continue;
        }
        size_t used = ++text < end ? read_escape(text, end, out) : 0;
        if (!used)
            return false;
        text += used;
    }
    return true;
}

static void put_text(const char *text, size_t n, struct buf *out)
{
    CLEANUP(buf_done) struct buf plain = {0};
    bool quoted = n >= 3 && begins_quoted(text, n) && text[n - 1] == '\'';
    if (quoted && unquote(text + 2, n - 3, &plain))
        buf_add(out, buf_text(&plain), plain.len);
    else
        buf_add(out, text, n);
}

int task_listing_state(const char *word, size_t n)
{
    char small[STATE_ROOM];
    if (n >= sizeof small)
        return -1;
    for (size_t i = 0; i < n; i++)
        small[i] = (char)tolower((unsigned char)word[i]);
    small[n] = '\0';
    return task_state_from(small);
}

/* Where it begins and ends. */
static size_t first_word(const char *line, size_t n, size_t *out_from)
{
    size_t at = 0;
    while (at < n && is_blank(line[at]))
        at++;
    *out_from = at;
    while (at < n && !is_blank(line[at]))
        at++;
    return at;
}

bool task_listing_has_state(const char *line, size_t n)
{
    size_t from, end = first_word(line, n, &from);
    return task_listing_state(line + from, end - from) >= 0;
}

int task_listing_read(const char *line, size_t n, int *out_state, struct buf *out_text, struct err *e)
{
    size_t from, at = first_word(line, n, &from);
    int state = task_listing_state(line + from, at - from);
    if (state < 0)
        return err_refuse(e, ERR_BAD_LINE, "'%.*s' is no state of a task: a line is like 'Failed  COMMAND'",
                          (int)(at - from < 40 ? at - from : 40), line + from);
    while (at < n && is_blank(line[at]))
        at++;
    while (n > at && is_blank(line[n - 1]))
        n--;
    if (at == n)
        return err_refuse(e, ERR_BAD_LINE, "no task stands behind its state");
    *out_state = state;
    put_text(line + at, n - at, out_text);
    return 0;
}
