/* Changing and removing one task. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "core/change.h"
#include "core/look.h"
#include "core/operation.h"
#include "web/render.h"
#include "web/request.h"

struct sent_change {
    int64_t priority;
    const json_t *not_before, *after;
};

static const struct json_field CHANGE_FIELDS[] = {
    JSON_FIELD(struct sent_change, priority, JSON_KIND_INT, -LIMIT_PRIORITY, LIMIT_PRIORITY, 0),
    JSON_FIELD(struct sent_change, not_before, JSON_KIND_ANY, 0, 0, 0),
    JSON_FIELD_OF(struct sent_change, after, JSON_KIND_ARRAY, 0, LIMIT_AFTER, 0, &JSON_ID),
};
const struct json_shape api_task_patch_body = JSON_SHAPE("TaskChange", CHANGE_FIELDS);

/* A time, or null: at once. */
static int read_not_before(const json_t *value, struct change_task *c, struct err *e)
{
    c->has_not_before = value != NULL;
    c->not_before = NONE;
    if (!value || json_is_null(value))
        return 0;
    if (!json_is_string(value) || clock_parse(json_string_value(value), &c->not_before))
        return err_refuse(e, ERR_BAD_FIELD, "not_before must be null or a time such as \"2030-01-31T12:00:00Z\"");
    return 0;
}

static int read_change(struct request *r, struct change_task *c, struct err *e)
{
    struct sent_change s = {.priority = NONE};
    const json_t *body;
    int64_t *ids;
    int bad = request_json(r, &body, e);
    if (!bad)
        bad = json_read(body, CHANGE_FIELDS, COUNT_OF(CHANGE_FIELDS), (struct json_place){0}, &s, e);
    if (!bad)
        bad = read_not_before(s.not_before, c, e);
    if (!bad)
        bad = request_ids(r, s.after, "after", ERR_BAD_ID, &ids, &c->need_count, e);
    if (bad)
        return bad;
    c->has_priority = s.priority != NONE;
    c->priority = s.priority;
    c->has_needs = s.after != NULL;
    c->needs = ids;
    return 0;
}

int api_task_patch(struct request *r, struct turn *t, struct err *e)
{
    struct change_task c = {0};
    struct look_task task;
    int64_t id;
    int bad = request_number("id", r->values.id, 1, INT64_MAX, &id, e);
    if (!bad)
        bad = read_change(r, &c, e);
    if (!bad)
        bad = change_task(t, &r->who, id, &c, e);
    if (!bad)
        bad = look_task(t, &r->who, id, false, &r->arena, &task, e);
    return bad ? bad : request_answer(r, 200, render_task(&task.full, &task.queue));
}

int api_task_remove(struct request *r, struct turn *t, struct err *e)
{
    struct asked asked = {.event = EV_DELETED, .priority = NONE};
    struct look_task task;
    bool force;
    struct operation_sum sum;
    int64_t id;
    int bad = request_force(r, &force, e);
    if (!bad)
        bad = request_number("id", r->values.id, 1, INT64_MAX, &id, e);
    if (!bad)
        bad = look_task(t, &r->who, id, false, &r->arena, &task, e);
    if (bad)
        return bad;
    asked.flags = force ? OPERATION_FORCE : 0;
    if (!happen_can(&asked, task.full.task.state)) {
        bad = err_refuse(e, ERR_TASK_STATE, "task %lld is running", (long long)id);
        err_hint(e, "cancel it first, or delete by force");
        return bad;
    }
    bad = operation_ids(t, &r->who, &task.queue, &asked, &id, 1, &sum, e);
    return bad ? bad : request_answer(r, 200, json_pack("{s:I}", "changed", (json_int_t)sum.changed));
}
