/* Tasks: listed, looked at, brought to a state, taken. */
#include "base/cleanup.h"
#include "base/limits.h"
#include "core/claim.h"
#include "core/set_state.h"
#include "core/task.h"
#include "web/peer.h"
#include "web/qdo.h"

/* The list of tasks, made by id while it is sent. */
struct task_source {
    struct making making; /* first */
    struct walk walk;
};

static int put_tasks(struct making *s, struct turn *t, struct buf *out, bool *out_over, struct err *e)
{
    enum { MOST = 8 };
    struct task_source *list = (struct task_source *)s;
    struct walk_task *tasks = NULL;
    int count = 0;
    int bad = walk_step(t, &list->walk, MOST, t->arena, &tasks, &count, e);
    for (int i = 0; i < count; i++) {
        making_element(s, out);
        qdo_put_task(out, &tasks[i]);
    }
    *out_over = list->walk.over;
    return bad;
}

static const struct request_names LIST_QUERY = REQUEST_NAMES("state", "exitcode");

int qdo_task_list(struct request *r, struct turn *t, struct err *e)
{
    const char *values[2] = {0};
    enum task_state state;
    struct queue_row q;
    int64_t exitcode;
    int bad = request_query(r, &LIST_QUERY, values, e);
    if (!bad)
        bad = qdo_queue(r, t, &q, e);
    if (!bad && values[0])
        bad = qdo_state(values[0], &state, e);
    if (!bad)
        bad = request_number("exitcode", values[1], INT32_MIN, INT32_MAX, &exitcode, e);
    struct task_source *s = arena_alloc(&r->arena, sizeof *s);
    s->making.next = put_tasks;
    if (!bad)
        bad = walk_begin(t, &q, values[0] ? (int64_t)state : NONE, exitcode, &s->walk, e);
    return bad ? bad : request_array(r, &s->making);
}

int qdo_answer_task(struct request *r, struct turn *t, int status, int64_t id, struct err *e)
{
    struct look_task task;
    struct walk_task shown;
    int bad = look_task(t, &r->who, id, false, t->arena, &task, e);
    if (!bad)
        bad = walk_one(t, &task.full, t->arena, &shown, e);
    if (bad)
        return bad;
    struct buf *out = request_answer_text(r, status);
    qdo_put_task(out, &shown);
    buf_putc(out, '\n');
    return 0;
}

/* The task in the URL, which is of the queue there. */
static int find_task(struct request *r, struct turn *t, struct look_task *out, struct err *e)
{
    struct queue_row q;
    int64_t id;
    int bad = qdo_queue(r, t, &q, e);
    if (!bad)
        bad = request_number("id", r->values.id, 1, INT64_MAX, &id, e);
    if (!bad)
        bad = look_task(t, &r->who, id, false, t->arena, out, e);
    if (!bad && out->queue.id != q.id)
        bad = err_refuse(e, ERR_TASK_NOT_FOUND, "there is no task %lld in this queue", (long long)id);
    return bad;
}

int qdo_task_get(struct request *r, struct turn *t, struct err *e)
{
    struct look_task task;
    int bad = qdo_read_nothing(r, e);
    if (!bad)
        bad = find_task(r, t, &task, e);
    return bad ? bad : qdo_answer_task(r, t, 200, task.full.task.id, e);
}

struct sent_state {
    const char *state, *message;
    int64_t err;
};

static const struct json_field STATE_FIELDS[] = {
    JSON_FIELD(struct sent_state, state, JSON_KIND_TEXT, 1, 20, JSON_REQUIRED),
    JSON_FIELD(struct sent_state, err, JSON_KIND_INT, INT32_MIN, INT32_MAX, JSON_NULLABLE),
    JSON_FIELD(struct sent_state, message, JSON_KIND_TEXT, 0, LIMIT_MESSAGE, JSON_NULLABLE),
};
static const struct json_shape STATE = JSON_SHAPE("QdoState", STATE_FIELDS);

static int check_exitcode(const struct sent_state *s, enum task_state to, struct err *e)
{
    if (s->err == NONE)
        return 0;
    if (to == TASK_SUCCEEDED && s->err != 0)
        return err_refuse(e, ERR_BAD_FIELD, "err must be 0 where the state is Succeeded");
    if (to == TASK_FAILED && s->err == 0)
        return err_refuse(e, ERR_BAD_FIELD, "err must not be 0 where the state is Failed");
    if (to != TASK_SUCCEEDED && to != TASK_FAILED)
        return err_refuse(e, ERR_BAD_FIELD, "err goes with the states Succeeded and Failed only");
    return 0;
}

int qdo_task_put(struct request *r, struct turn *t, struct err *e)
{
    struct sent_state s = {.err = NONE};
    struct set_state_ask ask = {0};
    struct look_task task;
    struct rate_sum ended = {0};
    int bad = find_task(r, t, &task, e);
    if (!bad)
        bad = qdo_read(r, &STATE, false, &s, e);
    if (!bad)
        bad = qdo_state(s.state, &ask.to, e);
    if (!bad)
        bad = check_exitcode(&s, ask.to, e);
    if (bad)
        return bad;
    ask.exitcode = s.err;
    ask.message = s.message;
    ask.worker = qdo_worker(r);
    r->who.origin = peer_address(r); /* for the journal: results are in none, but this may be none */
    bad = set_state_task(t, &r->who, &task, &ask, &ended, e);
    r->work.effects = (struct effects){.queue = task.queue.id, .ended = ended};
    return bad ? bad : qdo_answer_task(r, t, 200, task.full.task.id, e);
}

int qdo_pop(struct request *r, struct turn *t, struct err *e)
{
    struct claim_ask ask = {.worker = qdo_worker(r), .max = 1};
    struct claim_answer claimed = {0};
    struct queue_row q;
    int bad = qdo_read_nothing(r, e);
    if (!bad)
        bad = qdo_queue(r, t, &q, e);
    if (bad)
        return bad;
    ask.lease_us = q.face_lease_us;
    bad = claim_tasks(t, &q, &ask, t->arena, &claimed, e);
    if (!bad && claimed.count)
        return qdo_answer_task(r, t, 200, claimed.tasks[0].task.id, e);
    return bad ? bad : request_answer(r, 200, json_null());
}
