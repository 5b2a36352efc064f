/* Chunks that double up to a cap; a large wish gets a chunk of its own size. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 4096 };

/* Chunks of the usual size are kept for the next arena: a request needs one or two, and the allocator has to search and
 * join for blocks of this size. Where a tool watches for memory used after it was freed, none are. */
#ifdef __SANITIZE_ADDRESS__
enum { KEPT_MOST = 0 };
#else
enum { KEPT_MOST = 512 };
#endif

struct arena_chunk {
    struct arena_chunk *older;
    size_t room;
    alignas(max_align_t) char bytes[];
};

static struct arena_chunk *kept;
static int kept_count;

static struct arena_chunk *chunk_new(size_t room)
{
    struct arena_chunk *chunk = room == CHUNK_BYTES ? kept : NULL;
    if (chunk) {
        kept = chunk->older;
        kept_count--;
        return chunk;
    }
    chunk = malloc(sizeof *chunk + room);
    if (!chunk)
        abort();
    chunk->room = room;
    return chunk;
}

static void chunk_free(struct arena_chunk *chunk)
{
    if (chunk->room != CHUNK_BYTES || kept_count >= KEPT_MOST) {
        free(chunk);
        return;
    }
    chunk->older = kept;
    kept = chunk;
    kept_count++;
}

static void grow(struct arena *a, size_t bytes)
{
    size_t room = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
    struct arena_chunk *chunk = chunk_new(room);
    chunk->older = a->chunks;
    a->chunks = chunk;
    a->next = chunk->bytes;
    a->end = chunk->bytes + room;
}

void arena_done(struct arena *a)
{
    while (a->chunks) {
        struct arena_chunk *older = a->chunks->older;
        chunk_free(a->chunks);
        a->chunks = older;
    }
    a->next = a->end = NULL;
}

static void *take(struct arena *a, size_t bytes)
{
    size_t align = alignof(max_align_t);
    if (bytes > SIZE_MAX / 2)
        abort();
    bytes = (bytes + align - 1) & ~(align - 1);
    if ((size_t)(a->end - a->next) < bytes || !a->next)
        grow(a, bytes);
    void *p = a->next;
    a->next += bytes;
    return p;
}

void *arena_alloc(struct arena *a, size_t bytes) { return memset(take(a, bytes), 0, bytes); }

void *arena_array(struct arena *a, size_t count, size_t bytes_each)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, bytes_each, &bytes))
        abort();
    return arena_alloc(a, bytes);
}

char *arena_copy(struct arena *a, const void *bytes, size_t n)
{
    if (!bytes)
        return NULL;
    char *copy = take(a, n + 1);
    if (n)
        memcpy(copy, bytes, n);
    copy[n] = '\0';
    return copy;
}

char *arena_strdup(struct arena *a, const char *s) { return s ? arena_copy(a, s, strlen(s)) : NULL; }

char *arena_vprintf(struct arena *a, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n < 0)
        abort();
    char *text = arena_alloc(a, (size_t)n + 1);
    vsnprintf(text, (size_t)n + 1, fmt, args);
    return text;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = arena_vprintf(a, fmt, args);
    va_end(args);
    return text;
}
