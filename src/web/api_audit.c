/* What runners tell of how they worked: summed up, as the old manager's page has it, or record by record. */
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "core/dataset_audit.h"
#include "web/render.h"
#include "web/tables.h"

enum { Q_RECORDS, Q_AFTER, Q_LIMIT, Q_COUNT };
const struct request_names api_dataset_audit_query = REQUEST_NAMES("records", "after", "limit");

static json_t *render_record(const struct audit_row *row)
{
    return json_pack("{s:I, s:o, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:o, s:s}", "id", (json_int_t)row->id, "received",
                     render_time(row->at), "task", row->task, "step", row->step, "method", row->method, "tablename", row->name,
                     "approach", row->approach, "solved_cnt", (json_int_t)row->solved, "remaining_cnt", (json_int_t)row->remaining,
                     "remaining", render_parsed(row->rest, strlen(row->rest)), "timestamp", row->told);
}

/* A few at a time, for what remained may be long, until the page holds enough. *next: NONE at the end. */
static int fill(struct turn *t, const struct dataset *d, int64_t limit, json_t *array, int64_t *next, struct err *e)
{
    enum { STEP = 20 };
    size_t bytes = 0;
    int bad = 0, count = STEP;
    while (!bad && count == STEP && (int64_t)json_array_size(array) < limit && bytes < LIMIT_PAGE_BYTES) {
        struct audit_row *rows;
        bad = dataset_audit_records(t, d, *next, STEP, t->arena, &rows, &count, e);
        for (int i = 0; !bad && i < count && (int64_t)json_array_size(array) < limit; i++) {
            json_array_append_new(array, render_record(&rows[i]));
            *next = rows[i].id;
            bytes += strlen(rows[i].rest) + STEP;
        }
    }
    if (!bad && count < STEP && (int64_t)json_array_size(array) < limit)
        *next = NONE;
    return bad;
}

static int answer_records(struct request *r, struct turn *t, const struct dataset *d, int64_t next, int64_t limit, struct err *e)
{
    json_t *array = json_array();
    int bad = fill(t, d, limit, array, &next, e);
    if (!bad)
        return request_answer(r, 200, json_pack("{s:o, s:o}", "records", array, "next", render_number(next)));
    json_decref(array);
    return bad;
}

static int answer_sums(struct request *r, struct turn *t, const struct dataset *d, struct err *e)
{
    struct audit_sum_row *rows;
    int count;
    int bad = dataset_audit_sums(t, d, t->arena, &rows, &count, e);
    return bad ? bad : request_answer(r, 200, tables_audit_sums(rows, count));
}

static int read_query(struct request *r, bool *records, int64_t *after, int64_t *limit, struct err *e)
{
    const char *values[Q_COUNT] = {0};
    int bad = request_query(r, &api_dataset_audit_query, values, e);
    const char *word = values[Q_RECORDS] ? values[Q_RECORDS] : "0";
    if (!bad && strcmp(word, "0") != 0 && strcmp(word, "1") != 0)
        bad = err_refuse(e, ERR_BAD_FIELD, "records must be 0 or 1");
    *records = *word == '1';
    if (!bad)
        bad = request_number("after", values[Q_AFTER] ? values[Q_AFTER] : "0", 0, INT64_MAX, after, e);
    return bad ? bad : request_number("limit", values[Q_LIMIT] ? values[Q_LIMIT] : "100", 1, LIMIT_PAGE, limit, e);
}

int api_dataset_audit(struct request *r, struct turn *t, struct err *e)
{
    struct queue_ref ref = request_queue(r);
    struct dataset d;
    int64_t after, limit;
    bool records;
    int bad = read_query(r, &records, &after, &limit, e);
    if (!bad)
        bad = dataset_find(t, &r->who, &ref, t->arena, &d, e);
    if (bad)
        return bad;
    return records ? answer_records(r, t, &d, after, limit, e) : answer_sums(r, t, &d, e);
}
