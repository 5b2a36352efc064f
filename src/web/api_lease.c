/* Leases: renew, release, list. */
#include "base/cleanup.h"
#include "base/limits.h"
#include "core/lease.h"
#include "web/render.h"
#include "web/request.h"

struct sent_renew {
    const char *worker;
    const json_t *leases, *held;
    int64_t lease_us;
};

static const struct json_field RENEW_FIELDS[] = {
    JSON_FIELD(struct sent_renew, worker, JSON_KIND_TEXT, 1, LIMIT_NAME, JSON_REQUIRED),
    JSON_FIELD_OF(struct sent_renew, leases, JSON_KIND_ARRAY, 0, LIMIT_LEASES, 0, &JSON_ID),
    JSON_FIELD_OF(struct sent_renew, held, JSON_KIND_ARRAY, 0, LIMIT_LEASES, 0, &JSON_ID),
    JSON_LEASE_SECONDS(struct sent_renew, lease_us),
};

const struct json_shape api_renew_body = JSON_SHAPE("Renew", RENEW_FIELDS);

static int renew_all(struct request *r, struct turn *t, const struct queue_row *q, const struct sent_renew *s,
                     const json_t *ids, const char *name, bool begun, json_t *answers, struct err *e)
{
    static const char *const WORDS[] = {"renewed", "paused", "cancelled", "lost"};
    int64_t *leases, until;
    int count;
    enum renew_outcome outcome = RENEW_LOST;
    int bad = request_ids(r, ids, name, ERR_BAD_FIELD, &leases, &count, e);
    for (int i = 0; !bad && i < count; i++) {
        bad = lease_renew(t, q, s->worker, leases[i], begun, s->lease_us, &outcome, &until, e);
        if (!bad)
            json_array_append_new(answers, json_pack("{s:I, s:s, s:o}", "lease", (json_int_t)leases[i], "outcome",
                                                     WORDS[outcome], "until", render_time(until)));
    }
    return bad;
}

int api_renew(struct request *r, struct turn *t, struct err *e)
{
    struct sent_renew s = {0};
    struct queue_ref ref = request_queue(r);
    struct queue_row queue;
    const json_t *body;
    int bad = request_json(r, &body, e);
    if (!bad)
        bad = json_read(body, RENEW_FIELDS, COUNT_OF(RENEW_FIELDS), (struct json_place){0}, &s, e);
    if (!bad)
        bad = queue_find(t, &r->who, &ref, &r->arena, &queue, e);
    if (bad)
        return bad;
    json_t *answers = json_array();
    lease_seen(t, &queue, s.worker);
    bad = renew_all(r, t, &queue, &s, s.leases, "leases", true, answers, e);
    if (!bad)
        bad = renew_all(r, t, &queue, &s, s.held, "held", false, answers, e);
    if (!bad)
        return request_answer(r, 200, json_pack("{s:o}", "leases", answers));
    json_decref(answers);
    return bad;
}

static const struct json_field RELEASE_FIELDS[] = {
    JSON_FIELD(struct sent_renew, worker, JSON_KIND_TEXT, 1, LIMIT_NAME, JSON_REQUIRED),
    JSON_FIELD_OF(struct sent_renew, leases, JSON_KIND_ARRAY, 1, LIMIT_LEASES, JSON_REQUIRED, &JSON_ID),
};

const struct json_shape api_release_body = JSON_SHAPE("Release", RELEASE_FIELDS);

static int release_all(struct turn *t, const struct queue_row *q, const char *worker, const int64_t *leases,
                       int count, json_t *answers, struct err *e)
{
    bool released;
    int bad = 0;
    for (int i = 0; !bad && i < count; i++) {
        bad = lease_release(t, q, worker, leases[i], &released, e);
        if (!bad)
            json_array_append_new(answers, json_pack("{s:I, s:s}", "lease", (json_int_t)leases[i], "outcome",
                                                     released ? "released" : "lost"));
    }
    return bad;
}

int api_release(struct request *r, struct turn *t, struct err *e)
{
    struct sent_renew s = {0};
    struct queue_ref ref = request_queue(r);
    struct queue_row queue;
    const json_t *body;
    int64_t *leases;
    int count;
    int bad = request_json(r, &body, e);
    if (!bad)
        bad = json_read(body, RELEASE_FIELDS, COUNT_OF(RELEASE_FIELDS), (struct json_place){0}, &s, e);
    if (!bad)
        bad = request_ids(r, s.leases, "leases", ERR_BAD_FIELD, &leases, &count, e);
    if (!bad)
        bad = queue_find(t, &r->who, &ref, &r->arena, &queue, e);
    if (bad)
        return bad;
    json_t *answers = json_array();
    lease_seen(t, &queue, s.worker);
    bad = release_all(t, &queue, s.worker, leases, count, answers, e);
    if (!bad)
        return request_answer(r, 200, json_pack("{s:o}", "leases", answers));
    json_decref(answers);
    return bad;
}

const struct request_names api_leases_query = REQUEST_NAMES("worker");

int api_leases(struct request *r, struct turn *t, struct err *e)
{
    struct queue_ref ref = request_queue(r);
    struct queue_row queue;
    struct lease_row *rows;
    int count;
    const char *worker = NULL;
    int bad = request_query(r, &api_leases_query, &worker, e);
    if (!bad && (!worker || !*worker))
        bad = err_refuse(e, ERR_BAD_FIELD, "the parameter worker is missing");
    if (!bad)
        bad = queue_find(t, &r->who, &ref, &r->arena, &queue, e);
    if (!bad)
        bad = lease_list(t, &queue, worker, &r->arena, &rows, &count, e);
    if (bad)
        return bad;
    json_t *array = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(array, json_pack("{s:I, s:I, s:I, s:o, s:b}", "lease", (json_int_t)rows[i].id, "id",
                                               (json_int_t)rows[i].task, "attempt", (json_int_t)rows[i].n, "until",
                                               render_time(rows[i].until), "started", rows[i].begun != 0));
    return request_answer(r, 200, json_pack("{s:o}", "leases", array));
}
