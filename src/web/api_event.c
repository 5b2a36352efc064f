/* Retry, rerun, recover, revive, cancel, delete: an event that happens to tasks named by their ids or met by a filter. */
#include "base/cleanup.h"
#include "base/limits.h"
#include "core/operation.h"
#include "core/task.h"
#include "web/render.h"
#include "web/request.h"

struct sent_event {
    const json_t *ids;
    const char *state, *worker;
    int64_t exitcode, older_us, priority;
    bool killed, force, dead;
};

static const struct json_field EVENT_FIELDS[] = {
    JSON_FIELD_OF(struct sent_event, ids, JSON_KIND_ARRAY, 1, LIMIT_IDS, 0, &JSON_ID),
    JSON_FIELD(struct sent_event, state, JSON_KIND_TEXT, 1, 20, 0),
    JSON_FIELD(struct sent_event, worker, JSON_KIND_TEXT, 1, LIMIT_NAME, 0),
    JSON_FIELD(struct sent_event, exitcode, JSON_KIND_INT, INT32_MIN, INT32_MAX, 0),
    {"older_than_seconds", JSON_KIND_SECONDS, offsetof(struct sent_event, older_us), 0, LIMIT_RETENTION_SECONDS, 0},
    JSON_FIELD(struct sent_event, killed, JSON_KIND_BOOL, 0, 0, 0),
    JSON_FIELD(struct sent_event, force, JSON_KIND_BOOL, 0, 0, 0),
    JSON_FIELD(struct sent_event, dead, JSON_KIND_BOOL, 0, 0, 0),
    JSON_FIELD(struct sent_event, priority, JSON_KIND_INT, -LIMIT_PRIORITY, LIMIT_PRIORITY, 0),
};

const struct json_shape api_event_body = JSON_SHAPE("Chosen", EVENT_FIELDS);

static bool has_filter(const struct sent_event *s)
{
    return s->state || s->worker || s->exitcode != NONE || s->older_us != NONE || s->killed || s->dead;
}

static int by_ids(struct request *r, struct turn *t, const struct queue_row *q, const struct asked *asked,
                  const struct sent_event *s, struct err *e)
{
    struct operation_sum sum;
    int64_t *ids;
    int count;
    if (has_filter(s))
        return err_refuse(e, ERR_BAD_FIELD, "ids and a filter do not go together");
    int bad = request_ids(r, s->ids, "ids", ERR_BAD_ID, &ids, &count, e);
    if (!bad)
        bad = operation_ids(t, &r->who, q, asked, ids, count, &sum, e);
    return bad ? bad : request_answer(r, 200, render_sum(asked->event, &sum));
}

/* Names the states that the event applies to. */
static int refuse_state(const struct asked *asked, struct err *e)
{
    CLEANUP(buf_done) struct buf states = {0};
    for (int state = 0; state < TASK_STATES; state++)
        if (happen_can(asked, (enum task_state)state))
            buf_printf(&states, "%s%s", states.len ? " or " : "", task_state_word((enum task_state)state));
    return err_refuse(e, ERR_BAD_FIELD, "state must be %s to %s", buf_text(&states), task_event_word(asked->event));
}

static int by_filter(struct request *r, struct turn *t, const struct queue_row *q, struct asked *asked,
                     const struct sent_event *s, struct err *e)
{
    struct operation_filter f = {.state = NONE, .exitcode = s->exitcode, .worker = s->worker,
                                 .before = s->older_us == NONE ? NONE : t->now_us - s->older_us};
    struct operation_sum sum;
    int64_t operation;
    if (s->state) {
        f.state = task_state_from(s->state);
        if (f.state < 0 || !happen_can(asked, (enum task_state)f.state))
            return refuse_state(asked, e);
        if (f.state == TASK_KILLED)
            asked->flags |= OPERATION_KILLED;
    }
    int bad = operation_filter(t, &r->who, q, asked, &f, &sum, &operation, e);
    if (bad)
        return bad;
    if (operation == NONE)
        return request_answer(r, 200, render_sum(asked->event, &sum));
    return request_answer(r, 202, json_pack("{s:I}", "operation", (json_int_t)operation));
}

/* What goes with one event only. */
static int check_flags(const struct sent_event *s, enum task_event event, struct err *e)
{
    if (s->killed && event != EV_RETRIED)
        return err_refuse(e, ERR_BAD_FIELD, "killed goes with retry only");
    if (s->force && event != EV_DELETED)
        return err_refuse(e, ERR_BAD_FIELD, "force goes with delete only");
    if (s->dead && event != EV_RECOVERED)
        return err_refuse(e, ERR_BAD_FIELD, "dead goes with recover only");
    if (s->priority != NONE && event != EV_REVIVED && event != EV_RETRIED && event != EV_RERUN)
        return err_refuse(e, ERR_BAD_FIELD, "priority goes with retry, rerun and revive only");
    return 0;
}

static int64_t flags_of(const struct sent_event *s)
{
    return (s->killed ? OPERATION_KILLED : 0) | (s->force ? OPERATION_FORCE : 0) | (s->dead ? OPERATION_DEAD : 0);
}

static int on_event(struct request *r, struct turn *t, enum task_event event, struct err *e)
{
    struct sent_event s = {.exitcode = NONE, .older_us = NONE, .priority = NONE};
    struct queue_ref ref = request_queue(r);
    struct queue_row queue;
    const json_t *body;
    int bad = request_json(r, &body, e);
    if (!bad)
        bad = json_read(body, EVENT_FIELDS, COUNT_OF(EVENT_FIELDS), (struct json_place){0}, &s, e);
    if (!bad)
        bad = check_flags(&s, event, e);
    if (!bad)
        bad = queue_find(t, &r->who, &ref, &r->arena, &queue, e);
    if (bad)
        return bad;
    struct asked asked = {event, flags_of(&s), s.priority};
    return s.ids ? by_ids(r, t, &queue, &asked, &s, e) : by_filter(r, t, &queue, &asked, &s, e);
}

int api_task_retry(struct request *r, struct turn *t, struct err *e) { return on_event(r, t, EV_RETRIED, e); }
int api_task_rerun(struct request *r, struct turn *t, struct err *e) { return on_event(r, t, EV_RERUN, e); }
int api_task_recover(struct request *r, struct turn *t, struct err *e) { return on_event(r, t, EV_RECOVERED, e); }
int api_task_revive(struct request *r, struct turn *t, struct err *e) { return on_event(r, t, EV_REVIVED, e); }
int api_task_cancel(struct request *r, struct turn *t, struct err *e) { return on_event(r, t, EV_CANCELLED, e); }
int api_task_delete(struct request *r, struct turn *t, struct err *e) { return on_event(r, t, EV_DELETED, e); }
