/* /api/v1/queues: make, read, pause, remove. */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "core/remove.h"
#include "web/render.h"
#include "web/request.h"

struct sent_policy {
    struct queue_policy policy;
    const char *on_dependency_failure;
};

#define POLICY(name, kind, member, min, max) \
    {name, kind, offsetof(struct sent_policy, policy) + offsetof(struct queue_policy, member), min, max, 0}

static const struct json_field POLICY_FIELDS[] = {
    POLICY("lease_seconds", JSON_KIND_SECONDS, lease_us, 1, LIMIT_LEASE_SECONDS),
    POLICY("max_attempts", JSON_KIND_INT, max_attempts, 1, LIMIT_COUNT_POLICY),
    POLICY("max_crashes", JSON_KIND_INT, max_crashes, 1, LIMIT_COUNT_POLICY),
    POLICY("backoff_seconds", JSON_KIND_SECONDS, backoff_us, 0, LIMIT_LEASE_SECONDS),
    POLICY("speculate", JSON_KIND_SWITCH, speculate, 0, 0),
    POLICY("retention_seconds", JSON_KIND_SECONDS, retention_us, 0, LIMIT_RETENTION_SECONDS),
    POLICY("face_lease_seconds", JSON_KIND_SECONDS, face_lease_us, 1, LIMIT_LEASE_SECONDS),
    JSON_FIELD(struct sent_policy, on_dependency_failure, JSON_KIND_TEXT, 1, 20, 0),
};
const struct json_shape api_queue_policy = JSON_SHAPE("Policy", POLICY_FIELDS);

/* What the policy does with those who wait for a task that ended badly. */
static int read_cascade(struct sent_policy *s, struct err *e)
{
    if (!s->on_dependency_failure)
        return 0;
    bool cancel = strcmp(s->on_dependency_failure, "cancel") == 0;
    if (!cancel && strcmp(s->on_dependency_failure, "wait") != 0)
        return err_refuse(e, ERR_BAD_FIELD, "on_dependency_failure must be \"wait\" or \"cancel\"");
    s->policy.cascade = cancel;
    return 0;
}

static int answer_queue(struct request *r, struct turn *t, int status, const struct queue_row *row, struct err *e)
{
    struct queue_view view = {.row = *row};
    int bad = queue_look(t, &r->arena, &view, e);
    return bad ? bad : request_answer(r, status, render_queue(&view));
}

int api_queue_put(struct request *r, struct turn *t, struct err *e)
{
    struct sent_policy s = {.policy = QUEUE_POLICY_AS_IS};
    struct queue_ref ref = request_queue(r);
    struct queue_row row;
    const json_t *body;
    bool made;
    int bad = request_json(r, &body, e);
    if (!bad)
        bad = json_read(body, POLICY_FIELDS, COUNT_OF(POLICY_FIELDS), (struct json_place){0}, &s, e);
    if (!bad)
        bad = read_cascade(&s, e);
    if (!bad)
        bad = queue_put(t, &r->who, &ref, &s.policy, &r->arena, &row, &made, e);
    return bad ? bad : answer_queue(r, t, made ? 201 : 200, &row, e);
}

int api_queue_get(struct request *r, struct turn *t, struct err *e)
{
    struct queue_ref ref = request_queue(r);
    struct queue_row row;
    int bad = queue_find(t, &r->who, &ref, &r->arena, &row, e);
    return bad ? bad : answer_queue(r, t, 200, &row, e);
}

static int set_paused(struct request *r, struct turn *t, bool paused, struct err *e)
{
    struct queue_ref ref = request_queue(r);
    struct queue_row row;
    int bad = request_no_fields(r, e);
    if (!bad)
        bad = queue_pause(t, &r->who, &ref, paused, &r->arena, &row, e);
    return bad ? bad : answer_queue(r, t, 200, &row, e);
}

int api_queue_pause(struct request *r, struct turn *t, struct err *e) { return set_paused(r, t, true, e); }
int api_queue_resume(struct request *r, struct turn *t, struct err *e) { return set_paused(r, t, false, e); }

int api_queue_delete(struct request *r, struct turn *t, struct err *e)
{
    struct queue_ref ref = request_queue(r);
    bool force;
    int64_t operation;
    int bad = request_force(r, &force, e);
    if (!bad)
        bad = remove_queue(t, &r->who, &ref, force, &r->arena, &operation, e);
    return bad ? bad : request_answer(r, 202, json_pack("{s:I}", "operation", (json_int_t)operation));
}

const struct request_names api_queue_list_query = REQUEST_NAMES("after");

int api_queue_list(struct request *r, struct turn *t, struct err *e)
{
    struct queue_row *rows;
    int count;
    const char *after = NULL;
    int bad = request_query(r, &api_queue_list_query, &after, e);
    if (!bad)
        bad = queue_list(t, &r->who, r->values.user, after ? after : "", LIMIT_PAGE, &r->arena, &rows, &count, e);
    if (bad)
        return bad;
    json_t *array = json_array();
    for (int i = 0; i < count && !bad; i++) {
        struct queue_view view = {.row = rows[i]};
        bad = queue_look(t, &r->arena, &view, e);
        if (!bad)
            json_array_append_new(array, render_queue(&view));
    }
    json_t *answer = json_pack("{s:o, s:o}", "queues", array, "next",
                               count == LIMIT_PAGE ? json_string(rows[count - 1].name) : json_null());
    if (!bad)
        return request_answer(r, 200, answer);
    json_decref(answer);
    return bad;
}
