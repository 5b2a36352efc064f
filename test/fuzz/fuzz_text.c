/* Bytes of any origin on their way to a terminal, a log or a table: text_safe, text_cut, the columns; and words for a shell.
 *
 * What comes out is UTF-8 without control characters, bidirectional overrides and line ends (but those asked for), is
 * left alone when it goes through again unless it was escaped, and fits into the columns it was given. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/columns.h"
#include "base/text.h"
#include "fuzz.h"

enum { COLUMNS_MAX = 24 };

/* UTF-8 decoded the slow way, by the definition: 0 where it is none. */
static size_t decode(const uint8_t *b, size_t n, uint32_t *out)
{
    static const struct {
        uint32_t least, most;
        uint8_t lead, mask;
    } FORMS[] = {{0, 0x7F, 0, 0x80}, {0x80, 0x7FF, 0xC0, 0xE0}, {0x800, 0xFFFF, 0xE0, 0xF0}, {0x10000, 0x10FFFF, 0xF0, 0xF8}};
    for (size_t form = 0; form < COUNT_OF(FORMS); form++) {
        if ((b[0] & FORMS[form].mask) != FORMS[form].lead || n <= form)
            continue;
        uint32_t point = b[0] & (uint8_t)~FORMS[form].mask;
        for (size_t i = 1; i <= form; i++) {
            if (b[i] < 0x80 || b[i] > 0xBF)
                return 0;
            point = point * 64 + (b[i] - 0x80u);
        }
        bool surrogate = point >= 0xD800 && point < 0xE000;
        *out = point;
        return point < FORMS[form].least || point > FORMS[form].most || surrogate ? 0 : form + 1;
    }
    return 0;
}

static bool is_utf8(const uint8_t *bytes, size_t n)
{
    uint32_t point;
    for (size_t i = 0, step; i < n; i += step)
        if (!(step = decode(bytes + i, n - i, &point)))
            return false;
    return true;
}

static void check_safe(const struct buf *b, bool lines)
{
    const uint8_t *bytes = (const uint8_t *)buf_text(b);
    uint32_t point;
    for (size_t i = 0, step; i < b->len; i += step) {
        step = decode(bytes + i, b->len - i, &point);
        fuzz_must(step, "what is shown is no UTF-8");
        bool control = point < 0x20 || (point >= 0x7F && point < 0xA0);
        fuzz_must(!control || (lines && (point == '\n' || point == '\t')), "a control character %x is shown", point);
        fuzz_must(point != 0x61C && (point < 0x200E || point > 0x200F) && (point < 0x2028 || point > 0x202E) &&
                      (point < 0x2066 || point > 0x2069),
                  "an invisible character %x is shown", point);
    }
}

static void check_shown(const char *bytes, size_t n, bool lines)
{
    CLEANUP(buf_done) struct buf once = {0}, twice = {0};
    text_safe(&once, bytes, n, lines);
    check_safe(&once, lines);
    text_safe(&twice, buf_text(&once), once.len, lines);
    fuzz_must(once.len == twice.len && memcmp(buf_text(&once), buf_text(&twice), once.len) == 0, "safe text was changed");
}

static size_t points(const char *s)
{
    size_t n = 0;
    for (; *s; s++)
        n += (*s & 0xC0) != 0x80;
    return n;
}

static void check_cut(const char *text, size_t columns)
{
    CLEANUP(buf_done) struct buf cut = {0}, whole = {0}, fit = {0}, right = {0};
    text_cut(&cut, text, columns);
    check_safe(&cut, false);
    fuzz_must(points(buf_text(&cut)) <= columns, "more than %zu columns: %s", columns, buf_text(&cut));
    text_safe(&whole, text, strlen(text), false);
    bool fits = points(buf_text(&whole)) <= columns;
    fuzz_must(fits == (strcmp(buf_text(&whole), buf_text(&cut)) == 0), "cut without need, or not: %s", buf_text(&cut));
    columns_fit(&fit, buf_text(&whole), columns);
    columns_fit_right(&right, buf_text(&whole), columns);
    fuzz_must(columns_of(buf_text(&fit)) == columns, "not %zu columns: '%s'", columns, buf_text(&fit));
    fuzz_must(columns_of(buf_text(&right)) == columns, "not %zu columns: '%s'", columns, buf_text(&right));
}

/* The word as a shell reads it: plain characters, '…' and \'. */
static void check_shell_word(const char *text)
{
    CLEANUP(buf_done) struct buf word = {0}, read = {0};
    text_shell_word(&word, text);
    bool quoted = false;
    for (const char *s = buf_text(&word); *s; s++) {
        if (*s == '\'')
            quoted = !quoted;
        else if (!quoted && *s == '\\')
            buf_putc(&read, *++s);
        else {
            fuzz_must(quoted || !strchr(" \t\n|&;<>()$`\\\"'*?[]#~{}!", *s), "'%c' stands bare in %s", *s, buf_text(&word));
            buf_putc(&read, *s);
        }
    }
    fuzz_must(!quoted && word.len, "no whole word: %s", buf_text(&word));
    fuzz_must(strcmp(buf_text(&read), text) == 0, "another word: %s", buf_text(&word));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct fuzz_input in = {bytes, n};
    size_t columns = fuzz_choice(&in, COLUMNS_MAX);
    CLEANUP(cleanup_free) char *raw = fuzz_copy(in.at, in.left), *text = strndup(raw, in.left);
    fuzz_must(text_is_utf8(raw, in.left) == is_utf8(in.at, in.left), "UTF-8 or not?");
    check_shown(raw, in.left, false);
    check_shown(raw, in.left, true);
    check_cut(text, columns);
    check_shell_word(text);
    return 0;
}
