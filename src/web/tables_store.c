/* What runners hand in: results, errors, what they tell of how they worked (contract C.5.3 to C.5.6). */
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "core/dataset_audit.h"
#include "core/hand_in.h"
#include "web/tables.h"

/* The table in the path, and what handing it in would be. */
static int find(struct request *r, struct turn *t, bool result, const char **out_client, struct dataset *d, struct hand_in *out,
                struct err *e)
{
    int bad = tables_client(r, false, out_client, e);
    if (!bad)
        bad = tables_dataset(r, t, d, e);
    return bad ? bad : hand_in_find(t, d, r->values.table, *out_client, result, out, e);
}

int tables_store_result(struct request *r, struct turn *t, struct err *e)
{
    struct hand_in_result result;
    struct rate_sum ended = {0};
    struct hand_in in;
    struct dataset d;
    const char *client;
    int unknown = 0;
    int bad = find(r, t, true, &client, &d, &in, e);
    if (!bad)
        bad = tables_read_result(r, t, &result, e);
    if (!bad)
        bad = hand_in_result(t, &d, client, &in, &result, &unknown, &ended, e);
    if (bad)
        return bad;
    r->work.effects = (struct effects){.queue = d.queue.id, .ended = ended};
    if (unknown)
        request_header(r, "Docket-Unknown-Cells", arena_printf(&r->arena, "%d", unknown));
    return tables_done(r);
}

int tables_store_error(struct request *r, struct turn *t, struct err *e)
{
    struct rate_sum ended = {0};
    struct hand_in in;
    struct dataset d;
    const char *client;
    int bad = find(r, t, false, &client, &d, &in, e);
    if (!bad)
        bad = tables_body(r, e);
    if (!bad)
        bad = hand_in_error(t, &d, client, &in, buf_text(&r->body), r->body.len, &ended, e);
    if (bad)
        return bad;
    r->work.effects = (struct effects){.queue = d.queue.id, .ended = ended};
    return tables_done(r);
}

int tables_store_analysis(struct request *r, struct turn *t, struct err *e)
{
    struct dataset d;
    int bad = tables_dataset(r, t, &d, e);
    if (!bad)
        bad = tables_body(r, e);
    if (!bad)
        bad = dataset_keep_analysis(t, &d, r->values.table, buf_text(&r->body), r->body.len, e);
    return bad ? bad : tables_done(r);
}

/* Audit ----------------------------------------------------------------------------------------------------------- */
#define TEXT(member, json) {json, JSON_KIND_TEXT, offsetof(struct audit_row, member), 0, LIMIT_MAPPED, JSON_REQUIRED}
#define COUNT(member, json) {json, JSON_KIND_INT, offsetof(struct audit_row, member), 0, INT32_MAX, JSON_REQUIRED}

struct sent_audit {
    struct audit_row row;
    const json_t *rest, *told;
};

static const struct json_field AUDIT_FIELDS[] = {
    TEXT(task, "task"),
    TEXT(step, "step"),
    TEXT(method, "method"),
    TEXT(name, "tablename"),
    TEXT(approach, "approach"),
    COUNT(solved, "solved_cnt"),
    COUNT(remaining, "remaining_cnt"),
    {"remaining", JSON_KIND_ANY, offsetof(struct sent_audit, rest), 0, 0, JSON_REQUIRED},
    {"timestamp", JSON_KIND_ANY, offsetof(struct sent_audit, told), 0, 0, JSON_REQUIRED},
};

static const struct json_shape AUDIT = JSON_SHAPE("AuditSent", AUDIT_FIELDS);

static const char *text_of(struct turn *t, const json_t *value)
{
    CLEANUP(buf_done) struct buf b = {0};
    if (json_is_string(value))
        return json_string_value(value);
    json_write(value, &b);
    return arena_strdup(t->arena, buf_text(&b));
}

static const char *json_of(struct turn *t, const json_t *value)
{
    CLEANUP(buf_done) struct buf b = {0};
    json_write(value, &b);
    return arena_strdup(t->arena, buf_text(&b));
}

static int read_records(struct turn *t, const json_t *list, struct audit_row *out, struct err *e)
{
    int bad = 0;
    for (size_t i = 0; !bad && i < json_array_size(list); i++) {
        struct sent_audit s = {.row = {.at = t->now_us}};
        bad = json_read(json_array_get(list, i), AUDIT.fields, AUDIT.count, (struct json_place){"records", i}, &s, e);
        if (bad)
            break;
        out[i] = s.row;
        out[i].rest = json_of(t, s.rest);
        out[i].told = text_of(t, s.told);
    }
    return bad;
}

/* The list is a transaction: none of it is kept where one is refused. All are looked at before any is written. */
int tables_audit_lst(struct request *r, struct turn *t, struct err *e)
{
    struct dataset d;
    const json_t *body;
    int bad = tables_dataset(r, t, &d, e);
    if (!bad)
        bad = tables_body(r, e);
    if (!bad)
        bad = request_json(r, &body, e);
    if (!bad && (!json_is_array(body) || json_array_size(body) > LIMIT_AUDIT_RECORDS))
        bad = err_refuse(e, ERR_BAD_FIELD, "the body must be an array of at most %d records", LIMIT_AUDIT_RECORDS);
    size_t count = bad ? 0 : json_array_size(body);
    struct audit_row *rows = arena_array(t->arena, count + 1, sizeof *rows);
    if (!bad)
        bad = read_records(t, body, rows, e);
    for (size_t i = 0; !bad && i < count; i++)
        bad = dataset_audit_add(t, &d, &rows[i], e);
    return bad ? bad : tables_done(r);
}
