/* Open leases and the attempts they become. */
#include "store/store_inner.h"

int store_lease_add(struct store *s, struct lease_row *leases, int count, struct err *e)
{
    int r = 0;
    for (int i = 0; r == 0 && i < count; i++) {
        struct lease_row *l = &leases[i];
        l->id = ++s->lease;
        r = db_do(s->db, e, NULL, SQL_LEASE_ADD, "iiiiitiii", l->id, l->task, l->queue, l->n, l->prev, l->worker,
                  l->started, l->until, l->begun);
    }
    return r;
}

/* From column `at` on. */
static void read_lease_at(struct db_query *q, int at, struct arena *a, struct lease_row *out)
{
    *out = (struct lease_row){
        .id = db_int(q, at),
        .task = db_int(q, at + 1),
        .queue = db_int(q, at + 2),
        .n = db_int(q, at + 3),
        .prev = db_int(q, at + 4),
        .worker = db_text(q, at + 5, a),
        .started = db_int(q, at + 6),
        .until = db_int(q, at + 7),
        .begun = db_int(q, at + 8),
        .raw = db_int(q, at + 9) != 0,
    };
}

static void read_lease(struct db_query *q, struct arena *a, struct lease_row *out) { read_lease_at(q, 0, a, out); }

int store_lease_get(struct store *s, int64_t id, struct arena *a, struct lease_row *out, struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_LEASE_GET, "i", id);
    int r = db_next(q, e);
    if (r == 1)
        read_lease(q, a, out);
    return store_found(q, r);
}

int store_lease_and_task(struct store *s, int64_t id, struct arena *a, struct lease_row *out_lease,
                         struct task_row *out_task, struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_LEASE_AND_TASK, "i", id);
    int r = db_next(q, e);
    if (r == 1) {
        store_read_task(q, out_task);
        read_lease_at(q, STORE_TASK_COLUMNS, a, out_lease);
    }
    return store_found(q, r);
}

int store_lease_set_raw(struct store *s, int64_t id, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_LEASE_SET_RAW, "i", id);
}

static int read_leases(struct db_query *q, struct arena *a, struct lease_row **out_rows, int *out_count, struct err *e)
{
    return STORE_ROWS(q, a, read_lease, out_rows, out_count, e);
}

int store_lease_of_worker(struct store *s, int64_t queue, const char *worker, int max, struct arena *a,
                          struct lease_row **out_rows, int *out_count, struct err *e)
{
    return read_leases(db_start(s->db, SQL_LEASE_OF_WORKER, "iti", queue, worker, (int64_t)max), a, out_rows,
                       out_count, e);
}

int store_lease_of_workers(struct store *s, int64_t queue, const char *from, const char *to, int max, struct arena *a,
                           struct lease_row **out_rows, int *out_count, struct err *e)
{
    return read_leases(db_start(s->db, SQL_LEASE_OF_WORKERS, "itti", queue, from, to, (int64_t)max), a, out_rows, out_count, e);
}

int store_lease_between(struct store *s, int64_t first, int64_t last, int64_t queue, const char *worker, int max,
                        struct arena *a, struct lease_row **out_rows, int *out_count, struct err *e)
{
    return read_leases(db_start(s->db, SQL_LEASE_BETWEEN, "iiiti", first, last, queue, worker, (int64_t)max), a,
                       out_rows, out_count, e);
}

int store_lease_expired(struct store *s, int64_t now_us, int max, struct arena *a, struct lease_row **out_rows,
                        int *out_count, struct err *e)
{
    return read_leases(db_start(s->db, SQL_LEASE_EXPIRED, "ii", now_us, (int64_t)max), a, out_rows, out_count, e);
}

int store_lease_each(struct store *s, store_lease_fn *fn, void *arg, struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_LEASE_EACH, "");
    int r;
    while ((r = db_next(q, e)) == 1) {
        struct arena a = {0};
        struct lease_row l = {.id = db_int(q, 0), .queue = db_int(q, 1), .worker = db_text(q, 2, &a), .started = db_int(q, 3)};
        fn(arg, &l, db_int(q, 4));
        arena_done(&a);
    }
    db_end(q);
    return r;
}

int store_lease_set(struct store *s, const struct lease_row *l, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_LEASE_SET, "iii", l->id, l->until, l->begun);
}

int store_lease_remove(struct store *s, int64_t id, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_LEASE_REMOVE, "i", id);
}

int store_lease_revive(struct store *s, int64_t now_us, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_LEASE_REVIVE, "i", now_us);
}

int store_attempt_add(struct store *s, const struct attempt_row *t, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_ATTEMPT_ADD, "iiiiitiiiitii", t->lease, t->task, t->queue, t->n, t->prev,
                 t->worker, t->started, t->finished, (int64_t)t->outcome, t->exitcode, t->message, t->stdout_size,
                 t->stderr_size);
}

int store_attempt_get(struct store *s, int64_t lease, struct arena *a, struct attempt_row *out, struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_ATTEMPT_GET, "i", lease);
    int r = db_next(q, e);
    if (r == 1)
        *out = (struct attempt_row){
            .lease = db_int(q, 0),
            .task = db_int(q, 1),
            .queue = db_int(q, 2),
            .n = db_int(q, 3),
            .prev = db_int(q, 4),
            .worker = db_text(q, 5, a),
            .started = db_int(q, 6),
            .finished = db_int(q, 7),
            .outcome = (enum attempt_outcome)db_int(q, 8),
            .exitcode = db_int(q, 9),
            .message = db_text(q, 10, a),
            .stdout_size = db_int(q, 11),
            .stderr_size = db_int(q, 12),
            .late_at = db_int(q, 13),
            .late_exitcode = db_int(q, 14),
            .late_message = db_text(q, 15, a),
        };
    return store_found(q, r);
}

int store_attempt_late(struct store *s, const struct attempt_row *t, bool *out_kept, struct err *e)
{
    int64_t changes = 0;
    int r = db_do(s->db, e, &changes, SQL_ATTEMPT_LATE, "iiitii", t->lease, t->late_at, t->late_exitcode,
                  t->late_message, t->stdout_size, t->stderr_size);
    if (r == 0)
        *out_kept = changes > 0;
    return r;
}
