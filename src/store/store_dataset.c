/* Datasets. Their rows are at hand while they are used: every table that ends changes the figures of its dataset, and of many that
 * end in one transaction only the sum is written. What stands in the database is what was committed; a rollback forgets. */
#include "base/cleanup.h"
#include "store/store_inner.h"

static struct store_dataset *place_of(struct store *s, int64_t queue) { return &s->datasets[queue % STORE_DATASETS]; }

static void clear(struct store_dataset *d)
{
    arena_done(&d->texts);
    *d = (struct store_dataset){0};
}

void store_dataset_forget(struct store *s)
{
    for (int i = 0; i < STORE_DATASETS; i++)
        clear(&s->datasets[i]);
}

static void read_kinds(struct db_query *q, int column, int64_t out[TARGET_KINDS])
{
    out[0] = 0;
    for (int kind = 1; kind < TARGET_KINDS; kind++)
        out[kind] = db_int(q, column + kind - 1);
}

static void read_dataset(struct db_query *q, struct arena *a, struct dataset_row *out)
{
    *out = (struct dataset_row){
        .queue = db_int(q, 0),
        .whole = db_int(q, 1) != 0,
        .touched = db_int(q, 2),
        .col_row = db_int(q, 3) != 0,
        .open = db_int(q, 4) != 0,
        .audit = db_int(q, 5) != 0,
        .analyze = db_int(q, 6) != 0,
        .add_prefix = db_int(q, 7) != 0,
        .preferred = db_int(q, 8) != 0,
        .gt = db_int(q, 9) != 0,
        .solution = db_int(q, 10) != 0,
        .prefix = db_text(q, 11, a),
        .results = db_int(q, 21),
        .result_us = db_int(q, 22),
        .errors = db_int(q, 23),
        .error_us = db_int(q, 24),
        .flawed = db_int(q, 25),
    };
    read_kinds(q, 12, out->unknown);
    read_kinds(q, 15, out->sums.total);
    read_kinds(q, 18, out->sums.mapped);
}

static int write_back(struct store *s, struct store_dataset *d, struct err *e)
{
    const struct dataset_row *r = &d->row;
    const int64_t *unknown = r->unknown, *total = r->sums.total, *mapped = r->sums.mapped;
    if (!d->changed)
        return 0;
    d->changed = false;
    return db_do(s->db, e, NULL, SQL_DATASET_SET, "iiiiiiiiitiiiiiiiiiiiiii", r->queue, (int64_t)r->whole, r->touched,
                 (int64_t)r->col_row, (int64_t)r->open, (int64_t)r->audit, (int64_t)r->analyze, (int64_t)r->add_prefix,
                 (int64_t)r->preferred, r->prefix, unknown[TARGET_CEA], unknown[TARGET_CTA], unknown[TARGET_CPA],
                 total[TARGET_CEA], total[TARGET_CTA], total[TARGET_CPA], mapped[TARGET_CEA], mapped[TARGET_CTA],
                 mapped[TARGET_CPA], r->results, r->result_us, r->errors, r->error_us, r->flawed);
}

int store_dataset_flush(struct store *s, struct err *e)
{
    int r = 0;
    for (int i = 0; r == 0 && i < STORE_DATASETS; i++)
        r = write_back(s, &s->datasets[i], e);
    return r;
}

int store_dataset_add(struct store *s, const struct dataset_row *row, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_DATASET_ADD, "iiiiiiiiit", row->queue, row->touched, (int64_t)row->col_row,
                 (int64_t)row->open, (int64_t)row->audit, (int64_t)row->analyze, (int64_t)row->add_prefix,
                 (int64_t)row->gt, (int64_t)row->solution, row->prefix);
}

/* Another dataset gives its place away. */
static int fetch(struct store *s, int64_t queue, struct store_dataset *d, struct err *e)
{
    int r = write_back(s, d, e);
    if (r)
        return r;
    clear(d);
    struct db_query *q = db_start(s->db, SQL_DATASET_GET, "i", queue);
    r = db_next(q, e);
    if (r == 1)
        read_dataset(q, &d->texts, &d->row);
    return store_found(q, r);
}

int store_dataset_get(struct store *s, int64_t queue, struct arena *a, struct dataset_row *out, struct err *e)
{
    struct store_dataset *d = place_of(s, queue);
    int r = d->row.queue == queue ? 0 : fetch(s, queue, d, e);
    if (r)
        return r;
    *out = d->row;
    out->prefix = arena_strdup(a, d->row.prefix);
    return 0;
}

int store_dataset_there(struct store *s, int64_t queue, bool *out, struct err *e)
{
    *out = place_of(s, queue)->row.queue == queue;
    if (*out)
        return 0;
    struct db_query *q = db_start(s->db, SQL_DATASET_THERE, "i", queue);
    int r = db_next(q, e);
    db_end(q);
    *out = r == 1;
    return r < 0 ? r : 0;
}

int store_dataset_set(struct store *s, const struct dataset_row *row, struct err *e)
{
    struct store_dataset *d = place_of(s, row->queue);
    struct arena texts = {0};
    if (d->row.queue != row->queue) {
        int r = write_back(s, d, e);
        if (r)
            return r;
    }
    if (d->row.queue != row->queue || d->row.whole != row->whole)
        store_queue_forget(s);
    const char *prefix = arena_strdup(&texts, row->prefix);
    clear(d);
    *d = (struct store_dataset){.texts = texts, .row = *row, .changed = true};
    d->row.prefix = prefix;
    return 0;
}

int store_dataset_stale(struct store *s, int64_t before, int64_t *out_queue, struct err *e)
{
    int r = store_dataset_flush(s, e);
    return r ? r : store_number(db_start(s->db, SQL_DATASET_STALE, "i", before), out_queue, e);
}

int store_dataset_prefer(struct store *s, int64_t queue, struct err *e)
{
    int r = store_dataset_flush(s, e);
    store_dataset_forget(s);
    store_queue_forget(s);
    return r ? r : db_do(s->db, e, NULL, SQL_DATASET_PREFER, "i", queue);
}

/* What runners tell ----------------------------------------------------------------------------------------------- */
int store_audit_add(struct store *s, int64_t queue, const struct audit_row *row, struct err *e)
{
    int r = db_do(s->db, e, NULL, SQL_AUDIT_ADD, "iitttttiitt", queue, row->at, row->task, row->step, row->method,
                  row->name, row->approach, row->solved, row->remaining, row->rest, row->told);
    return r ? r : db_do(s->db, e, NULL, SQL_AUDIT_SUM_ADD, "ittti", queue, row->task, row->step, row->method, row->solved);
}

static void read_audit(struct db_query *q, struct arena *a, struct audit_row *out)
{
    *out = (struct audit_row){
        .id = db_int(q, 0),
        .at = db_int(q, 1),
        .task = db_text(q, 2, a),
        .step = db_text(q, 3, a),
        .method = db_text(q, 4, a),
        .name = db_text(q, 5, a),
        .approach = db_text(q, 6, a),
        .solved = db_int(q, 7),
        .remaining = db_int(q, 8),
        .rest = db_text(q, 9, a),
        .told = db_text(q, 10, a),
    };
}

int store_audit_list(struct store *s, int64_t queue, int64_t after, int max, struct arena *a, struct audit_row **out_rows,
                     int *out_count, struct err *e)
{
    return STORE_ROWS(db_start(s->db, SQL_AUDIT_LIST, "iii", queue, after, (int64_t)max), a, read_audit, out_rows,
                      out_count, e);
}

static void read_audit_sum(struct db_query *q, struct arena *a, struct audit_sum_row *out)
{
    *out = (struct audit_sum_row){db_text(q, 0, a), db_text(q, 1, a), db_text(q, 2, a), db_int(q, 3)};
}

int store_audit_sums(struct store *s, int64_t queue, struct arena *a, struct audit_sum_row **out_rows, int *out_count,
                     struct err *e)
{
    return STORE_ROWS(db_start(s->db, SQL_AUDIT_SUM_LIST, "i", queue), a, read_audit_sum, out_rows, out_count, e);
}

int store_client_put(struct store *s, const struct client_row *row, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_CLIENT_PUT, "iti", row->queue, row->name, row->seen);
}

static void read_client(struct db_query *q, struct arena *a, struct client_row *out)
{
    *out = (struct client_row){.queue = db_int(q, 0), .name = db_text(q, 1, a), .seen = db_int(q, 2)};
}

int store_client_list(struct store *s, int64_t since, struct arena *a, struct client_row **out_rows, int *out_count,
                      struct err *e)
{
    return STORE_ROWS(db_start(s->db, SQL_CLIENT_LIST, "i", since), a, read_client, out_rows, out_count, e);
}

int store_client_forget(struct store *s, int64_t before, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_CLIENT_FORGET, "i", before);
}
