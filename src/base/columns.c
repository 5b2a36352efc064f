/* Widths come from libc's wcwidth in the locale C.UTF-8, whatever locale the program runs in (it is part of libc since
 * 2.35, so nothing has to be installed). Without it each character counts as one column. */
#include "base/columns.h"

#include <locale.h>
#include <string.h>
#include <wchar.h>

/* The bytes of the character at s and the columns it takes. */
static size_t step(const char *s, size_t *out_width)
{
    mbstate_t state = {0};
    wchar_t wide;
    size_t n = mbrtowc(&wide, s, strlen(s), &state);
    if (n == 0 || n > 4) { /* not UTF-8 */
        *out_width = 1;
        return 1;
    }
    int width = wcwidth(wide);
    *out_width = width < 0 ? 1 : (size_t)width;
    return n;
}

/* How many bytes of s fit into so many columns, and the columns they take. */
static size_t measure(const char *s, size_t columns, size_t *out_used)
{
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
    size_t at = 0, used = 0, width;
    while (s[at]) {
        size_t n = step(s + at, &width);
        if (used + width > columns)
            break;
        at += n;
        used += width;
    }
    if (utf8) {
        uselocale(before);
        freelocale(utf8);
    }
    *out_used = used;
    return at;
}

size_t columns_of(const char *s)
{
    size_t used;
    measure(s, (size_t)-1, &used);
    return used;
}

static void pad(struct buf *b, size_t n)
{
    while (n--)
        buf_putc(b, ' ');
}

/* Appends what fits; returns the columns used. */
static size_t put_cut(struct buf *b, const char *s, size_t columns)
{
    size_t used, n = measure(s, columns, &used);
    if (s[n] && columns) {
        n = measure(s, columns - 1, &used);
        buf_add(b, s, n);
        buf_puts(b, "…");
        return used + 1;
    }
    buf_add(b, s, n);
    return used;
}

void columns_fit(struct buf *b, const char *s, size_t columns)
{
    size_t used = put_cut(b, s, columns);
    pad(b, columns - used);
}

void columns_fit_right(struct buf *b, const char *s, size_t columns)
{
    size_t used, n = measure(s, columns, &used);
    if (!s[n])
        pad(b, columns - used);
    used = put_cut(b, s, columns);
    if (s[n])
        pad(b, columns - used);
}
