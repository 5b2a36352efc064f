/* Tasks: adding, reading, moving, listing. Every change of state goes through store_task_add or store_task_set, which
 * keep the counters. */
#include <string.h>

#include "base/limits.h"
#include "store/store_inner.h"

/* Ids that a page may pass over (those of other queues among them), of lists and of operations, which take pages as long as
 * a turn has time; and rows it may look at. */
enum { LIST_WINDOW = 5000, STEP_WINDOW = 1000, LIST_FETCH = 2000 };

/* Puts a task on the list of its place, or takes it off: pending ones, those that wait for their time, those that ended
 * badly. The others stand on none. */
static int list(struct store *s, const struct task_row *t, const struct task_place *p, bool on, struct err *e)
{
    switch (p->state) {
    case TASK_PENDING:
        return on ? store_pending_add(s, t->queue, p->priority, t->id, e)
                  : store_pending_remove(s, t->queue, p->priority, t->id, p->run, e);
    case TASK_WAITING:
        return p->unmet ? 0 : db_do(s->db, e, NULL, on ? SQL_TIMED_ADD : SQL_TIMED_REMOVE, "iii", p->not_before, t->id,
                                    t->queue);
    case TASK_FAILED:
    case TASK_KILLED:
        return db_do(s->db, e, NULL, on ? SQL_ENDED_BADLY_ADD : SQL_ENDED_BADLY_REMOVE, "iii", t->queue,
                     (int64_t)p->state, t->id);
    default: return 0;
    }
}

static struct task_place place_of(const struct task_row *t)
{
    return (struct task_place){t->state, t->priority, t->not_before, t->unmet, 0};
}

static bool is_same(const struct task_place *a, const struct task_place *b)
{
    return a->state == b->state && a->priority == b->priority && a->not_before == b->not_before && a->unmet == b->unmet;
}

static int add_one(struct store *s, struct task_full *t, struct err *e)
{
    struct task_row *row = &t->task;
    const struct spec_row *spec = &t->spec;
    row->id = ++s->task;
    row->stored = place_of(row);
    int r = db_do(s->db, e, NULL, SQL_TASK_ADD, "iiiiiiiii", row->id, row->queue, (int64_t)row->state, row->event,
                  row->priority, row->unmet, row->not_before, row->created, row->rev);
    if (r == 0)
        r = list(s, row, &row->stored, true, e);
    if (r == 0)
        r = db_do(s->db, e, NULL, SQL_SPEC_ADD, "itttttiii", row->id, spec->key, spec->command, spec->payload,
                  spec->cwd, spec->env, spec->time_limit_us, spec->payload_body, spec->payload_size);
    if (r == 0 && spec->key)
        r = db_do(s->db, e, NULL, SQL_TASK_KEY_ADD, "iti", row->queue, spec->key, row->id);
    store_change_note(s, row->rev, row->id);
    return r ? r : store_count(s, row->queue, row->state, 1, e);
}

int store_task_add(struct store *s, struct task_full *tasks, int count, struct err *e)
{
    int r = 0;
    for (int i = 0; r == 0 && i < count; i++)
        r = add_one(s, &tasks[i], e);
    return r;
}

int store_task_by_key(struct store *s, int64_t queue, const char *key, int64_t *out_id, struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_TASK_KEY_GET, "it", queue, key);
    return store_number(q, out_id, e);
}

enum { SPEC_COLUMNS = 8 };

void store_read_task(struct db_query *q, struct task_row *out)
{
    *out = (struct task_row){
        .id = db_int(q, 0),
        .queue = db_int(q, 1),
        .state = (enum task_state)db_int(q, 2),
        .event = db_int(q, 3),
        .priority = db_int(q, 4),
        .leases = db_int(q, 5),
        .open = db_int(q, 6),
        .failures = db_int(q, 7),
        .crashes = db_int(q, 8),
        .unmet = db_int(q, 9),
        .needed = db_int(q, 10),
        .lease = db_int(q, 11),
        .exitcode = db_int(q, 12),
        .not_before = db_int(q, 13),
        .created = db_int(q, 14),
        .started = db_int(q, 15),
        .finished = db_int(q, 16),
        .rev = db_int(q, 17),
    };
    out->stored = place_of(out);
}

static void read_spec(struct db_query *q, struct arena *a, struct spec_row *out)
{
    *out = (struct spec_row){
        .key = db_text(q, STORE_TASK_COLUMNS, a),
        .command = db_text(q, STORE_TASK_COLUMNS + 1, a),
        .payload = db_text(q, STORE_TASK_COLUMNS + 2, a),
        .cwd = db_text(q, STORE_TASK_COLUMNS + 3, a),
        .env = db_text(q, STORE_TASK_COLUMNS + 4, a),
        .time_limit_us = db_int(q, STORE_TASK_COLUMNS + 5),
        .payload_body = db_int(q, STORE_TASK_COLUMNS + 6),
        .payload_size = db_int(q, STORE_TASK_COLUMNS + 7),
    };
}

static void read_full(struct db_query *q, struct arena *a, struct task_full *out)
{
    store_read_task(q, &out->task);
    read_spec(q, a, &out->spec);
    out->worker = db_text(q, STORE_TASK_COLUMNS + SPEC_COLUMNS, a);
    out->message = db_text(q, STORE_TASK_COLUMNS + SPEC_COLUMNS + 1, a);
}

int store_task_get(struct store *s, int64_t id, struct task_row *out, struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_TASK_GET, "i", id);
    int r = db_next(q, e);
    if (r == 1)
        store_read_task(q, out);
    return store_found(q, r);
}

int store_task_full(struct store *s, int64_t id, struct arena *a, struct task_full *out, struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_TASK_FULL, "i", id);
    int r = db_next(q, e);
    if (r == 1)
        read_full(q, a, out);
    return store_found(q, r);
}

int store_task_set(struct store *s, struct task_row *t, struct err *e)
{
    struct task_place was = t->stored;
    t->stored = place_of(t);
    bool moves = !is_same(&was, &t->stored);
    int r = db_do(s->db, e, NULL, SQL_TASK_SET, "iiiiiiiiiiiiiii", t->id, (int64_t)t->state, t->event, t->priority,
                  t->leases, t->open, t->failures, t->crashes, t->unmet, t->lease, t->exitcode, t->not_before,
                  t->started, t->finished, t->rev);
    if (r == 0 && moves)
        r = list(s, t, &was, false, e);
    if (r == 0 && moves)
        r = list(s, t, &t->stored, true, e);
    store_change_note(s, t->rev, t->id);
    if (r == 0 && t->state != was.state)
        r = store_count(s, t->queue, was.state, -1, e);
    if (r == 0 && t->state != was.state)
        r = store_count(s, t->queue, t->state, 1, e);
    return r;
}

size_t store_weight(const struct spec_row *s)
{
    return (s->command ? strlen(s->command) : 0) + (s->payload ? strlen(s->payload) : 0) + (s->env ? strlen(s->env) : 0);
}

/* Tasks with what they are to do, as many as fit an answer. */
static int read_to_hand_out(struct db_query *q, struct arena *a, struct task_full **out_tasks, int *out_count,
                            struct err *e)
{
    struct task_full *rows = NULL;
    int count = 0, r = 0;
    size_t bytes = 0;
    while (bytes < LIMIT_PAGE_BYTES && (r = db_next(q, e)) == 1) {
        rows = store_grow(a, rows, count, sizeof *rows);
        store_read_task(q, &rows[count].task);
        read_spec(q, a, &rows[count].spec);
        int64_t run = db_int(q, STORE_TASK_COLUMNS + SPEC_COLUMNS);
        rows[count].task.stored.run = run == NONE ? 0 : run;
        bytes += store_weight(&rows[count].spec);
        count++;
    }
    db_end(q);
    if (r >= 0)
        *out_tasks = rows, *out_count = count;
    return r < 0 ? r : 0;
}

int store_task_pending(struct store *s, int64_t queue, int max, struct arena *a, struct task_full **out_tasks,
                       int *out_count, struct err *e)
{
    int r = store_pending_flush(s, e);
    return r ? r : read_to_hand_out(db_start(s->db, SQL_TASK_CLAIM, "ii", queue, (int64_t)max), a, out_tasks, out_count, e);
}

int store_task_speculate(struct store *s, int64_t queue, const char *worker, int max, struct arena *a,
                         struct task_full **out_tasks, int *out_count, struct err *e)
{
    return read_to_hand_out(db_start(s->db, SQL_TASK_SPECULATE, "iti", queue, worker, (int64_t)max), a, out_tasks,
                            out_count, e);
}

static void read_task_of(struct db_query *q, struct arena *a, struct task_row *out) { store_read_task(q, out); }

int store_task_due(struct store *s, int64_t now_us, int max, struct arena *a, struct task_row **out_tasks,
                   int *out_count, struct err *e)
{
    return STORE_ROWS(db_start(s->db, SQL_TASK_DUE, "ii", now_us, (int64_t)max),
                      a, read_task_of, out_tasks, out_count, e);
}

static bool meets(const struct task_filter *f, const struct task_full *t)
{
    if (f->state != NONE && f->state != (int64_t)t->task.state)
        return false;
    if (f->exitcode != NONE && f->exitcode != t->task.exitcode)
        return false;
    if (f->before != NONE && (t->task.finished == NONE || t->task.finished >= f->before))
        return false;
    if (f->worker && (!t->worker || strcmp(f->worker, t->worker) != 0))
        return false;
    if (f->text && !(t->spec.command && strstr(t->spec.command, f->text)) &&
        !(t->spec.payload && strstr(t->spec.payload, f->text)))
        return false;
    return true;
}

/* The ids a scan may look at: up to the window's end, the filter's, and the newest task's. */
static int scan_end(struct store *s, const struct task_filter *f, int64_t window, int64_t *out_end, bool *out_last,
                    struct err *e)
{
    int64_t newest;
    int r = store_task_newest(s, &newest, e);
    if (r)
        return r;
    int64_t last = f->upto != NONE && f->upto < newest ? f->upto : newest;
    *out_last = last - f->after <= window;
    *out_end = *out_last ? last : f->after + window;
    return 0;
}

static bool is_indexed(const struct task_filter *f) { return f->state == TASK_FAILED || f->state == TASK_KILLED; }

/* What a scan reads of each row: all that a list shows, or the mutable half. */
enum breadth { WHOLE, NARROW };

static struct db_query *scan(struct store *s, const struct task_filter *f, int64_t end, enum breadth breadth)
{
    static const enum sql QUERIES[2][2] = {{SQL_TASK_SCAN, SQL_TASK_SCAN_ENDED_BADLY},
                                           {SQL_TASK_WALK, SQL_TASK_WALK_ENDED_BADLY}};
    int64_t most = LIST_FETCH;
    return db_start(s->db, QUERIES[breadth][is_indexed(f)], "iiii", f->queue, f->after, most,
                    is_indexed(f) ? f->state : end);
}

/* A page being filled: it ends after so many rows kept, or once what was looked at weighs LIMIT_PAGE_BYTES. */
struct page {
    enum breadth breadth;
    struct task_full *rows;
    int count, looked;
    size_t bytes;
    int64_t last; /* the id looked at last; NONE: none */
};

static void read_row(const struct page *p, struct db_query *q, struct arena *a, struct task_full *out)
{
    *out = (struct task_full){0};
    if (p->breadth == WHOLE)
        read_full(q, a, out);
    else
        store_read_task(q, &out->task);
}

/* Looks at the row the query stands on, and keeps it if it meets the filter. */
static void look_at(struct page *p, struct db_query *q, const struct task_filter *f, struct arena *a)
{
    struct arena passing = {0}; /* most rows looked at may not be kept */
    struct task_full row;
    read_row(p, q, &passing, &row);
    p->last = row.task.id;
    p->looked++;
    p->bytes += store_weight(&row.spec);
    if (meets(f, &row)) {
        p->rows = store_grow(a, p->rows, p->count, sizeof *p->rows);
        read_row(p, q, a, &p->rows[p->count++]);
    }
    arena_done(&passing);
}

static int fill(struct store *s, const struct task_filter *f, int max, struct arena *a, struct page *p,
                int64_t *out_next, struct err *e)
{
    bool to_the_end = true, full = false;
    int64_t end = INT64_MAX;
    int64_t window = p->breadth == WHOLE ? LIST_WINDOW : STEP_WINDOW;
    int r = is_indexed(f) ? 0 : scan_end(s, f, window, &end, &to_the_end, e);
    if (r)
        return r;
    p->last = NONE;
    struct db_query *q = scan(s, f, end, p->breadth);
    while ((r = db_next(q, e)) == 1 && (f->upto == NONE || db_int(q, 0) <= f->upto)) {
        full = p->count == max || p->bytes >= LIMIT_PAGE_BYTES;
        if (full)
            break;
        look_at(p, q, f, a);
    }
    db_end(q);
    if (r >= 0)
        *out_next = full || p->looked == LIST_FETCH ? p->last : to_the_end ? NONE : end;
    return r < 0 ? r : 0;
}

int store_task_list(struct store *s, const struct task_filter *f, int max, struct arena *a,
                    struct task_full **out_tasks, int *out_count, int64_t *out_next, struct err *e)
{
    struct page p = {.breadth = WHOLE};
    int r = fill(s, f, max, a, &p, out_next, e);
    if (r == 0)
        *out_tasks = p.rows, *out_count = p.count;
    return r;
}

int store_task_ids(struct store *s, const struct task_filter *f, int max, struct arena *a, int64_t **out_ids,
                   int *out_count, int64_t *out_next, struct err *e)
{
    struct page p = {.breadth = f->worker || f->text ? WHOLE : NARROW};
    int r = fill(s, f, max, a, &p, out_next, e);
    if (r)
        return r;
    *out_ids = arena_array(a, (size_t)p.count + 1, sizeof **out_ids);
    for (int i = 0; i < p.count; i++)
        (*out_ids)[i] = p.rows[i].task.id;
    *out_count = p.count;
    return 0;
}

static void read_failed(struct db_query *q, struct arena *a, struct failed_row *out)
{
    *out = (struct failed_row){db_int(q, 0), db_int(q, 1), db_int(q, 2), db_int(q, 3), db_text(q, 4, a)};
}

int store_task_failed(struct store *s, int64_t queue, enum task_state state, int64_t after, int max, struct arena *a,
                      struct failed_row **out_rows, int *out_count, struct err *e)
{
    return STORE_ROWS(db_start(s->db, SQL_TASK_FAILED, "iiii", queue, (int64_t)state, after, (int64_t)max),
                      a, read_failed, out_rows, out_count, e);
}

int store_task_newest(struct store *s, int64_t *out_id, struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_TASK_NEWEST, "");
    int r = db_next(q, e);
    if (r == 1)
        *out_id = db_int(q, 0) == NONE ? 0 : db_int(q, 0);
    db_end(q);
    return r < 0 ? r : 0;
}

/* 1 or 0, as the query answers a row or none. */
static int is_there(struct db_query *q, bool *out, struct err *e)
{
    int r = db_next(q, e);
    db_end(q);
    if (r >= 0)
        *out = r == 1;
    return r < 0 ? r : 0;
}

int store_task_timed(struct store *s, int64_t queue, bool *out, struct err *e)
{
    return is_there(db_start(s->db, SQL_TASK_TIMED, "i", queue), out, e);
}

int store_task_ahead(struct store *s, const struct task_row *t, int64_t most, int64_t *out_count, struct err *e)
{
    int r = store_pending_flush(s, e);
    return r ? r : store_number(db_start(s->db, SQL_TASK_AHEAD, "iiii", t->queue, t->priority, t->id, most), out_count, e);
}

/* What was handed in under each of its leases, from the last one back. */
static int remove_attempts(struct store *s, int64_t lease, struct err *e)
{
    int r = 0;
    while (r == 0 && lease != NONE) {
        int64_t prev = NONE;
        r = store_body_remove_lease(s, lease, e);
        if (r == 0)
            r = store_number(db_start(s->db, SQL_ATTEMPT_PREV, "i", lease), &prev, e);
        if (r == 0)
            r = db_do(s->db, e, NULL, SQL_ATTEMPT_REMOVE, "i", lease);
        lease = prev;
    }
    return r;
}

static int remove_spec(struct store *s, const struct task_row *t, struct err *e)
{
    struct arena a = {0};
    const char *key = NULL;
    int64_t payload = NONE;
    struct db_query *q = db_start(s->db, SQL_SPEC_TIES, "i", t->id);
    int r = db_next(q, e);
    if (r == 1) {
        key = db_text(q, 0, &a);
        payload = db_int(q, 1);
    }
    db_end(q);
    if (r >= 0 && payload != NONE)
        r = store_body_drop(s, BODY_PAYLOAD, payload, e);
    if (r >= 0 && key)
        r = db_do(s->db, e, NULL, SQL_TASK_KEY_REMOVE, "iti", t->queue, key, t->id);
    if (r >= 0)
        r = db_do(s->db, e, NULL, SQL_SPEC_REMOVE, "i", t->id);
    arena_done(&a);
    return r;
}

int store_task_remove(struct store *s, const struct task_row *t, struct err *e)
{
    int r = remove_attempts(s, t->lease, e);
    if (r == 0)
        r = remove_spec(s, t, e);
    if (r == 0)
        r = db_do(s->db, e, NULL, SQL_DEPENDENCY_REMOVE, "i", t->id);
    if (r == 0)
        r = list(s, t, &t->stored, false, e);
    if (r == 0)
        r = db_do(s->db, e, NULL, SQL_TASK_REMOVE, "i", t->id);
    return r ? r : store_count(s, t->queue, t->stored.state, -1, e);
}
