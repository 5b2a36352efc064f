/* Retry, recover, rerun, revive: what happens to all tasks of a queue has happened when the answer comes, for that is what
 * qdo's clients go by. Where it takes many turns (an operation) the request is parked until they are over. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "core/operation.h"
#include "core/task.h"
#include "web/qdo.h"
#include "web/render.h"

struct sent_event {
    int64_t exitcode, priority;
    bool dead;
};

#define EXITCODE JSON_FIELD(struct sent_event, exitcode, JSON_KIND_INT, INT32_MIN, INT32_MAX, JSON_NULLABLE)
#define PRIORITY JSON_FIELD(struct sent_event, priority, JSON_KIND_INT, -LIMIT_PRIORITY, LIMIT_PRIORITY, JSON_NULLABLE)
static const struct json_field AGAIN_FIELDS[] = {EXITCODE, PRIORITY};
static const struct json_field REVIVE_FIELDS[] = {PRIORITY};
static const struct json_field RECOVER_FIELDS[] = {JSON_FIELD(struct sent_event, dead, JSON_KIND_BOOL, 0, 0, JSON_NULLABLE)};
static const struct json_shape AGAIN = JSON_SHAPE("QdoAgain", AGAIN_FIELDS);
static const struct json_shape REVIVE = JSON_SHAPE("QdoRevive", REVIVE_FIELDS);
static const struct json_shape RECOVER = JSON_SHAPE("QdoRecover", RECOVER_FIELDS);

/* What the request waits for, once that is stored. */
struct waiting {
    int64_t operation;
};

static int park(struct request *r, struct turn *t, struct waiting *w)
{
    enum { WAIT_SECONDS = 24 * 3600 }; /* longer than any takes: the client ends it sooner, by leaving */
    int64_t until_us = r->work.parked_until_us;
    r->coming = w;
    r->work.effects.queue = operation_lane(w->operation);
    r->work.effects.park_worker = "";
    r->work.effects.park_until_us = until_us ? until_us : t->now_us + WAIT_SECONDS * CLOCK_SECOND;
    return TURN_PARK;
}

static int go_on(struct request *r, struct turn *t, enum task_event event, struct waiting *w, struct err *e)
{
    struct operation_sum sum;
    bool ended;
    int bad = operation_ended(t, w->operation, &ended, &sum, e);
    if (bad)
        return bad;
    if (ended)
        return request_answer(r, 200, render_sum(event, &sum));
    if (r->work.over)
        return err_refuse(e, ERR_STOPPING, "the server is stopping; it goes on with this when it is started again");
    return park(r, t, w);
}

static int begin(struct request *r, struct turn *t, enum task_event event, const struct sent_event *s, struct err *e)
{
    struct asked asked = {event, s->dead ? OPERATION_DEAD : 0, s->priority};
    struct operation_filter f = {.state = NONE, .exitcode = s->exitcode, .before = NONE};
    struct operation_sum sum;
    struct queue_row q;
    int64_t operation;
    int bad = qdo_queue(r, t, &q, e);
    if (!bad)
        bad = operation_filter(t, &r->who, &q, &asked, &f, &sum, &operation, e);
    if (bad)
        return bad;
    if (operation == NONE)
        return request_answer(r, 200, render_sum(event, &sum));
    struct waiting *w = arena_alloc(&r->arena, sizeof *w);
    w->operation = operation;
    return park(r, t, w);
}

static int on_event(struct request *r, struct turn *t, enum task_event event, const struct json_shape *shape, struct err *e)
{
    struct sent_event s = {.exitcode = NONE, .priority = NONE};
    if (r->kept)
        return go_on(r, t, event, r->kept, e);
    int bad = qdo_read(r, shape, true, &s, e);
    return bad ? bad : begin(r, t, event, &s, e);
}

int qdo_retry(struct request *r, struct turn *t, struct err *e) { return on_event(r, t, EV_RETRIED, &AGAIN, e); }
int qdo_rerun(struct request *r, struct turn *t, struct err *e) { return on_event(r, t, EV_RERUN, &AGAIN, e); }
int qdo_revive(struct request *r, struct turn *t, struct err *e) { return on_event(r, t, EV_REVIVED, &REVIVE, e); }
int qdo_recover(struct request *r, struct turn *t, struct err *e) { return on_event(r, t, EV_RECOVERED, &RECOVER, e); }
