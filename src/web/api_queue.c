/* /api/v1/queues: make, read, pause; and what /healthz says. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "web/http_inner.h"
#include "web/render.h"
#include "web/request.h"

static const struct json_field POLICY_FIELDS[] = {
    {"lease_seconds", JSON_KIND_SECONDS, offsetof(struct queue_policy, lease_us), 1, LIMIT_LEASE_SECONDS, 0},
    {"max_attempts", JSON_KIND_INT, offsetof(struct queue_policy, max_attempts), 1, LIMIT_COUNT_POLICY, 0},
    {"max_crashes", JSON_KIND_INT, offsetof(struct queue_policy, max_crashes), 1, LIMIT_COUNT_POLICY, 0},
    {"backoff_seconds", JSON_KIND_SECONDS, offsetof(struct queue_policy, backoff_us), 0, LIMIT_LEASE_SECONDS, 0},
};

static int answer_queue(struct request *r, struct turn *t, int status, const struct queue_row *row, struct err *e)
{
    struct queue_view view = {.row = *row};
    int bad = queue_look(t, &r->arena, &view, e);
    return bad ? bad : request_answer(r, status, render_queue(&view));
}

/* A body that has nothing to say. */
static int no_fields(struct request *r, struct err *e)
{
    const json_t *body;
    int bad = request_json(r, &body, e);
    return bad ? bad : json_read(body, NULL, 0, (struct json_place){0}, NULL, e);
}

int api_queue_put(struct request *r, struct turn *t, struct err *e)
{
    struct queue_policy policy = {NONE, NONE, NONE, NONE};
    struct queue_ref ref = request_queue(r);
    struct queue_row row;
    const json_t *body;
    bool made;
    int bad = request_json(r, &body, e);
    if (!bad)
        bad = json_read(body, POLICY_FIELDS, COUNT_OF(POLICY_FIELDS), (struct json_place){0}, &policy, e);
    if (!bad)
        bad = queue_put(t, &r->who, &ref, &policy, &r->arena, &row, &made, e);
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
    int bad = no_fields(r, e);
    if (!bad)
        bad = queue_pause(t, &r->who, &ref, paused, &r->arena, &row, e);
    return bad ? bad : answer_queue(r, t, 200, &row, e);
}

int api_queue_pause(struct request *r, struct turn *t, struct err *e) { return set_paused(r, t, true, e); }
int api_queue_resume(struct request *r, struct turn *t, struct err *e) { return set_paused(r, t, false, e); }

int api_queue_list(struct request *r, struct turn *t, struct err *e)
{
    struct queue_row *rows;
    int count;
    const char *after = NULL;
    int bad = request_query(r, (const char *const[]){"after"}, &after, 1, e);
    if (!bad)
        bad = queue_list(t, &r->who, after ? after : "", LIMIT_PAGE, &r->arena, &rows, &count, e);
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

int api_health(struct request *r, struct turn *t, struct err *e)
{
    const struct http *h = r->http;
    const char *status = h->draining ? "stopping" : t->full ? "full" : "ok";
    bool well = !h->draining && !t->full;
    double uptime = (double)(t->now_us - h->o.started_us) / CLOCK_SECOND;
    return request_answer(r, well ? 200 : 503, json_pack("{s:s, s:s, s:f}", "status", status, "version",
                                                         DOCKET_VERSION, "uptime", uptime));
}
