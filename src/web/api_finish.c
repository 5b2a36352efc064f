/* Taking results, and handing out the next tasks in the same answer. All of a request is read before any of it is done. */
#include "base/cleanup.h"
#include "base/limits.h"
#include "core/claim.h"
#include "core/finish.h"
#include "core/lease.h"
#include "web/render_claimed.h"
#include "web/request.h"

struct sent_output {
    const json_t *out, *err;
    int64_t out_size, err_size;
};

static const struct json_field OUTPUT_FIELDS[] = {
    {"stdout", JSON_KIND_ANY, offsetof(struct sent_output, out), 0, 0, 0, &JSON_BASE64},
    {"stderr", JSON_KIND_ANY, offsetof(struct sent_output, err), 0, 0, 0, &JSON_BASE64},
    {"stdout_size", JSON_KIND_INT, offsetof(struct sent_output, out_size), 0, INT64_MAX, 0},
    {"stderr_size", JSON_KIND_INT, offsetof(struct sent_output, err_size), 0, INT64_MAX, 0},
};
static const struct json_shape OUTPUT = JSON_SHAPE("OutputToFinish", OUTPUT_FIELDS);

struct sent_result {
    int64_t lease, exitcode;
    const char *message;
    const json_t *output, *result;
};

static const struct json_field RESULT_FIELDS[] = {
    JSON_FIELD(struct sent_result, lease, JSON_KIND_INT, 1, INT64_MAX, JSON_REQUIRED),
    JSON_FIELD(struct sent_result, exitcode, JSON_KIND_INT, INT32_MIN, INT32_MAX, JSON_REQUIRED),
    JSON_FIELD(struct sent_result, message, JSON_KIND_TEXT, 0, LIMIT_MESSAGE, JSON_NULLABLE),
    JSON_FIELD_OF(struct sent_result, output, JSON_KIND_ANY, 0, 0, 0, &OUTPUT),
    JSON_FIELD(struct sent_result, result, JSON_KIND_ANY, 0, 0, 0),
};
static const struct json_shape RESULT = JSON_SHAPE("ResultToFinish", RESULT_FIELDS);

struct sent_finish {
    struct claim_ask ask; /* its max is `claim` */
    const json_t *results, *started;
};

#define FINISH_ASK(name, member, kind, min, max, flags) \
    {name, kind, offsetof(struct sent_finish, ask) + offsetof(struct claim_ask, member), min, max, flags}

static const struct json_field FINISH_FIELDS[] = {
    FINISH_ASK("worker", worker, JSON_KIND_TEXT, 1, LIMIT_NAME, JSON_REQUIRED),
    FINISH_ASK("nonce", nonce, JSON_KIND_TEXT, 1, LIMIT_NONCE, 0),
    FINISH_ASK("claim", max, JSON_KIND_INT, 0, LIMIT_CLAIM, 0),
    FINISH_ASK("begin", begin, JSON_KIND_INT, 0, LIMIT_CLAIM, 0),
    JSON_LEASE_SECONDS(struct sent_finish, ask.lease_us),
    JSON_FIELD_OF(struct sent_finish, results, JSON_KIND_ARRAY, 0, LIMIT_RESULTS, 0, &RESULT),
    JSON_FIELD_OF(struct sent_finish, started, JSON_KIND_ARRAY, 0, LIMIT_LEASES, 0, &JSON_ID),
};
const struct json_shape api_finish_body = JSON_SHAPE("Finish", FINISH_FIELDS);

static int read_stream(const json_t *value, size_t i, const char *name, struct arena *a, struct finish_bytes *out,
                       struct err *e)
{
    char place[64];
    if (!value || json_is_null(value))
        return 0;
    snprintf(place, sizeof place, "results[%zu].output.%s", i, name);
    return json_get_bytes(value, place, LIMIT_OUTPUT, a, &out->data, &out->n, e);
}

static int read_output(const json_t *value, size_t i, struct arena *a, struct finish_result *out, struct err *e)
{
    char place[64];
    struct sent_output s = {.out_size = NONE, .err_size = NONE};
    if (!value || json_is_null(value))
        return 0;
    if (json_is_string(value))
        return read_stream(value, i, "stdout", a, &out->out, e);
    snprintf(place, sizeof place, "results[%zu].output", i);
    if (!json_is_object(value))
        return err_refuse(e, ERR_BAD_FIELD, "%s must be an object or a string", place);
    int bad = json_read(value, OUTPUT_FIELDS, COUNT_OF(OUTPUT_FIELDS), (struct json_place){"output", i}, &s, e);
    if (!bad)
        bad = read_stream(s.out, i, "stdout", a, &out->out, e);
    if (!bad)
        bad = read_stream(s.err, i, "stderr", a, &out->err, e);
    out->out_size = s.out_size;
    out->err_size = s.err_size;
    return bad;
}

static int read_result(const json_t *value, size_t i, struct arena *a, struct finish_result *out, struct err *e)
{
    struct sent_result s = {0};
    int bad = json_read(value, RESULT_FIELDS, COUNT_OF(RESULT_FIELDS), (struct json_place){"results", i}, &s, e);
    if (bad)
        return bad;
    *out = (struct finish_result){.lease = s.lease, .exitcode = s.exitcode, .out_size = NONE, .err_size = NONE,
                                  .message = s.message && *s.message ? s.message : NULL};
    if (s.result && !json_is_null(s.result)) {
        CLEANUP(buf_done) struct buf text = {0};
        json_write(s.result, &text);
        out->result = arena_copy(a, text.data, text.len);
    }
    return read_output(s.output, i, a, out, e);
}

/* A finish as it was sent, all of it read before any of it is done. */
struct finish_all {
    struct sent_finish s;
    struct finish_result *results;
    int64_t *started;
    int result_count, started_count;
};

static int read_finish(struct request *r, struct finish_all *f, struct err *e)
{
    const json_t *body;
    int bad = request_json(r, &body, e);
    if (!bad)
        bad = json_read(body, FINISH_FIELDS, COUNT_OF(FINISH_FIELDS), (struct json_place){0}, &f->s, e);
    if (!bad)
        bad = request_ids(r, f->s.started, "started", ERR_BAD_FIELD, &f->started, &f->started_count, e);
    if (bad)
        return bad;
    f->result_count = (int)json_array_size(f->s.results);
    f->results = arena_array(&r->arena, (size_t)f->result_count + 1, sizeof *f->results);
    for (int i = 0; !bad && i < f->result_count; i++)
        bad = read_result(json_array_get(f->s.results, (size_t)i), (size_t)i, &r->arena, &f->results[i], e);
    return bad;
}

static int finish_one(struct request *r, struct turn *t, const struct queue_row *q, const char *worker,
                      const struct finish_result *in, struct buf *out, struct err *e)
{
    enum finish_outcome outcome;
    const char *first = NULL;
    int bad = finish_task(t, q, worker, in, &outcome, &first, &r->work.effects.ended, e);
    if (bad)
        return bad;
    render_outcome(out, in->lease, outcome, first);
    return 0;
}

static int finish_results(struct request *r, struct turn *t, const struct queue_row *q, const struct finish_all *f,
                          struct buf *out, struct err *e)
{
    int bad = 0;
    for (int i = 0; !bad && i < f->started_count; i++)
        bad = lease_begin(t, q, f->s.ask.worker, f->started[i], e);
    for (int i = 0; !bad && i < f->result_count; i++) {
        if (i)
            buf_putc(out, ',');
        bad = finish_one(r, t, q, f->s.ask.worker, &f->results[i], out, e);
    }
    return bad;
}

int api_finish(struct request *r, struct turn *t, struct err *e)
{
    struct finish_all f = {0};
    struct claim_answer claimed = {0};
    struct queue_ref ref = request_queue(r);
    struct queue_row queue;
    int bad = read_finish(r, &f, e);
    if (!bad)
        bad = queue_find(t, &r->who, &ref, &r->arena, &queue, e);
    if (bad)
        return bad;
    r->work.effects.queue = queue.id;
    lease_seen(t, &queue, f.s.ask.worker);
    struct buf *out = request_answer_text(r, 200);
    buf_puts(out, "{\"results\":[");
    bad = finish_results(r, t, &queue, &f, out, e);
    if (!bad && f.s.ask.max)
        bad = claim_tasks(t, &queue, &f.s.ask, &r->arena, &claimed, e);
    if (bad)
        return bad;
    buf_puts(out, "],");
    render_claimed(out, &claimed);
    buf_puts(out, "}\n");
    return 0;
}
