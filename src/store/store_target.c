/* What a table has beside its task: targets, truth, and how much of it is mapped. */
#include "base/cleanup.h"
#include "store/store_inner.h"

int store_target_add(struct store *s, int64_t task, const struct target_row *row, bool *out_new, struct err *e)
{
    int64_t changes = 0;
    int r = db_do(s->db, e, &changes, SQL_TARGET_ADD, "iiiit", task, (int64_t)row->kind, row->a, row->b, row->mapped);
    *out_new = changes > 0;
    return r;
}

int store_spec_set_payload(struct store *s, int64_t task, const struct spec_row *spec, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_SPEC_SET_PAYLOAD, "itii", task, spec->payload, spec->payload_body, spec->payload_size);
}

int store_target_map(struct store *s, int64_t task, const struct target_row *row, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_TARGET_MAP, "iiiit", task, (int64_t)row->kind, row->a, row->b, row->mapped);
}

static void read_target(struct db_query *q, struct arena *a, struct target_row *out)
{
    *out = (struct target_row){(enum target_kind)db_int(q, 0), db_int(q, 1), db_int(q, 2), db_text(q, 3, a)};
}

int store_target_list(struct store *s, int64_t task, struct arena *a, struct target_row **out_rows, int *out_count,
                      struct err *e)
{
    return STORE_ROWS(db_start(s->db, SQL_TARGET_LIST, "i", task), a, read_target, out_rows, out_count, e);
}

int store_target_walk(struct store *s, int64_t task, const struct target_row *after, int max, struct arena *a,
                      struct target_row **out_rows, int *out_count, struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_TARGET_WALK, "iiiii", task, (int64_t)after->kind, after->a, after->b, (int64_t)max);
    return STORE_ROWS(q, a, read_target, out_rows, out_count, e);
}

int store_truth_add(struct store *s, int64_t task, enum truth_source source, const struct truth_row *row, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_TRUTH_ADD, "iiiiit", task, (int64_t)source, (int64_t)row->kind, row->a, row->b,
                 row->value);
}

static void read_truth(struct db_query *q, struct arena *a, struct truth_row *out)
{
    *out = (struct truth_row){(enum target_kind)db_int(q, 0), db_int(q, 1), db_int(q, 2), db_text(q, 3, a)};
}

int store_truth_list(struct store *s, int64_t task, enum truth_source source, struct arena *a,
                     struct truth_row **out_rows, int *out_count, struct err *e)
{
    return STORE_ROWS(db_start(s->db, SQL_TRUTH_LIST, "ii", task, (int64_t)source), a, read_truth, out_rows, out_count, e);
}

static void read_judged(struct db_query *q, struct arena *a, struct judged_row *out)
{
    read_truth(q, a, &out->truth);
    out->wanted = db_int(q, 4) != 0;
    out->mapped = db_text(q, 5, a);
}

int store_truth_walk(struct store *s, int64_t task, const struct truth_row *after, int max, struct arena *a,
                     struct judged_row **out_rows, int *out_count, struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_TRUTH_WALK, "iiiii", task, (int64_t)after->kind, after->a, after->b, (int64_t)max);
    return STORE_ROWS(q, a, read_judged, out_rows, out_count, e);
}

int store_table_name(struct store *s, int64_t task, struct arena *a, const char **out, struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_SPEC_KEY, "i", task);
    int r = db_next(q, e);
    if (r == 1)
        *out = db_text(q, 0, a);
    return store_found(q, r);
}

int store_coverage_add(struct store *s, int64_t queue, const struct coverage_row *row, struct err *e)
{
    const int64_t *total = row->sums.total, *mapped = row->sums.mapped;
    return db_do(s->db, e, NULL, SQL_COVERAGE_ADD, "iiiiiiii", queue, row->task, total[TARGET_CEA], total[TARGET_CTA],
                 total[TARGET_CPA], mapped[TARGET_CEA], mapped[TARGET_CTA], mapped[TARGET_CPA]);
}

int store_coverage_set(struct store *s, int64_t queue, const struct coverage_row *row, struct err *e)
{
    const int64_t *mapped = row->sums.mapped;
    return db_do(s->db, e, NULL, SQL_COVERAGE_SET, "iiiiii", queue, row->task, mapped[TARGET_CEA], mapped[TARGET_CTA],
                 mapped[TARGET_CPA], (int64_t)row->flawed);
}

static void read_coverage(struct db_query *q, struct arena *a, struct coverage_row *out)
{
    *out = (struct coverage_row){.task = db_int(q, 0), .flawed = db_int(q, 7) != 0};
    for (int kind = 1; kind < TARGET_KINDS; kind++) {
        out->sums.total[kind] = db_int(q, kind);
        out->sums.mapped[kind] = db_int(q, TARGET_KINDS - 1 + kind);
    }
}

int store_coverage_walk(struct store *s, int64_t queue, int64_t after, int max, struct arena *a,
                        struct coverage_row **out_rows, int *out_count, struct err *e)
{
    return STORE_ROWS(db_start(s->db, SQL_COVERAGE_WALK, "iii", queue, after, (int64_t)max), a, read_coverage, out_rows,
                      out_count, e);
}

int store_coverage_get(struct store *s, int64_t queue, int64_t task, struct coverage_row *out, struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_COVERAGE_WALK, "iii", queue, task - 1, (int64_t)1);
    int r = db_next(q, e);
    if (r == 1)
        read_coverage(q, NULL, out);
    r = store_found(q, r);
    return r == 0 && out->task != task ? STORE_EMPTY : r;
}

static void read_table(struct db_query *q, struct arena *a, struct table_row *out)
{
    read_coverage(q, a, &out->coverage);
    out->state = (enum task_state)db_int(q, 8);
    out->leases = db_int(q, 9);
    out->name = db_text(q, 10, a);
    out->message = db_text(q, 11, a);
}

int store_table_walk(struct store *s, int64_t queue, int64_t after, int max, struct arena *a, struct table_row **out_rows,
                     int *out_count, struct err *e)
{
    return STORE_ROWS(db_start(s->db, SQL_TABLE_WALK, "iii", queue, after, (int64_t)max), a, read_table, out_rows, out_count, e);
}

int store_table_remove(struct store *s, int64_t queue, int64_t task, struct err *e)
{
    int r = db_do(s->db, e, NULL, SQL_TARGET_REMOVE, "i", task);
    if (r == 0)
        r = db_do(s->db, e, NULL, SQL_TRUTH_REMOVE, "i", task);
    if (r == 0)
        r = store_body_drop(s, BODY_ANALYSIS, task, e);
    return r ? r : db_do(s->db, e, NULL, SQL_COVERAGE_REMOVE, "ii", queue, task);
}
