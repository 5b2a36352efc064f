/* A growing byte string, always NUL-ended. Out of memory aborts. */
#ifndef DOCKET_BASE_BUF_H
#define DOCKET_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

struct buf {
    char *data; /* NULL while empty and never written */
    size_t len, room;
};

/* A buf is valid when zeroed; buf_done frees and zeroes it. */
void buf_done(struct buf *b);
void buf_clear(struct buf *b); /* empties, keeps the room */

void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_int(struct buf *b, int64_t n); /* in decimal */
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Room for n more bytes at data + len; the caller adds what it wrote to len. Returns the place. */
char *buf_reserve(struct buf *b, size_t n);

/* Drops the first n bytes. */
void buf_drop(struct buf *b, size_t n);

/* The text, never NULL; borrowed. */
const char *buf_text(const struct buf *b);

#endif
