/* Opening, transactions, revisions, counters. Counters are gathered during a transaction and written at its end, once per
 * queue and state, however many tasks moved. */
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#include "store/migrate.h"
#include "store/store_inner.h"


static int read_mark(struct store *s, struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_MARK_GET, "");
    int r = db_next(q, e);
    if (r == 1) {
        s->rev = db_int(q, 0);
        s->newest_us = db_int(q, 1);
        s->forgotten = db_int(q, 2);
        s->task = db_int(q, 3);
        s->lease = db_int(q, 4);
        s->packed = db_int(q, 5);
        s->kept = db_int(q, 6);
    }
    db_end(q);
    return r < 0 ? r : 0;
}

int store_open(const struct store_options *o, struct store **out_store, struct err *e)
{
    struct store *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    enum { PACK_AFTER = 100000 };
    s->pack_after = o->pack_after ? o->pack_after : PACK_AFTER;
    struct db_options options = {.path = o->path, .vfs = o->vfs, .no_sync = o->no_sync, .exclusive = o->exclusive};
    int r = db_open(&options, &s->db, e);
    if (r == 0)
        r = migrate(s->db, e);
    if (r == 0)
        r = read_mark(s, e);
    if (r) {
        store_close(s);
        return r;
    }
    *out_store = s;
    return 0;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    store_queue_forget(s);
    store_dataset_forget(s);
    db_close(s->db);
    free(s->changes);
    free(s);
}

void store_forsake(struct store *s) { db_forsake(s->db); }

int64_t store_newest_us(const struct store *s) { return s->newest_us; }
int64_t store_next_rev(struct store *s) { return ++s->rev; }
int64_t store_rev(const struct store *s) { return s->rev; }
int64_t store_forgotten(const struct store *s) { return s->forgotten; }

int64_t store_changes(const struct store *s) { return db_changes(s->db); }

int store_begin(struct store *s, struct err *e)
{
    int r = db_do(s->db, e, NULL, SQL_BEGIN, "");
    if (r == 0)
        r = read_mark(s, e);
    s->rev_begun = s->rev;
    s->delta_count = s->change_count = 0;
    s->run.last = s->cut.next = 0;
    s->pass_begun = s->pass;
    s->packed_begun = s->packed;
    return r;
}

int store_look_begin(struct store *s, struct err *e) { return db_do(s->db, e, NULL, SQL_LOOK, ""); }
void store_look_end(struct store *s) { db_rollback(s->db); }

int store_flush_counts(struct store *s, struct err *e)
{
    int r = 0;
    for (int i = 0; r == 0 && i < s->delta_count; i++)
        if (s->deltas[i].n)
            r = db_do(s->db, e, NULL, SQL_COUNTER_ADD, "iii", s->deltas[i].queue, s->deltas[i].state, s->deltas[i].n);
    s->delta_count = 0;
    return r;
}

int store_commit(struct store *s, int64_t now_us, struct err *e)
{
    int r = store_flush_counts(s, e);
    if (r == 0)
        r = store_pending_flush(s, e);
    if (r == 0)
        r = store_dataset_flush(s, e);
    if (r == 0)
        r = store_change_flush(s, e);
    if (r == 0 && (s->rev != s->rev_begun || s->packed != s->packed_begun))
        r = db_do(s->db, e, NULL, SQL_MARK_SET, "iiiiii", s->rev, now_us, s->task, s->lease, s->packed,
                  s->kept);
    if (r == 0)
        r = db_do(s->db, e, NULL, SQL_COMMIT, "");
    s->in_doubt = r == -ERR_STORAGE_FULL && db_sync_failed(s->db);
    if (r)
        store_rollback(s);
    return r;
}

bool store_in_doubt(const struct store *s) { return s->in_doubt; }

void store_rollback(struct store *s)
{
    db_rollback(s->db);
    store_queue_forget(s);
    store_dataset_forget(s);
    s->rev = s->rev_begun;
    s->delta_count = s->change_count = 0;
    s->run.last = s->cut.next = 0;
    s->pass = s->pass_begun;
}

int store_tidy(struct store *s, int frames, bool *out_moved, struct err *e)
{
    *out_moved = db_log_frames(s->db) >= frames;
    return *out_moved ? db_checkpoint(s->db, e) : 0;
}

int store_size(struct store *s, struct store_size *out, struct err *e)
{
    enum { LOG_HEAD = 32, FRAME_HEAD = 24 }; /* of SQLite's log: https://www.sqlite.org/fileformat2.html#walformat */
    struct db_query *q = db_start(s->db, SQL_STORE_PAGES, "");
    int r = db_next(q, e);
    if (r == 1) {
        int64_t page = db_int(q, 1), frames = db_log_frames(s->db);
        *out = (struct store_size){db_int(q, 0) * page, frames, frames ? LOG_HEAD + frames * (FRAME_HEAD + page) : 0};
    }
    return store_found(q, r);
}

int store_count(struct store *s, int64_t queue, enum task_state state, int64_t n, struct err *e)
{
    for (int i = 0; i < s->delta_count; i++)
        if (s->deltas[i].queue == queue && s->deltas[i].state == (int64_t)state) {
            s->deltas[i].n += n;
            return 0;
        }
    if (s->delta_count == STORE_DELTAS) {
        int r = store_flush_counts(s, e);
        if (r)
            return r;
    }
    s->deltas[s->delta_count++] = (struct store_delta){queue, state, n};
    return 0;
}

int store_found(struct db_query *q, int r)
{
    db_end(q);
    return r < 0 ? r : r == 1 ? 0 : STORE_EMPTY;
}

int store_number(struct db_query *q, int64_t *out, struct err *e)
{
    int r = db_next(q, e);
    if (r == 1)
        *out = db_int(q, 0);
    return store_found(q, r);
}

void *store_grow(struct arena *a, void *rows, int count, size_t bytes_each)
{
    enum { FIRST = 8 };
    if (count && (count < FIRST || (count & (count - 1))))
        return rows;
    void *more = arena_array(a, count ? (size_t)count * 2 : FIRST, bytes_each);
    if (count)
        memcpy(more, rows, (size_t)count * bytes_each);
    return more;
}

static int min_due(struct store *s, enum sql sql, int64_t *due_us, struct err *e)
{
    struct db_query *q = db_start(s->db, sql, "");
    int r = db_next(q, e);
    if (r == 1) {
        int64_t us = db_int(q, 0);
        if (us != NONE && (*due_us == NONE || us < *due_us))
            *due_us = us;
    }
    db_end(q);
    return r < 0 ? r : 0;
}

int store_due_next(struct store *s, int64_t *out_us, struct err *e)
{
    int64_t due_us = NONE;
    int r = min_due(s, SQL_LEASE_DUE_NEXT, &due_us, e);
    if (r == 0)
        r = min_due(s, SQL_TASK_DUE_NEXT, &due_us, e);
    if (r == 0)
        *out_us = due_us;
    return r;
}

int store_check_count(void) { return SQL_CHECK_COUNT; }

int store_check(struct store *s, int check, const char **out_name, int64_t *out_broken, struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_CHECKS[check].sql, "");
    int r = db_next(q, e);
    *out_name = SQL_CHECKS[check].name;
    *out_broken = r == 1 ? db_int(q, 0) : 0;
    db_end(q);
    return r < 0 ? r : 0;
}
