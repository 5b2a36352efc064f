/* /api/v1/queues/{queue}/scale and /api/v1/scales: how many jobs are kept for a queue at a site. A PUT names what changes: it is laid over what
 * there is, and the whole is read as if it had been sent; null takes back what was said. */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "core/scale.h"
#include "web/api_launch.h"
#include "web/http_inner.h"
#include "web/openapi.h"
#include "web/render.h"

enum { HOUR_SECONDS = 3600 };

struct sent_scale {
    struct job_launch launch;
    int64_t min_jobs, max_jobs, tasks_per_worker;
    int64_t budget; /* a millionth of a core-hour; NONE: none */
    bool paused;
};
static const struct json_field SCALE_FIELDS[] = {
    JSON_FIELD(struct sent_scale, min_jobs, JSON_KIND_INT, 0, LIMIT_SCALE_JOBS, 0),
    JSON_FIELD(struct sent_scale, max_jobs, JSON_KIND_INT, 1, LIMIT_SCALE_JOBS, JSON_NULLABLE),
    JSON_FIELD(struct sent_scale, tasks_per_worker, JSON_KIND_INT, 1, LIMIT_LAUNCH, 0),
    JSON_FIELD(struct sent_scale, budget, JSON_KIND_SECONDS, 0, LIMIT_SCALE_BUDGET, JSON_NULLABLE),
    JSON_FIELD(struct sent_scale, paused, JSON_KIND_BOOL, 0, 0, 0),
    JOB_LAUNCH_FIELDS(offsetof(struct sent_scale, launch)),
};
const struct json_shape api_scale_body = JSON_SHAPE("ScaleSettings", SCALE_FIELDS);
const struct request_names api_scale_query = REQUEST_NAMES("site");
const struct request_names api_scale_list_query = REQUEST_NAMES("queue");

static double hours(int64_t us) { return (double)us / CLOCK_SECOND / HOUR_SECONDS; }
static json_t *render_hours(int64_t us) { return us == NONE || us == INT64_MAX ? json_null() : json_real(hours(us)); }

static const char *ref_of(struct arena *a, const char *owner, const char *name, const char *asker)
{
    return strcmp(owner, asker) ? arena_printf(a, "%s/%s", owner, name) : name;
}

/* As it would be sent: with what a job of it has. */
static json_t *settings_of(const struct scale_row *c)
{
    static const char *const OURS[] = {"queue", "stay"};
    json_t *s = render_parsed(c->settings, strlen(c->settings));
    for (size_t i = 0; i < COUNT_OF(OURS); i++)
        json_object_del(s, OURS[i]);
    json_object_set_new(s, "min_jobs", json_integer(c->min_jobs));
    json_object_set_new(s, "max_jobs", json_integer(c->max_jobs));
    json_object_set_new(s, "tasks_per_worker", json_integer(c->tasks_per_worker));
    json_object_set_new(s, "budget", render_hours(c->budget_us));
    json_object_set_new(s, "paused", json_boolean(c->paused));
    return s;
}

/* What is not said is null, or empty. */
static void put_unsaid(json_t *object)
{
    static const char *const NULLS[] = {"walltime", "partition", "nodes", "account", "script"};
    for (size_t i = 0; i < COUNT_OF(NULLS); i++)
        if (!json_object_get(object, NULLS[i]))
            json_object_set_new(object, NULLS[i], json_null());
    if (!json_object_get(object, "env"))
        json_object_set_new(object, "env", json_object());
    if (!json_object_get(object, "options"))
        json_object_set_new(object, "options", json_array());
    if (!json_object_get(object, "keep_env"))
        json_object_set_new(object, "keep_env", json_false());
}

static json_t *render_scale(const struct scale_view *v, struct arena *a)
{
    const struct scale_row *c = v->row;
    json_t *object = settings_of(c), *jobs = json_object();
    put_unsaid(object);
    for (int state = JOB_SUBMITTED; state <= JOB_RUNNING; state++)
        json_object_set_new(jobs, job_state_word((enum job_state)state), json_integer(v->jobs[state]));
    json_object_set_new(object, "jobs", jobs);
    json_object_set_new(object, "queue", json_string(ref_of(a, c->queue_owner, c->queue_name, c->owner)));
    json_object_set_new(object, "site", json_string(ref_of(a, c->site_owner, c->site_name, c->owner)));
    json_object_set_new(object, "owner", json_string(c->owner));
    json_object_set_new(object, "spent", render_hours(c->spent_us));
    json_object_set_new(object, "promised", render_hours(v->plan.promised_us));
    json_object_set_new(object, "forecast", render_hours(v->forecast_us));
    json_object_set_new(object, "message", render_text(c->message));
    json_object_set_new(object, "refused", json_integer(c->refused));
    json_object_set_new(object, "unbegun", json_integer(c->unbegun));
    json_object_set_new(object, "backlog", json_integer(v->backlog));
    json_object_set_new(object, "wanted", json_integer(v->plan.wanted));
    json_object_set_new(object, "starts", json_integer(v->plan.start));
    json_object_set_new(object, "why", json_string(scale_why_words(v->plan.why)));
    return object;
}

static int answer(struct request *r, struct turn *t, int status, const struct scale_row *c, struct err *e)
{
    struct scale_view v = {.row = c};
    int bad = scale_look(t, t->arena, &v, e);
    return bad ? bad : request_answer(r, status, render_scale(&v, t->arena));
}

/* The queue in the URL and the site in its query. */
static int find_both(struct request *r, struct turn *t, struct queue_row *q, struct site_row *site, struct err *e)
{
    const char *values[1] = {NULL};
    struct queue_ref ref = request_queue(r);
    int bad = request_query(r, &api_scale_query, values, e);
    if (!bad && !values[0])
        bad = err_refuse(e, ERR_BAD_FIELD, "site is missing: ?site=NAME says where");
    if (!bad)
        bad = queue_find(t, &r->who, &ref, t->arena, q, e);
    if (bad)
        return bad;
    struct site_ref at = job_site_ref(t->arena, values[0]);
    return site_find(t, &r->who, &at, t->arena, site, e);
}

/* What was sent over what there is. */
static json_t *lay_over(json_t *there, const json_t *sent)
{
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)sent, name, value) {
        if (json_is_null(value))
            json_object_del(there, name);
        else
            json_object_set(there, name, value);
    }
    return there;
}

static int read_fields(const json_t *body, struct sent_scale *out, struct err *e)
{
    *out = (struct sent_scale){.launch = JOB_LAUNCH_NONE, .tasks_per_worker = 1, .budget = NONE};
    int r = json_read(body, SCALE_FIELDS, COUNT_OF(SCALE_FIELDS), (struct json_place){0}, out, e);
    return job_hint_nearest(r, body, &api_scale_body, e);
}

static int read_scale(const json_t *whole, struct sent_scale *out, struct err *e)
{
    int r = read_fields(whole, out, e);
    if (!r && !out->max_jobs)
        r = err_refuse(e, ERR_BAD_FIELD, "max_jobs is missing: never more jobs than that are open");
    if (!r)
        r = job_check_launch(&out->launch, e);
    out->launch.stay = out->min_jobs > 0;
    return r;
}

static int put(struct request *r, struct turn *t, const struct queue_row *q, const struct site_row *site, const struct sent_scale *s, struct err *e)
{
    struct job_ask job;
    struct scale_row c;
    bool made = false;
    int bad = job_of_launch(&s->launch, site, q, t->arena, &job, e);
    const struct scale_ask ask = {.min_jobs = s->min_jobs, .max_jobs = s->max_jobs, .tasks_per_worker = s->tasks_per_worker,
                                  .budget_us = s->budget == NONE ? NONE : s->budget * HOUR_SECONDS, .paused = s->paused, .job = &job};
    if (!bad && s->launch.dry_run)
        bad = scale_try(t, &r->who, q, site, &ask, t->arena, &c, e);
    else if (!bad)
        bad = scale_put(t, &r->who, q, site, &ask, t->arena, &c, &made, e);
    return bad ? bad : answer(r, t, made ? 201 : 200, &c, e);
}

int api_scale_put(struct request *r, struct turn *t, struct err *e)
{
    struct queue_row q;
    struct site_row site;
    struct scale_row c;
    struct sent_scale s;
    const json_t *body;
    int bad = request_json(r, &body, e);
    if (!bad)
        bad = read_fields(body, &s, e);
    if (!bad)
        bad = find_both(r, t, &q, &site, e);
    if (!bad)
        bad = store_scale_get(t->store, q.id, site.id, t->arena, &c, e);
    if (bad && bad != STORE_EMPTY)
        return bad;
    CLEANUP(json_drop) json_t *whole = lay_over(bad ? json_object() : settings_of(&c), body);
    bad = read_scale(whole, &s, e);
    if (!bad)
        bad = job_way_home(&site, e);
    return bad ? bad : put(r, t, &q, &site, &s, e);
}

int api_scale_get(struct request *r, struct turn *t, struct err *e)
{
    struct queue_row q;
    struct site_row site;
    struct scale_row c;
    int bad = find_both(r, t, &q, &site, e);
    if (!bad)
        bad = scale_find(t, &r->who, &q, &site, t->arena, &c, e);
    return bad ? bad : answer(r, t, 200, &c, e);
}

int api_scale_remove(struct request *r, struct turn *t, struct err *e)
{
    struct queue_row q;
    struct site_row site;
    struct scale_row c;
    int64_t cancelled;
    int bad = find_both(r, t, &q, &site, e);
    if (!bad)
        bad = scale_find(t, &r->who, &q, &site, t->arena, &c, e);
    if (!bad)
        bad = scale_remove(t, &r->who, &c, &cancelled, e);
    return bad ? bad : request_answer(r, 200, json_pack("{s:I}", "cancelled", (json_int_t)cancelled));
}

/* The queue that the query names, "NAME" or "OWNER/NAME"; NONE. */
static int find_queue(struct request *r, struct turn *t, int64_t *out, struct err *e)
{
    const char *values[1] = {NULL};
    struct queue_row q;
    *out = NONE;
    int bad = request_query(r, &api_scale_list_query, values, e);
    if (bad || !values[0])
        return bad;
    const struct site_ref named = job_site_ref(t->arena, values[0]);
    const struct queue_ref ref = {named.owner, named.name};
    bad = queue_find(t, &r->who, &ref, t->arena, &q, e);
    *out = bad ? NONE : q.id;
    return bad;
}

int api_scale_list(struct request *r, struct turn *t, struct err *e)
{
    struct scale_row *rows;
    int64_t queue;
    int count = 0, bad = find_queue(r, t, &queue, e);
    if (!bad)
        bad = scale_list(t, &r->who, queue, t->arena, &rows, &count, e);
    if (bad)
        return bad;
    json_t *array = json_array();
    for (int i = 0; !bad && i < count; i++) {
        struct scale_view v = {.row = &rows[i]};
        bad = scale_look(t, t->arena, &v, e);
        if (!bad)
            json_array_append_new(array, render_scale(&v, t->arena));
    }
    if (!bad)
        return request_answer(r, 200, json_pack("{s:o}", "scales", array));
    json_decref(array);
    return bad;
}
