/* See causes.h. Where a task handed in no message, the last line of what it wrote to stderr stands for it. */
#include "core/causes.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "core/task.h"

enum { TEXT_COLUMNS = 200 };

/* The part of a message behind its last ": ", if it is more than one word. */
static const char *reason_in(const char *message)
{
    const char *reason = message;
    for (const char *at = strstr(message, ": "); at; at = strstr(at + 1, ": "))
        reason = at + 2;
    return (isalpha((unsigned char)*reason) || *reason == '[') && strchr(reason, ' ') ? reason : message;
}

/* reason with quoted parts emptied and runs of digits as one #. */
static void put_kind(struct buf *kind, const char *reason)
{
    while (*reason) {
        const char *close = *reason == '\'' || *reason == '"' ? strchr(reason + 1, *reason) : NULL;
        size_t digits = strspn(reason, "0123456789");
        buf_putc(kind, digits ? '#' : *reason);
        reason = close ? close + 1 : reason + (digits ? digits : 1);
    }
}

/* FNV-1a, 32 bits. */
static uint32_t hash_of(const char *s)
{
    uint32_t h = 2166136261u;
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 16777619u;
    return h;
}

static struct cause *find(struct causes *f, const struct cause *like)
{
    for (int i = 0; i < f->count; i++) {
        struct cause *g = &f->groups[i];
        if (g->hash == like->hash && g->state == like->state && g->exitcode == like->exitcode &&
            strcmp(g->kind, like->kind) == 0)
            return g;
    }
    return NULL;
}

void causes_add(struct causes *f, struct arena *a, enum task_state state, int64_t exitcode, const char *message,
                  int64_t task)
{
    CLEANUP(buf_done) struct buf text = {0}, kind = {0};
    text_cut(&text, reason_in(message), TEXT_COLUMNS);
    put_kind(&kind, buf_text(&text));
    struct cause like = {.state = state, .exitcode = state == TASK_FAILED ? exitcode : NONE,
                           .kind = buf_text(&kind), .hash = hash_of(buf_text(&kind)), .first = task};
    struct cause *group = find(f, &like);
    f->looked_at++;
    if (!group && f->count == CAUSES_GROUPS) {
        f->others++;
        return;
    }
    if (!group) {
        group = &f->groups[f->count++];
        *group = like;
        group->text = arena_strdup(a, buf_text(&text));
        group->kind = arena_strdup(a, buf_text(&kind));
    }
    group->count++;
}

/* The last line that holds anything. */
static const char *last_line(struct arena *a, const char *bytes, size_t n)
{
    CLEANUP(buf_done) struct buf safe = {0};
    while (n && isspace((unsigned char)bytes[n - 1]))
        n--;
    const char *newline = n ? memrchr(bytes, '\n', n) : NULL;
    size_t from = newline ? (size_t)(newline + 1 - bytes) : 0;
    text_safe(&safe, bytes + from, n - from, false);
    return arena_strdup(a, buf_text(&safe));
}

/* The end of what a lease wrote to stderr. STORE_EMPTY where it wrote nothing. */
static int read_end(struct turn *t, int64_t lease, const char **out, size_t *out_n, struct err *e)
{
    int64_t size;
    bool raw;
    int r = store_body_size(t->store, BODY_STDERR, lease, &size, &raw, e);
    int64_t from = r == 0 && size > LIMIT_MESSAGE ? size - LIMIT_MESSAGE : 0;
    return r ? r : store_body_range(t->store, BODY_STDERR, lease, from, size, t->arena, out, out_n, e);
}

/* What a failed task said. *bytes grows by what was read for it. */
static int said(struct turn *t, const struct failed_row *row, size_t *bytes, const char **out, struct err *e)
{
    const char *text;
    size_t n;
    *out = row->message ? row->message : "";
    if (row->message || row->lease == NONE)
        return 0;
    int r = read_end(t, row->lease, &text, &n, e);
    if (r)
        return r < 0 ? r : 0;
    *bytes += n;
    *out = last_line(t->arena, text, n);
    return 0;
}

static int add_row(struct turn *t, struct arena *a, struct causes *f, const struct failed_row *row, size_t *bytes,
                   struct err *e)
{
    const char *message = "";
    struct task_row killed = {.state = f->state, .event = row->event};
    int r = f->state == TASK_FAILED ? said(t, row, bytes, &message, e) : 0;
    if (r == 0)
        causes_add(f, a, f->state, row->exitcode, f->state == TASK_FAILED ? message : task_reason(&killed), row->task);
    return r;
}

/* After the failed ones come the killed ones. */
static void next_state(struct causes *f)
{
    f->done = f->state == TASK_KILLED;
    f->state = TASK_KILLED;
    f->after = 0;
}

int causes_slice(struct turn *t, const struct queue_row *q, struct arena *a, struct causes *f, struct err *e)
{
    struct failed_row *rows;
    int count, i = 0;
    size_t bytes = 0;
    if (f->state != TASK_KILLED)
        f->state = TASK_FAILED;
    int r = store_task_failed(t->store, q->id, f->state, f->after, CAUSES_SLICE, t->arena, &rows, &count, e);
    for (; r == 0 && i < count && bytes < LIMIT_PAGE_BYTES; i++) {
        f->partial = f->done = f->looked_at == LIMIT_FAILURES;
        if (f->done)
            return 0;
        f->after = rows[i].task;
        r = add_row(t, a, f, &rows[i], &bytes, e);
    }
    if (r == 0 && i == count && count < CAUSES_SLICE)
        next_state(f);
    return r;
}

static int by_count(const void *a, const void *b)
{
    const struct cause *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return x->first < y->first ? -1 : 1;
}

void causes_close(struct causes *f)
{
    if (f->count)
        qsort(f->groups, (size_t)f->count, sizeof *f->groups, by_count);
    while (f->count > CAUSES_TOP)
        f->others += f->groups[--f->count].count;
}
