/* Queues, their counters; workers and uploads of a queue. */
#include <string.h>

#include "base/cleanup.h"
#include "store/store_inner.h"

static void read_queue(struct db_query *q, struct arena *a, struct queue_row *out)
{
    *out = (struct queue_row){
        .id = db_int(q, 0),
        .account = db_int(q, 1),
        .owner = db_text(q, 2, a),
        .name = db_text(q, 3, a),
        .paused = db_int(q, 4) != 0,
        .lease_us = db_int(q, 5),
        .max_attempts = db_int(q, 6),
        .max_crashes = db_int(q, 7),
        .backoff_us = db_int(q, 8),
        .speculate = db_int(q, 9),
        .cascade = db_int(q, 10),
        .retention_us = db_int(q, 11),
        .sweep_at = db_int(q, 12),
        .face_lease_us = db_int(q, 13),
        .deleted = db_int(q, 14),
        .created = db_int(q, 15),
        .rev = db_int(q, 16),
    };
}

static int one_queue(struct db_query *q, struct arena *a, struct queue_row *out, struct err *e)
{
    int r = db_next(q, e);
    if (r == 1)
        read_queue(q, a, out);
    return store_found(q, r);
}

void store_queue_forget(struct store *s)
{
    for (int i = 0; i < STORE_KNOWN; i++) {
        arena_done(&s->known[i].texts);
        s->known[i].row.owner = NULL;
    }
    arena_done(&s->whole.texts);
    s->whole = (struct store_whole){0};
}

/* The place of a name among the known ones. */
static struct store_known *known_place(struct store *s, const char *owner, const char *name)
{
    uint32_t hash = 2166136261u; /* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
    for (const char *text = owner; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    for (const char *text = name; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return &s->known[hash % STORE_KNOWN];
}

static void copy_queue(const struct queue_row *row, struct arena *a, struct queue_row *out)
{
    *out = *row;
    out->owner = arena_strdup(a, row->owner);
    out->name = arena_strdup(a, row->name);
}

int store_queue_by_name(struct store *s, const char *owner, const char *name, struct arena *a, struct queue_row *out,
                        struct err *e)
{
    struct store_known *k = known_place(s, owner, name);
    int r = 0;
    if (!k->row.owner || strcmp(k->row.owner, owner) != 0 || strcmp(k->row.name, name) != 0) {
        struct queue_row row;
        r = one_queue(db_start(s->db, SQL_QUEUE_BY_NAME, "tt", owner, name), a, &row, e);
        arena_done(&k->texts);
        k->row.owner = NULL;
        if (r == 0)
            copy_queue(&row, &k->texts, &k->row);
    }
    if (r == 0)
        copy_queue(&k->row, a, out);
    return r;
}

int store_queue_by_id(struct store *s, int64_t id, struct arena *a, struct queue_row *out, struct err *e)
{
    return one_queue(db_start(s->db, SQL_QUEUE_BY_ID, "i", id), a, out, e);
}

int store_queue_add(struct store *s, struct queue_row *row, struct err *e)
{
    store_queue_forget(s);
    return db_insert(s->db, e, &row->id, SQL_QUEUE_ADD, "itiiiiiiiiiiii", row->account, row->name,
                     (int64_t)row->paused, row->lease_us, row->max_attempts, row->max_crashes, row->backoff_us,
                     row->speculate, row->cascade, row->retention_us, row->sweep_at, row->face_lease_us,
                     row->created, row->rev);
}

int store_queue_set(struct store *s, const struct queue_row *row, struct err *e)
{
    store_queue_forget(s);
    return db_do(s->db, e, NULL, SQL_QUEUE_SET, "itiiiiiiiiiiii", row->id, row->name, (int64_t)row->paused,
                 row->lease_us, row->max_attempts, row->max_crashes, row->backoff_us, row->speculate, row->cascade,
                 row->retention_us, row->sweep_at, row->face_lease_us, row->deleted, row->rev);
}

static int read_queues(struct db_query *q, struct arena *a, struct queue_row **out_rows, int *out_count, struct err *e)
{
    return STORE_ROWS(q, a, read_queue, out_rows, out_count, e);
}

int store_queue_list(struct store *s, const char *owner, const char *after, int max, struct arena *a,
                     struct queue_row **out_rows, int *out_count, struct err *e)
{
    return read_queues(db_start(s->db, SQL_QUEUE_LIST, "tti", owner, after, (int64_t)max), a, out_rows, out_count, e);
}

int store_queue_changed(struct store *s, int64_t since, int max, struct arena *a, struct queue_row **out_rows,
                        int *out_count, struct err *e)
{
    return read_queues(db_start(s->db, SQL_QUEUE_CHANGED, "ii", since, (int64_t)max), a, out_rows, out_count, e);
}

static int read_whole(struct store *s, struct store_whole *w, struct err *e)
{
    enum { MOST = 10000 };
    int r = store_dataset_flush(s, e);
    w->preferred = NONE;
    if (r == 0)
        r = store_number(db_start(s->db, SQL_DATASET_PREFERRED, ""), &w->preferred, e);
    return r < 0 ? r : read_queues(db_start(s->db, SQL_DATASET_QUEUES, "i", (int64_t)MOST), &w->texts, &w->queues, &w->count, e);
}

int store_dataset_queues(struct store *s, const struct queue_row **out_rows, int *out_count, int64_t *out_preferred, struct err *e)
{
    struct store_whole *w = &s->whole;
    int r = w->read ? 0 : read_whole(s, w, e);
    w->read = r == 0;
    *out_rows = w->queues;
    *out_count = w->count;
    *out_preferred = w->preferred;
    return r;
}

int store_queue_retention(struct store *s, struct arena *a, struct queue_row *out, struct err *e)
{
    return one_queue(db_start(s->db, SQL_QUEUE_RETENTION, ""), a, out, e);
}

int store_queue_remove(struct store *s, int64_t id, struct err *e)
{
    static const enum sql STEPS[] = {SQL_QUEUE_REMOVE_COUNTER, SQL_QUEUE_REMOVE_WORKER, SQL_QUEUE_REMOVE_UPLOAD,
                                     SQL_QUEUE_REMOVE_PAYLOAD_BODY, SQL_QUEUE_REMOVE_PAYLOAD_SIZE,
                                     SQL_QUEUE_REMOVE_PAYLOAD, SQL_QUEUE_REMOVE_CREDENTIAL, SQL_QUEUE_REMOVE_DATASET,
                                     SQL_QUEUE_REMOVE_COVERAGE, SQL_QUEUE_REMOVE_AUDIT, SQL_QUEUE_REMOVE_AUDIT_SUM,
                                     SQL_QUEUE_REMOVE_CLIENT, SQL_QUEUE_REMOVE_JOB, SQL_QUEUE_REMOVE_SCALE, SQL_QUEUE_REMOVE};
    int r = store_flush_counts(s, e);
    if (r == 0)
        r = store_dataset_flush(s, e);
    store_queue_forget(s);
    store_dataset_forget(s);
    for (size_t i = 0; r == 0 && i < COUNT_OF(STEPS); i++)
        r = db_do(s->db, e, NULL, STEPS[i], "i", id);
    return r;
}

int store_queue_page(struct store *s, int64_t after, int max, struct arena *a, struct queue_row **out_rows,
                     int *out_count, struct err *e)
{
    return read_queues(db_start(s->db, SQL_QUEUE_PAGE, "ii", after, (int64_t)max), a, out_rows, out_count, e);
}

int store_queue_total(struct store *s, int64_t *out_n, struct err *e)
{
    return store_number(db_start(s->db, SQL_QUEUE_TOTAL, ""), out_n, e);
}

int store_counts(struct store *s, int64_t queue, int64_t out_counts[TASK_STATES], struct err *e)
{
    for (int i = 0; i < TASK_STATES; i++)
        out_counts[i] = 0;
    int r = store_flush_counts(s, e);
    if (r)
        return r;
    struct db_query *q = db_start(s->db, SQL_COUNTER_GET, "i", queue);
    while ((r = db_next(q, e)) == 1)
        out_counts[db_int(q, 0)] = db_int(q, 1);
    db_end(q);
    return r;
}

int store_worker_get(struct store *s, int64_t queue, const char *name, struct arena *a, struct worker_row *out,
                     struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_WORKER_GET, "it", queue, name);
    int r = db_next(q, e);
    if (r == 1)
        *out = (struct worker_row){
            .seen = db_int(q, 0),
            .nonce = db_text(q, 1, a),
            .first_lease = db_int(q, 2),
            .last_lease = db_int(q, 3),
        };
    return store_found(q, r);
}

int store_worker_put(struct store *s, int64_t queue, const char *name, const struct worker_row *w, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_WORKER_PUT, "ititii", queue, name, w->seen, w->nonce, w->first_lease,
                 w->last_lease);
}

int store_worker_forget(struct store *s, int64_t before_us, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_WORKER_FORGET, "i", before_us);
}

int store_upload_get(struct store *s, int64_t queue, const char *name, struct arena *a, struct upload_row *out,
                     struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_UPLOAD_GET, "it", queue, name);
    int r = db_next(q, e);
    if (r == 1)
        *out = (struct upload_row){
            .lines = db_int(q, 0),
            .added = db_int(q, 1),
            .existed = db_int(q, 2),
            .error_line = db_int(q, 3),
            .error_code = db_text(q, 4, a),
            .error_detail = db_text(q, 5, a),
        };
    return store_found(q, r);
}

int store_upload_put(struct store *s, int64_t queue, const char *name, const struct upload_row *u, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_UPLOAD_PUT, "itiiiitt", queue, name, u->lines, u->added, u->existed,
                 u->error_line, u->error_code, u->error_detail);
}

