/* /api/v1/sites: made, read, shared, removed; whether they work is asked of the launcher. */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "core/errand.h"
#include "web/http_inner.h"
#include "web/openapi.h"
#include "web/render.h"
#include "web/render_job.h"
#include "web/request.h"
#include "web/site_settings.h"

enum { CHECK_WAIT_SECONDS = 120 };

/* Where it is reached is for those who may open that door. */
static const char *control_of(struct request *r, const struct site_row *row, struct arena *a)
{
    const struct http_launch *l = &r->http->o.launch;
    return l->control && who_may(&r->who, row->owner) ? l->control(l->arg, row, a) : NULL;
}

static int look(struct request *r, struct turn *t, const struct site_row *row, json_t **out, struct err *e)
{
    struct render_site s = {.row = row, .control = control_of(r, row, t->arena)};
    const char **shares = NULL;
    int bad = site_shares(t, row->id, t->arena, &shares, &s.share_count, e);
    if (!bad)
        bad = site_counts(t, row->id, s.counts, e);
    s.shares = shares;
    if (!bad)
        *out = render_site(&s);
    return bad;
}

static int answer(struct request *r, struct turn *t, int status, const struct site_row *row, struct err *e)
{
    json_t *object;
    int bad = look(r, t, row, &object, e);
    return bad ? bad : request_answer(r, status, object);
}

static bool is_asked(const struct request *r, const struct site_row *row)
{
    return !r->values.user || strcmp(r->values.user, row->owner) == 0;
}

int api_site_list(struct request *r, struct turn *t, struct err *e)
{
    struct site_row *rows;
    int count = 0, bad = request_query(r, &openapi_no_query, NULL, e);
    if (!bad)
        bad = site_list(t, &r->who, t->arena, &rows, &count, e);
    if (bad)
        return bad;
    json_t *array = json_array();
    for (int i = 0; !bad && i < count; i++) {
        json_t *object = NULL;
        bad = is_asked(r, &rows[i]) ? look(r, t, &rows[i], &object, e) : 0;
        if (object)
            json_array_append_new(array, object);
    }
    if (!bad)
        return request_answer(r, 200, json_pack("{s:o}", "sites", array));
    json_decref(array);
    return bad;
}

int api_site_put(struct request *r, struct turn *t, struct err *e)
{
    struct site_ref ref = request_site(r);
    struct site_row row;
    const json_t *body;
    const char *kind, *settings;
    bool made;
    int bad = request_json(r, &body, e);
    if (!bad)
        bad = site_settings_read(body, t->arena, &kind, &settings, e);
    if (!bad)
        bad = site_put(t, &r->who, &ref, kind, settings, t->arena, &row, &made, e);
    return bad ? bad : answer(r, t, made ? 201 : 200, &row, e);
}

int api_site_get(struct request *r, struct turn *t, struct err *e)
{
    struct site_ref ref = request_site(r);
    struct site_row row;
    int bad = site_find(t, &r->who, &ref, t->arena, &row, e);
    return bad ? bad : answer(r, t, 200, &row, e);
}

int api_site_remove(struct request *r, struct turn *t, struct err *e)
{
    struct site_ref ref = request_site(r);
    int bad = request_query(r, &openapi_no_query, NULL, e);
    if (!bad)
        bad = site_remove(t, &r->who, &ref, e);
    return bad ? bad : request_answer(r, 200, json_object());
}

/* Answers once it was done. */
int api_site_sync(struct request *r, struct turn *t, struct err *e)
{
    struct site_ref ref = request_site(r);
    struct site_row row;
    int bad = request_no_fields(r, e);
    if (!bad)
        bad = site_find(t, &r->who, &ref, t->arena, &row, e);
    if (!bad)
        bad = request_sync(r, t, row.id, e);
    return bad ? bad : answer(r, t, 200, &row, e);
}

static int share(struct request *r, struct turn *t, bool may, struct err *e)
{
    struct site_ref ref = request_site(r);
    int bad = may ? request_no_fields(r, e) : request_query(r, &openapi_no_query, NULL, e);
    if (!bad)
        bad = site_share(t, &r->who, &ref, r->values.account, may, e);
    return bad ? bad : request_answer(r, 200, json_object());
}

int api_site_share(struct request *r, struct turn *t, struct err *e) { return share(r, t, true, e); }
int api_site_unshare(struct request *r, struct turn *t, struct err *e) { return share(r, t, false, e); }

static int answer_report(struct request *r, struct turn *t, const struct site_row *row, const char *text, struct err *e)
{
    json_t *report = render_parsed(text, strlen(text));
    if (!json_is_object(report)) {
        json_decref(report);
        return err_fail(e, ERR_INTERNAL, "the report about a site is none");
    }
    json_object_set_new(report, "site", json_string(row->name));
    return request_answer(r, 200, report);
}

/* What is found out is written down by the launcher. */
int api_site_check(struct request *r, struct turn *t, struct err *e)
{
    struct site_ref ref = request_site(r);
    struct errand_answer told;
    struct site_row row;
    int bad = request_no_fields(r, e);
    if (!bad)
        bad = site_find(t, &r->who, &ref, t->arena, &row, e);
    if (bad)
        return bad;
    struct errand_ask ask = {.kind = ERRAND_CHECK, .site = row.id, .job = NONE, .waiter = request_waiter(r), .wait_s = CHECK_WAIT_SECONDS};
    bad = errand_ask(t, &r->work, &ask, &told, e);
    return bad ? bad : answer_report(r, t, &row, told.text ? told.text : "", e);
}
