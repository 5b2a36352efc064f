/* /api/v1/jobs: listed, read, cancelled, started once more, cleaned away. */
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "core/clean.h"
#include "web/job_wait.h"
#include "web/job_words.h"
#include "web/openapi.h"
#include "web/render.h"
#include "web/render_job.h"
#include "web/request.h"

enum { Q_SITE, Q_STATE, Q_QUEUE, Q_CURSOR, Q_LIMIT, Q_COUNT };
const struct request_names api_job_list_query = REQUEST_NAMES("site", "state", "queue", "cursor", "limit");

static int read_state(const char *word, int64_t *out, struct err *e)
{
    *out = word ? (int64_t)job_state_from(word) : NONE;
    if (*out == 0)
        return err_refuse(e, ERR_BAD_FIELD, "state must be submitted, pending, running, finished, failed, cancelled or lost");
    return 0;
}

static int read_site(struct request *r, struct turn *t, const char *text, int64_t *out, struct err *e)
{
    struct site_row row;
    *out = NONE;
    if (!text)
        return 0;
    struct site_ref ref = job_site_ref(t->arena, text);
    int bad = site_find(t, &r->who, &ref, t->arena, &row, e);
    if (!bad)
        *out = row.id;
    return bad;
}

static int read_queue(struct request *r, struct turn *t, const char *text, int64_t *out, struct err *e)
{
    struct queue_row row;
    *out = NONE;
    if (!text)
        return 0;
    struct site_ref parts = job_site_ref(t->arena, text); /* the same form */
    struct queue_ref ref = {parts.owner, parts.name};
    int bad = queue_find(t, &r->who, &ref, t->arena, &row, e);
    if (!bad)
        *out = row.id;
    return bad;
}

static int read_filter(struct request *r, struct turn *t, const char *const *values, struct job_filter *f, int64_t *limit, struct err *e)
{
    int bad = read_state(values[Q_STATE], &f->state, e);
    if (!bad)
        bad = request_number("cursor", values[Q_CURSOR], 0, INT64_MAX, &f->before, e);
    if (!bad)
        bad = request_number("limit", values[Q_LIMIT] ? values[Q_LIMIT] : "100", 1, LIMIT_PAGE, limit, e);
    if (!bad)
        bad = read_site(r, t, values[Q_SITE], &f->site, e);
    return bad ? bad : read_queue(r, t, values[Q_QUEUE], &f->queue, e);
}

/* A page ends where what was asked of its jobs is long. Returns how many fit. */
static int fitting(const struct job_row *rows, int count)
{
    size_t bytes = 0;
    int i = 0;
    for (; i < count && (i == 0 || bytes < LIMIT_PAGE_BYTES); i++)
        bytes += strlen(rows[i].settings);
    return i;
}

int api_job_list(struct request *r, struct turn *t, struct err *e)
{
    const char *values[Q_COUNT] = {0};
    struct job_filter f = {0};
    struct job_row *rows;
    int64_t limit;
    int count;
    int bad = request_query(r, &api_job_list_query, values, e);
    if (!bad)
        bad = read_filter(r, t, values, &f, &limit, e);
    if (!bad)
        bad = job_list(t, &r->who, &f, (int)limit, t->arena, &rows, &count, e);
    if (bad)
        return bad;
    int shown = fitting(rows, count);
    bool more = shown < count || count == limit;
    json_t *array = json_array();
    for (int i = 0; i < shown; i++)
        json_array_append_new(array, render_job(&rows[i]));
    return request_answer(r, 200, json_pack("{s:o, s:o}", "jobs", array, "next", render_number(more ? rows[shown - 1].id : NONE)));
}

static int find(struct request *r, struct turn *t, struct job_row *out, struct err *e)
{
    int64_t id;
    int bad = request_job(r, &id, e);
    return bad ? bad : job_find(t, &r->who, id, t->arena, out, e);
}

const struct request_names api_job_get_query = REQUEST_NAMES("wait");

int api_job_get(struct request *r, struct turn *t, struct err *e)
{
    const char *wait = NULL;
    struct job_row j;
    int64_t wait_s;
    bool waits = false;
    int bad = request_query(r, &api_job_get_query, &wait, e);
    if (!bad)
        bad = request_number("wait", wait ? wait : "0", 0, LIMIT_WAIT_SECONDS, &wait_s, e);
    if (!bad)
        bad = find(r, t, &j, e);
    if (!bad)
        job_wait_settled(r, t, &j, wait_s, &waits);
    if (bad)
        return bad;
    return waits ? TURN_PARK : request_answer(r, 200, render_job(&j));
}

/* What may be asked of one job. */
typedef int job_event_fn(struct turn *t, const struct who *who, int64_t id, struct arena *a, struct job_row *out, struct err *e);

static int on_event(struct request *r, struct turn *t, job_event_fn *event, struct err *e)
{
    struct job_row j;
    int64_t id;
    int bad = request_job(r, &id, e);
    if (!bad)
        bad = event(t, &r->who, id, t->arena, &j, e);
    return bad ? bad : job_answer_accepted(r, &j, 1);
}

int api_job_cancel(struct request *r, struct turn *t, struct err *e)
{
    int bad = request_no_fields(r, e);
    return bad ? bad : on_event(r, t, job_cancel, e);
}

int api_job_clean(struct request *r, struct turn *t, struct err *e)
{
    int bad = request_query(r, &openapi_no_query, NULL, e);
    return bad ? bad : on_event(r, t, job_clean, e);
}

int api_job_resubmit(struct request *r, struct turn *t, struct err *e)
{
    struct job_row j = {0};
    struct site_row site;
    int64_t id;
    if (job_waited(r))
        return job_wait_on(r, t, job_answer_accepted, e);
    int bad = request_no_fields(r, e);
    if (!bad)
        bad = request_job(r, &id, e);
    if (!bad)
        bad = job_resubmit(t, &r->who, id, t->arena, &j, e);
    struct site_ref at = {j.site_owner, j.site_name};
    if (!bad)
        bad = site_find(t, &r->who, &at, t->arena, &site, e);
    if (!bad && (site.state == SITE_AWAY || site.state == SITE_NEEDS_LOGIN)) /* as soon as it can be told */
        return job_answer_accepted(r, &j, 1);
    return bad ? bad : job_wait(r, &j, 1, job_answer_accepted);
}

int api_job_sync(struct request *r, struct turn *t, struct err *e)
{
    struct job_row j;
    int bad = request_no_fields(r, e);
    if (!bad)
        bad = find(r, t, &j, e);
    if (!bad)
        bad = request_sync(r, t, j.site, e);
    return bad ? bad : job_answer_accepted(r, &j, 1);
}

struct sent_clean {
    bool dry_run;
    int64_t after;
};
static const struct json_field CLEAN_FIELDS[] = {
    JSON_FIELD(struct sent_clean, dry_run, JSON_KIND_BOOL, 0, 0, 0),
    JSON_FIELD(struct sent_clean, after, JSON_KIND_INT, 0, INT64_MAX, JSON_NULLABLE),
};
const struct json_shape api_job_clean_body = JSON_SHAPE("JobsClean", CLEAN_FIELDS);

static json_t *render_held(const struct clean_held *h)
{
    return json_pack("{s:I, s:s, s:s, s:I, s:o}", "job", (json_int_t)h->job.id, "owner", h->owner, "consumer", h->consumer, "behind",
                     (json_int_t)h->behind, "seen", render_time(h->seen));
}

static json_t *render_cleaned(const struct clean_page *page)
{
    json_t *going = json_array(), *held = json_array();
    for (int i = 0; i < page->going_count; i++)
        json_array_append_new(going, render_job(&page->going[i]));
    for (int i = 0; i < page->held_count; i++)
        json_array_append_new(held, render_held(&page->held[i]));
    return json_pack("{s:o, s:o, s:o}", "clean", going, "held", held, "next", render_number(page->after));
}

/* As many as a request may touch; who wants the rest asks again from `next` on. */
int api_job_clean_all(struct request *r, struct turn *t, struct err *e)
{
    enum { PAGE = 200 };
    struct sent_clean s = {false, 0};
    struct clean_page page;
    const json_t *body;
    int bad = request_json(r, &body, e);
    if (!bad)
        bad = json_read(body, CLEAN_FIELDS, COUNT_OF(CLEAN_FIELDS), (struct json_place){0}, &s, e);
    if (!bad)
        bad = clean_look(t, &r->who, s.after, PAGE, t->arena, &page, e);
    if (!bad && !s.dry_run)
        bad = clean_go(t, &r->who, &page, e);
    return bad ? bad : request_answer(r, 200, render_cleaned(&page));
}
