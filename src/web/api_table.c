/* The tables of a dataset: lists, one, its error, other content for it, and working on some of them again. */
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "core/dataset_import.h"
#include "core/dataset_tables.h"
#include "web/render.h"
#include "web/request.h"
#include "web/table_line.h"

static json_t *render_coverage(const struct target_sums *sums)
{
    json_t *object = json_object();
    for (int kind = 1; kind < TARGET_KINDS; kind++)
        json_object_set_new(object, dataset_kind_word((enum target_kind)kind),
                            json_pack("{s:I, s:I}", "mapped", (json_int_t)sums->mapped[kind], "total", (json_int_t)sums->total[kind]));
    return object;
}

static json_t *render_table(const struct table_row *table)
{
    return json_pack("{s:o, s:I, s:s, s:I, s:o, s:b, s:o}", "table", render_text(table->name), "task",
                     (json_int_t)table->coverage.task, "state", task_state_word(table->state), "attempt_count",
                     (json_int_t)table->leases, "message", render_text(table->message), "error", dataset_table_failed(table),
                     "coverage", render_coverage(&table->coverage.sums));
}

static int find(struct request *r, struct turn *t, struct dataset *out, struct err *e)
{
    struct queue_ref ref = request_queue(r);
    return dataset_find(t, &r->who, &ref, t->arena, out, e);
}

enum { Q_ERRORS, Q_MISSING, Q_OF, Q_AFTER, Q_LIMIT, Q_COUNT };
const struct request_names api_table_list_query = REQUEST_NAMES("errors", "missing", "of", "after", "limit");

static int read_query(struct request *r, int64_t *flags, int64_t *after, int64_t *limit, struct err *e)
{
    const char *values[Q_COUNT] = {0};
    int bad = request_query(r, &api_table_list_query, values, e);
    const char *errors = values[Q_ERRORS] ? values[Q_ERRORS] : "0";
    if (!bad && strcmp(errors, "0") != 0 && strcmp(errors, "1") != 0)
        bad = err_refuse(e, ERR_BAD_FIELD, "errors must be 0 or 1");
    if (!bad)
        bad = dataset_choose(*errors == '1', values[Q_MISSING], values[Q_OF], flags, e);
    if (!bad)
        bad = request_number("after", values[Q_AFTER] ? values[Q_AFTER] : "0", 0, INT64_MAX, after, e);
    return bad ? bad : request_number("limit", values[Q_LIMIT] ? values[Q_LIMIT] : "100", 1, LIMIT_PAGE, limit, e);
}

int api_table_list(struct request *r, struct turn *t, struct err *e)
{
    struct table_row *rows;
    struct dataset d;
    int64_t flags, after, limit, next;
    int count = 0, bad = read_query(r, &flags, &after, &limit, e);
    if (!bad)
        bad = find(r, t, &d, e);
    if (!bad)
        bad = dataset_tables(t, &d, flags, after, (int)limit, t->arena, &rows, &count, &next, e);
    if (bad)
        return bad;
    json_t *array = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(array, render_table(&rows[i]));
    return request_answer(r, 200, json_pack("{s:o, s:o}", "tables", array, "next", render_number(next)));
}

static int answer(struct request *r, struct turn *t, const struct dataset *d, struct err *e)
{
    struct table_row row;
    int bad = dataset_table_look(t, d, r->values.table, t->arena, &row, e);
    return bad ? bad : request_answer(r, 200, render_table(&row));
}

int api_table_get(struct request *r, struct turn *t, struct err *e)
{
    struct dataset d;
    int bad = find(r, t, &d, e);
    return bad ? bad : answer(r, t, &d, e);
}

int api_table_error(struct request *r, struct turn *t, struct err *e)
{
    struct dataset d;
    struct body b;
    int bad = find(r, t, &d, e);
    if (!bad)
        bad = dataset_table_error(t, &r->who, &d, r->values.table, &b, e);
    if (!bad)
        bad = request_send(r, &b, e);
    if (!bad)
        r->content_type = "text/plain; charset=utf-8";
    return bad;
}

struct sent_content {
    const json_t *header, *data;
};

static const struct json_field CONTENT[] = {
    JSON_FIELD(struct sent_content, header, JSON_KIND_ARRAY, 0, INT32_MAX, JSON_NULLABLE),
    JSON_FIELD(struct sent_content, data, JSON_KIND_ARRAY, 0, INT32_MAX, JSON_REQUIRED),
};
const struct json_shape api_table_content = JSON_SHAPE("TableContent", CONTENT);

static int read_content(struct request *r, struct sent_content *out, struct err *e)
{
    const json_t *body;
    if (r->body.len > LIMIT_TABLE)
        return err_refuse(e, ERR_TOO_LARGE, "the table has more than %d bytes: so large a one cannot be handed out", LIMIT_TABLE);
    int bad = request_json(r, &body, e);
    return bad ? bad : json_read(body, CONTENT, COUNT_OF(CONTENT), (struct json_place){0}, out, e);
}

int api_table_put(struct request *r, struct turn *t, struct err *e)
{
    struct sent_content sent = {0};
    struct dataset d;
    const char *payload;
    size_t n;
    int64_t task;
    int bad = read_content(r, &sent, e);
    if (!bad)
        bad = find(r, t, &d, e);
    if (!bad)
        bad = dataset_table(t, &d, r->values.table, &task, e);
    if (!bad)
        bad = table_line_payload(r->values.table, sent.header, sent.data, t->arena, &payload, &n, e);
    if (!bad)
        bad = import_replace(t, &r->who, &d, task, payload, n, e);
    return bad ? bad : answer(r, t, &d, e);
}

/* Again ----------------------------------------------------------------------------------------------------------- */
struct sent_reset {
    bool errors;
    const char *missing, *of;
    const json_t *tables;
};

static const struct json_field RESET[] = {
    JSON_FIELD(struct sent_reset, errors, JSON_KIND_BOOL, 0, 0, 0),
    JSON_FIELD(struct sent_reset, missing, JSON_KIND_TEXT, 1, 10, 0),
    JSON_FIELD(struct sent_reset, of, JSON_KIND_TEXT, 1, 10, 0),
    JSON_FIELD(struct sent_reset, tables, JSON_KIND_ARRAY, 1, LIMIT_IDS, 0),
};
const struct json_shape api_table_reset_body = JSON_SHAPE("Reset", RESET);

static int check_one(const struct sent_reset *s, struct err *e)
{
    if (s->errors + (s->missing != NULL) + (s->tables != NULL) != 1)
        return err_refuse(e, ERR_BAD_FIELD, "a reset says one of errors (true), missing or tables");
    if (s->of && !s->missing)
        return err_refuse(e, ERR_BAD_FIELD, "of goes with missing only");
    return 0;
}

static int read_names(const json_t *array, struct arena *a, const char ***out, struct err *e)
{
    size_t i;
    json_t *name;
    *out = arena_array(a, json_array_size(array) + 1, sizeof **out);
    json_array_foreach(array, i, name) {
        (*out)[i] = json_string_value(name);
        if (!(*out)[i])
            return err_refuse(e, ERR_BAD_FIELD, "tables[%zu] must be the name of a table", i);
    }
    return 0;
}

static int reset_named(struct request *r, struct turn *t, const struct dataset *d, const struct sent_reset *s, struct err *e)
{
    struct operation_sum sum;
    const char **names;
    int bad = read_names(s->tables, t->arena, &names, e);
    if (!bad)
        bad = dataset_reset_named(t, &r->who, d, names, (int)json_array_size(s->tables), &sum, e);
    return bad ? bad : request_answer(r, 200, render_sum(EV_RERUN, &sum));
}

static int reset_chosen(struct request *r, struct turn *t, const struct dataset *d, const struct sent_reset *s, struct err *e)
{
    struct operation_sum sum;
    int64_t flags, operation;
    int bad = dataset_choose(s->errors, s->missing, s->of, &flags, e);
    if (!bad)
        bad = dataset_reset(t, &r->who, d, flags, &sum, &operation, e);
    if (bad)
        return bad;
    if (operation == NONE)
        return request_answer(r, 200, render_sum(EV_RERUN, &sum));
    return request_answer(r, 202, json_pack("{s:I}", "operation", (json_int_t)operation));
}

int api_table_reset(struct request *r, struct turn *t, struct err *e)
{
    struct sent_reset s = {0};
    struct dataset d;
    const json_t *body;
    int bad = request_json(r, &body, e);
    if (!bad)
        bad = json_read(body, RESET, COUNT_OF(RESET), (struct json_place){0}, &s, e);
    if (!bad)
        bad = check_one(&s, e);
    if (!bad)
        bad = find(r, t, &d, e);
    if (bad)
        return bad;
    return s.tables ? reset_named(r, t, &d, &s, e) : reset_chosen(r, t, &d, &s, e);
}
