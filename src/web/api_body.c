/* Bodies as bytes: results and whole outputs by their lease, payloads before their task, and what a task has, sent back.
 * A body that comes in is a stream: each run of a handler stores one piece of it. */
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "core/look.h"
#include "web/render.h"
#include "web/request.h"

extern const struct request_names api_leases_query, api_task_attempt_query;

static const struct part {
    const char *name;
    enum body_kind kind;
} PARTS[] = {{"result", BODY_RESULT}, {"stdout", BODY_STDOUT}, {"stderr", BODY_STDERR}};

const struct json_shape api_bytes = {"RawBytes", JSON_KIND_ANY, NULL, 0, NULL};
const struct request_names api_part_put_query = REQUEST_NAMES("worker", "from");
const struct request_names api_payload_put_query = REQUEST_NAMES("from");

static int answer_size(struct request *r, const struct body *b)
{
    if (!r->values.payload)
        return request_answer(r, 200, json_pack("{s:I}", "size", (json_int_t)b->size));
    return request_answer(r, 200, json_pack("{s:s, s:I}", "payload", r->values.payload, "size", (json_int_t)b->size));
}

/* Stores the next piece of what has arrived, and answers once all has. */
static int take_piece(struct request *r, struct turn *t, struct body *b, int64_t from, struct err *e)
{
    struct stream *s = &r->stream;
    int bad = 0;
    if (!s->was.begun) {
        s->now.at = from;
        bad = body_begin(t, b, from, e);
    }
    if (!bad)
        bad = body_append(t, b, s->now.at, buf_text(&r->body), r->body.len, &s->taken, e);
    if (bad)
        return bad;
    s->now.at += (int64_t)s->taken;
    s->now.begun = true;
    return s->ended && s->taken == r->body.len ? answer_size(r, b) : 0;
}

static int find_part(struct request *r, enum body_kind *out, struct err *e)
{
    for (size_t i = 0; i < COUNT_OF(PARTS); i++)
        if (strcmp(r->values.part, PARTS[i].name) == 0) {
            *out = PARTS[i].kind;
            return 0;
        }
    return err_refuse(e, ERR_NOT_FOUND, "a lease has the parts result, stdout and stderr");
}

/* The body that a lease's URL names. */
static int read_part(struct request *r, struct turn *t, bool write, struct body *b, int64_t *from, struct err *e)
{
    struct queue_ref ref = request_queue(r);
    struct queue_row queue;
    const char *given[2] = {0};
    enum body_kind kind = BODY_RESULT;
    int64_t lease;
    int bad = find_part(r, &kind, e);
    if (!bad)
        bad = request_query(r, write ? &api_part_put_query : &api_leases_query, given, e);
    if (!bad)
        bad = request_number("from", given[1] ? given[1] : "0", 0, LIMIT_RAW_BODY, from, e);
    if (!bad)
        bad = request_number("lease", r->values.lease, 1, INT64_MAX, &lease, e);
    if (!bad && (!given[0] || !*given[0]))
        bad = err_refuse(e, ERR_BAD_FIELD, "worker must say whose lease it is");
    if (!bad)
        bad = queue_find(t, &r->who, &ref, t->arena, &queue, e);
    return bad ? bad : body_of_lease(t, &queue, given[0], lease, kind, write, b, e);
}

int api_part_put(struct request *r, struct turn *t, struct err *e)
{
    struct body b;
    int64_t from;
    int bad = read_part(r, t, true, &b, &from, e);
    return bad ? bad : take_piece(r, t, &b, from, e);
}

int api_part_get(struct request *r, struct turn *t, struct err *e)
{
    struct body b;
    int64_t from;
    int bad = read_part(r, t, false, &b, &from, e);
    return bad ? bad : answer_size(r, &b);
}

static int check_payload_name(const char *name, struct err *e)
{
    size_t n = strlen(name);
    if (n < 1 || n > LIMIT_NAME || text_has_control(name) || !text_is_utf8(name, n))
        return err_refuse(e, ERR_BAD_NAME, "the name of a payload has 1 to %d bytes of UTF-8 without control characters",
                          LIMIT_NAME);
    return 0;
}

int api_payload_put(struct request *r, struct turn *t, struct err *e)
{
    struct queue_ref ref = request_queue(r);
    struct queue_row queue;
    struct body b;
    const char *given = NULL;
    int64_t from;
    int bad = request_query(r, &api_payload_put_query, &given, e);
    if (!bad)
        bad = request_number("from", given ? given : "0", 0, LIMIT_RAW_BODY, &from, e);
    if (!bad)
        bad = check_payload_name(r->values.payload, e);
    if (!bad)
        bad = queue_ensure(t, &r->who, &ref, t->arena, &queue, NULL, e);
    if (!bad)
        bad = body_of_payload(t, &queue, r->values.payload, true, &b, e);
    return bad ? bad : take_piece(r, t, &b, from, e);
}

int api_payload_get(struct request *r, struct turn *t, struct err *e)
{
    struct queue_ref ref = request_queue(r);
    struct queue_row queue;
    struct body b;
    int bad = queue_find(t, &r->who, &ref, t->arena, &queue, e);
    if (!bad)
        bad = body_of_payload(t, &queue, r->values.payload, false, &b, e);
    return bad ? bad : answer_size(r, &b);
}

int api_payload_delete(struct request *r, struct turn *t, struct err *e)
{
    struct queue_ref ref = request_queue(r);
    struct queue_row queue;
    struct body b;
    int bad = queue_find(t, &r->who, &ref, t->arena, &queue, e);
    if (!bad)
        bad = body_of_payload(t, &queue, r->values.payload, false, &b, e);
    if (!bad)
        bad = body_drop_payload(t, &queue, r->values.payload, e);
    return bad ? bad : answer_size(r, &b);
}

int api_task_payload(struct request *r, struct turn *t, struct err *e)
{
    struct look_task task;
    struct body b;
    int64_t id;
    int bad = request_number("id", r->values.id, 1, INT64_MAX, &id, e);
    if (!bad)
        bad = look_task(t, &r->who, id, false, &r->arena, &task, e);
    if (bad)
        return bad;
    const struct spec_row *s = &task.full.spec;
    if (s->payload)
        return request_answer(r, 200, render_parsed(s->payload, strlen(s->payload)));
    if (s->payload_body == NONE)
        return err_refuse(e, ERR_PAYLOAD_NOT_FOUND, "task %lld has a command and no payload", (long long)id);
    bad = body_look(t, BODY_PAYLOAD, s->payload_body, &b, e);
    return bad ? bad : request_send(r, &b, e);
}

/* Which attempt of which task the URL asks for. */
static int find_attempt(struct request *r, struct turn *t, struct look_output *out, struct err *e)
{
    const char *given = NULL;
    int64_t id, attempt;
    int bad = request_query(r, &api_task_attempt_query, &given, e);
    if (!bad)
        bad = request_number("id", r->values.id, 1, INT64_MAX, &id, e);
    if (!bad)
        bad = request_number("attempt", given, 1, INT64_MAX, &attempt, e);
    return bad ? bad : look_output(t, &r->who, id, attempt, &r->arena, out, e);
}

static int send_part(struct request *r, struct turn *t, enum body_kind kind, int64_t lease, struct err *e)
{
    struct body b;
    int bad = body_look(t, kind, lease, &b, e);
    return bad ? bad : request_send(r, &b, e);
}

static int send_output(struct request *r, struct turn *t, enum body_kind kind, struct err *e)
{
    struct look_output o;
    int bad = find_attempt(r, t, &o, e);
    return bad ? bad : send_part(r, t, kind, o.attempt.lease, e);
}

int api_task_stdout(struct request *r, struct turn *t, struct err *e) { return send_output(r, t, BODY_STDOUT, e); }
int api_task_stderr(struct request *r, struct turn *t, struct err *e) { return send_output(r, t, BODY_STDERR, e); }

int api_task_result(struct request *r, struct turn *t, struct err *e)
{
    struct look_output o;
    int bad = find_attempt(r, t, &o, e);
    if (!bad && o.result_size == NONE)
        bad = err_refuse(e, ERR_OUTPUT_NOT_FOUND, "this attempt of task %s returned nothing", r->values.id);
    if (bad)
        return bad;
    if (o.result_raw)
        return send_part(r, t, BODY_RESULT, o.attempt.lease, e);
    return request_answer(r, 200, render_parsed(o.result, o.result_n));
}
