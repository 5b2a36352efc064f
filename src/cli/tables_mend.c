/* See tables_mend.h. */
#include "cli/tables_mend.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

/* The bytes of the character at its head, by its first byte; 1 where that begins none. */
static size_t length_of(unsigned char c)
{
    return c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;
}

int64_t tables_mend(struct buf *b, const char *bytes, size_t n)
{
    int64_t replaced = 0;
    if (!memchr(bytes, '\0', n) && text_is_utf8(bytes, n)) {
        buf_add(b, bytes, n);
        return 0;
    }
    for (size_t at = 0; at < n;) {
        size_t some = length_of((unsigned char)bytes[at]);
        bool good = bytes[at] && some <= n - at && text_is_utf8(bytes + at, some);
        buf_puts(b, good ? "" : "\xEF\xBF\xBD");
        if (good)
            buf_add(b, bytes + at, some);
        replaced += !good;
        at += good ? some : 1;
    }
    return replaced;
}
