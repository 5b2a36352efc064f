/* Memory that dies together: one arena per request, message or run of a verb. Out of memory aborts. */
#ifndef DOCKET_BASE_ARENA_H
#define DOCKET_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena {
    struct arena_chunk *chunks; /* newest first */
    char *next, *end;
};

/* An arena is valid when zeroed; arena_done frees all it gave, and leaves it valid and empty. */
void arena_done(struct arena *a);

/* Zeroed memory, aligned for any type, until arena_done. Never NULL. */
void *arena_alloc(struct arena *a, size_t bytes);
void *arena_array(struct arena *a, size_t count, size_t bytes_each);

/* A copy of n bytes (or of a string) with a NUL behind it. NULL in, NULL out. */
char *arena_copy(struct arena *a, const void *bytes, size_t n);
char *arena_strdup(struct arena *a, const char *s);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list args);

#endif
