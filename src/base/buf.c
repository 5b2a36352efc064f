/* Doubling growth; one spare byte for the NUL. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_done(struct buf *b)
{
    free(b->data);
    *b = (struct buf){0};
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    if (b->data)
        b->data[0] = '\0';
}

char *buf_reserve(struct buf *b, size_t n)
{
    if (n > SIZE_MAX / 4)
        abort();
    if (b->room < b->len + n + 1) {
        size_t room = b->room ? b->room : 64;
        while (room < b->len + n + 1)
            room *= 2;
        b->data = realloc(b->data, room);
        if (!b->data)
            abort();
        b->room = room;
    }
    return b->data + b->len;
}

void buf_add(struct buf *b, const void *bytes, size_t n)
{
    char *place = buf_reserve(b, n);
    if (n)
        memcpy(place, bytes, n);
    b->len += n;
    b->data[b->len] = '\0';
}

void buf_puts(struct buf *b, const char *s) { buf_add(b, s, strlen(s)); }
void buf_putc(struct buf *b, char c) { buf_add(b, &c, 1); }

void buf_int(struct buf *b, int64_t n)
{
    char digits[20], *at = digits + sizeof digits;
    uint64_t rest = n < 0 ? -(uint64_t)n : (uint64_t)n;
    do
        *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (n < 0)
        buf_putc(b, '-');
    buf_add(b, at, (size_t)(digits + sizeof digits - at));
}

/* Most of what is printed is short: it is tried for in the room there is. */
void buf_printf(struct buf *b, const char *fmt, ...)
{
    enum { MOST = 120 };
    va_list args;
    char *place = buf_reserve(b, MOST);
    va_start(args, fmt);
    int n = vsnprintf(place, MOST + 1, fmt, args);
    va_end(args);
    if (n < 0)
        abort();
    if (n > MOST) {
        place = buf_reserve(b, (size_t)n);
        va_start(args, fmt);
        vsnprintf(place, (size_t)n + 1, fmt, args);
        va_end(args);
    }
    b->len += (size_t)n;
}

void buf_drop(struct buf *b, size_t n)
{
    if (n > b->len)
        n = b->len;
    if (!n)
        return;
    memmove(b->data, b->data + n, b->len - n + 1);
    b->len -= n;
}

const char *buf_text(const struct buf *b) { return b->data ? b->data : ""; }
