/* Retry and cancel: an event that happens to tasks named by their ids or met by a filter. */
#include "base/cleanup.h"
#include "base/limits.h"
#include "core/operation.h"
#include "core/task.h"
#include "web/request.h"

struct sent_event {
    const json_t *ids;
    const char *state, *worker;
    int64_t exitcode;
    bool killed;
};

static const struct json_field EVENT_FIELDS[] = {
    JSON_FIELD(struct sent_event, ids, JSON_KIND_ARRAY, 1, LIMIT_IDS, 0),
    JSON_FIELD(struct sent_event, state, JSON_KIND_TEXT, 1, 20, 0),
    JSON_FIELD(struct sent_event, worker, JSON_KIND_TEXT, 1, LIMIT_NAME, 0),
    JSON_FIELD(struct sent_event, exitcode, JSON_KIND_INT, INT32_MIN, INT32_MAX, 0),
    JSON_FIELD(struct sent_event, killed, JSON_KIND_BOOL, 0, 0, 0),
};

static int by_ids(struct request *r, struct turn *t, const struct queue_row *q, enum task_event event,
                  const struct sent_event *s, struct err *e)
{
    int64_t *ids, changed;
    int count;
    if (s->state || s->worker || s->exitcode != NONE || s->killed)
        return err_refuse(e, ERR_BAD_FIELD, "ids and a filter do not go together");
    int bad = request_ids(r, s->ids, "ids", ERR_BAD_ID, &ids, &count, e);
    if (!bad)
        bad = operation_ids(t, q, event, ids, count, &changed, e);
    return bad ? bad : request_answer(r, 200, json_pack("{s:I}", "changed", (json_int_t)changed));
}

/* Names the states that the event applies to. */
static int refuse_state(enum task_event event, struct err *e)
{
    CLEANUP(buf_done) struct buf states = {0};
    for (int state = 0; state < TASK_STATES; state++)
        if (task_next((enum task_state)state, event) >= 0)
            buf_printf(&states, "%s%s", states.len ? " or " : "", task_state_word((enum task_state)state));
    return err_refuse(e, ERR_BAD_FIELD, "state must be %s to %s", buf_text(&states), task_event_word(event));
}

static int by_filter(struct request *r, struct turn *t, const struct queue_row *q, enum task_event event,
                     const struct sent_event *s, struct err *e)
{
    struct operation_filter f = {.state = NONE, .exitcode = s->exitcode, .worker = s->worker, .killed = s->killed};
    int64_t changed, operation;
    if (s->state) {
        f.state = task_state_from(s->state);
        if (f.state < 0 || task_next((enum task_state)f.state, event) < 0)
            return refuse_state(event, e);
        f.killed |= f.state == TASK_KILLED;
    }
    int bad = operation_filter(t, &r->who, q, event, &f, &changed, &operation, e);
    if (bad)
        return bad;
    if (operation == NONE)
        return request_answer(r, 200, json_pack("{s:I}", "changed", (json_int_t)changed));
    return request_answer(r, 202, json_pack("{s:I}", "operation", (json_int_t)operation));
}

static int happen(struct request *r, struct turn *t, enum task_event event, struct err *e)
{
    struct sent_event s = {.exitcode = NONE};
    struct queue_ref ref = request_queue(r);
    struct queue_row queue;
    const json_t *body;
    int bad = request_json(r, &body, e);
    if (!bad)
        bad = json_read(body, EVENT_FIELDS, COUNT_OF(EVENT_FIELDS), (struct json_place){0}, &s, e);
    if (!bad && s.killed && event != EV_RETRIED)
        bad = err_refuse(e, ERR_BAD_FIELD, "killed goes with retry only");
    if (!bad)
        bad = queue_find(t, &r->who, &ref, &r->arena, &queue, e);
    if (bad)
        return bad;
    return s.ids ? by_ids(r, t, &queue, event, &s, e) : by_filter(r, t, &queue, event, &s, e);
}

int api_task_retry(struct request *r, struct turn *t, struct err *e) { return happen(r, t, EV_RETRIED, e); }
int api_task_cancel(struct request *r, struct turn *t, struct err *e) { return happen(r, t, EV_CANCELLED, e); }
