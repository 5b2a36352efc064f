/* Which tasks have changed since a revision: a row per transaction, appended, instead of an index on the revisions of all
 * tasks, which each step of a task would take two entries out of and put two into. What stands in a row and was changed
 * since is void and passed over; once there are many, a pass over all rows drops the void ones and joins what is left. */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "store/store_inner.h"

enum { ROW_CHANGES = 256, LOOK_MOST = 5000 };

void store_change_note(struct store *s, int64_t rev, int64_t task)
{
    if (s->change_count == s->change_room) {
        s->change_room = s->change_room ? s->change_room * 2 : ROW_CHANGES;
        s->changes = realloc(s->changes, (size_t)s->change_room * sizeof *s->changes);
        if (!s->changes)
            abort();
    }
    s->changes[s->change_count++] = (struct store_change){rev, task};
}

/* Writes changes as one row. */
static int put_row(struct store *s, const struct store_change *changes, int count, struct err *e)
{
    uint64_t before[ROW_CHANGES][2];
    const struct store_change *last = &changes[count - 1];
    for (int i = 0; i < count - 1; i++) {
        before[i][0] = htole64((uint64_t)changes[i].rev);
        before[i][1] = htole64((uint64_t)changes[i].task);
    }
    size_t n = (size_t)(count - 1) * sizeof *before;
    return db_do(s->db, e, NULL, SQL_CHANGE_ADD, "iib", last->rev, last->task, (const void *)before, n);
}

static int put_rows(struct store *s, const struct store_change *changes, int count, struct err *e)
{
    int r = 0;
    for (int at = 0; r == 0 && at < count; at += ROW_CHANGES)
        r = put_row(s, changes + at, count - at < ROW_CHANGES ? count - at : ROW_CHANGES, e);
    return r;
}

int store_change_flush(struct store *s, struct err *e)
{
    int r = put_rows(s, s->changes, s->change_count, e);
    s->change_count = 0;
    return r;
}

/* The changes of the row a query stands on, in order. */
static struct store_change *read_row(struct db_query *q, struct arena *a, int *out_count)
{
    size_t n = 0;
    const char *before = db_bytes(q, 2, &n, a);
    int count = (int)(n / (2 * sizeof(uint64_t)));
    struct store_change *changes = arena_array(a, (size_t)count + 1, sizeof *changes);
    for (int i = 0; i < count; i++) {
        uint64_t pair[2];
        memcpy(pair, before + (size_t)i * sizeof pair, sizeof pair);
        changes[i] = (struct store_change){(int64_t)le64toh(pair[0]), (int64_t)le64toh(pair[1])};
    }
    changes[count] = (struct store_change){db_int(q, 0), db_int(q, 1)};
    *out_count = count + 1;
    return changes;
}

/* Is it the last change of its task? */
static int is_last(struct store *s, const struct store_change *c, bool *out, struct err *e)
{
    int64_t rev = NONE;
    int r = store_number(db_start(s->db, SQL_TASK_REV, "i", c->task), &rev, e);
    *out = r == 0 && rev == c->rev;
    return r < 0 ? r : 0;
}

/* A page of changed tasks being filled. */
struct page {
    int64_t since;
    int max, count, looked;
    size_t bytes;
    struct task_full *tasks;
    int64_t end; /* read up to here */
};

static bool is_full(const struct page *p)
{
    return p->count == p->max || p->looked == LOOK_MOST || p->bytes >= LIMIT_PAGE_BYTES;
}

static int look_at(struct store *s, const struct store_change *c, struct arena *a, struct page *p, struct err *e)
{
    bool last;
    p->looked++;
    p->end = c->rev;
    int r = is_last(s, c, &last, e);
    if (r || !last)
        return r;
    p->tasks = store_grow(a, p->tasks, p->count, sizeof *p->tasks);
    r = store_task_full(s, c->task, a, &p->tasks[p->count], e);
    if (r == 0)
        p->bytes += store_weight(&p->tasks[p->count++].spec);
    return r;
}

int store_task_changed(struct store *s, int64_t since, int max, struct arena *a, struct task_full **out_tasks,
                       int *out_count, int64_t *out_end, struct err *e)
{
    struct page p = {.since = since, .max = max, .end = since};
    int more, r = store_change_flush(s, e);
    if (r)
        return r;
    struct db_query *q = db_start(s->db, SQL_CHANGE_READ, "ii", since, INT64_MAX);
    while ((more = db_next(q, e)) == 1 && r == 0 && !is_full(&p)) {
        struct arena passing = {0};
        int count;
        struct store_change *changes = read_row(q, &passing, &count);
        for (int i = 0; r == 0 && i < count && !is_full(&p); i++)
            if (changes[i].rev > since)
                r = look_at(s, &changes[i], a, &p, e);
        arena_done(&passing);
    }
    db_end(q);
    if (more < 0 || r)
        return more < 0 ? more : r;
    *out_tasks = p.tasks, *out_count = p.count;
    *out_end = more || is_full(&p) ? p.end : NONE;
    return 0;
}

/* Some rows of a pass: what they hold, and what of it is worth keeping. */
struct portion {
    int rows, changes, kept_count;
    int64_t end;
    struct store_change *kept;
};

static int read_portion(struct store *s, int max, struct arena *a, struct portion *p, struct err *e)
{
    int r = 0, more = 0;
    struct db_query *q = db_start(s->db, SQL_CHANGE_READ, "ii", s->pass.at, s->pass.end);
    while (r == 0 && p->changes < max && (more = db_next(q, e)) == 1) {
        int count;
        struct store_change *changes = read_row(q, a, &count);
        for (int i = 0; r == 0 && i < count; i++) {
            bool last;
            r = is_last(s, &changes[i], &last, e);
            if (r || !last)
                continue;
            p->kept = store_grow(a, p->kept, p->kept_count, sizeof *p->kept);
            p->kept[p->kept_count++] = changes[i];
        }
        p->rows++;
        p->changes += count;
        p->end = changes[count - 1].rev;
    }
    db_end(q);
    return more < 0 ? more : r;
}

/* A quarter of it is void, or it stands in twice as many rows as it needs. */
static bool is_worth_it(const struct portion *p)
{
    return p->kept_count * 4 <= p->changes * 3 || p->rows > 2 * (p->kept_count / ROW_CHANGES + 1);
}

bool store_change_is_packing(const struct store *s) { return s->pass.at < s->pass.end; }

int store_change_pack(struct store *s, int max, struct err *e)
{
    struct arena a = {0};
    struct portion p = {0};
    int64_t worth = s->kept > s->pack_after ? s->kept : s->pack_after;
    if (!store_change_is_packing(s) && s->rev - s->packed > worth)
        s->pass = (struct store_pass){.end = s->rev};
    if (!store_change_is_packing(s))
        return 0;
    int r = store_change_flush(s, e);
    if (r == 0)
        r = read_portion(s, max, &a, &p, e);
    if (r == 0 && p.rows && is_worth_it(&p)) {
        r = db_do(s->db, e, NULL, SQL_CHANGE_REMOVE, "ii", s->pass.at, p.end);
        if (r == 0)
            r = put_rows(s, p.kept, p.kept_count, e);
    }
    s->pass = (struct store_pass){p.rows ? p.end : s->pass.end, s->pass.end, s->pass.kept + p.kept_count};
    if (!store_change_is_packing(s))
        s->packed = s->pass.end, s->kept = s->pass.kept;
    arena_done(&a);
    return r;
}
