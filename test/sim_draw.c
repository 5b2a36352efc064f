/* See sim.h. Random requests, drawn so that most make sense and some do not. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "sim.h"

static bool one_in(struct sim *s, uint64_t n) { return sim_draw(s, n) == 0; }

struct sim_work *sim_new(struct sim *s, enum op op)
{
    struct sim_work *w = calloc(1, sizeof *w);
    if (!w)
        abort();
    w->sim = s;
    w->op = op;
    w->work.kind = WORK_WRITE;
    w->slot = w->reader = -1;
    return w;
}

struct model_policy sim_policy(struct sim *s, const struct model_policy *was)
{
    static const int64_t RETENTION[] = {0, 0, 30, 200, 7200};
    struct model_policy p = {
        .lease_us = (int64_t)(10 + sim_draw(s, 50)) * CLOCK_SECOND,
        .face_lease_us = (int64_t)(10 + sim_draw(s, 200)) * CLOCK_SECOND,
        .max_attempts = 1 + (int64_t)sim_draw(s, 3),
        .max_crashes = 1 + (int64_t)sim_draw(s, 3),
        .backoff_us = one_in(s, 2) ? 0 : (int64_t)sim_draw(s, 20) * CLOCK_SECOND,
    };
    if (was)
        p = *was; /* what it counts to stays */
    p.speculate = one_in(s, 2);
    p.cascade = one_in(s, 2);
    p.retention_us = RETENTION[sim_draw(s, COUNT_OF(RETENTION))] * CLOCK_SECOND;
    return p;
}

/* Mostly one that is there, mostly a recent one. */
static int64_t some_task(struct sim *s)
{
    const struct model *m = s->model;
    uint64_t count = (uint64_t)m->task_count;
    if (!count || one_in(s, 30))
        return (int64_t)sim_draw(s, 1000) + 1;
    for (int i = 0; i < 10; i++) {
        uint64_t back = one_in(s, 3) || count < 15 ? sim_draw(s, count) : sim_draw(s, 15);
        const struct model_task *t = &m->tasks[count - 1 - back];
        if (!t->gone && !m->queues[t->queue].removed)
            return t->id;
    }
    return m->tasks[count - 1].id;
}

static int slot_of(struct sim *s, int64_t task, int otherwise)
{
    int i = model_find(s->model, task);
    return i < 0 || one_in(s, 20) ? otherwise : s->model->queues[s->model->tasks[i].queue].slot;
}

static void draw_lease(struct sim *s, struct sim_work *w)
{
    const struct model *m = s->model;
    w->lease = (int64_t)sim_draw(s, 100000) + 1;
    if (!m->lease_count || one_in(s, 20))
        return;
    int back = (int)sim_draw(s, (uint64_t)(m->lease_count < 12 || one_in(s, 8) ? m->lease_count : 12));
    const struct model_lease *l = &m->leases[m->lease_count - 1 - back];
    w->lease = l->id;
    w->slot = m->queues[l->queue].slot;
    w->worker = one_in(s, 20) ? w->worker : l->worker;
}

static int64_t some_time(struct sim *s) { return s->now_us + (int64_t)sim_draw(s, 40) * CLOCK_SECOND; }

static void draw_submit(struct sim *s, struct sim_work *w)
{
    int64_t hub = one_in(s, 6) ? some_task(s) : 0; /* one that many wait for */
    w->task_count = !hub && one_in(s, 2) ? 1 : 1 + (int)sim_draw(s, SIM_TASKS);
    for (int i = 0; i < w->task_count; i++)
        w->tasks[i] = (struct model_new){.key = one_in(s, 3) ? 0 : (int64_t)sim_draw(s, 40) + 1,
                                         .priority = (int64_t)sim_draw(s, 3) - 1, .not_before = one_in(s, 6) ? some_time(s) : NONE};
    for (int i = 0; i < w->task_count; i++) {
        struct model_new *t = &w->tasks[i];
        t->need_count = one_in(s, 2) ? 0 : (int)sim_draw(s, 4);
        if (hub) {
            t->needs[0].id = hub;
            t->need_count = 1;
            continue;
        }
        for (int k = 0; k < t->need_count; k++) {
            t->needs[k].key = one_in(s, 3) ? w->tasks[sim_draw(s, one_in(s, 3) || !i ? (uint64_t)w->task_count : (uint64_t)i)].key : 0;
            t->needs[k].id = some_task(s);
            if (one_in(s, 40))
                t->needs[k].key = (int64_t)sim_draw(s, 40) + 1;
        }
    }
}

/* A nonce is repeated soon, or not at all. */
static void draw_claim(struct sim *s, struct sim_work *w)
{
    w->max = one_in(s, 3) ? (int)sim_draw(s, MODEL_CLAIM_MAX) + 1 : 1 + (int)sim_draw(s, 2);
    w->begin = (int)sim_draw(s, 3);
    w->nonce = one_in(s, 2) ? 0 : ++s->next_nonce;
    w->wait_us = one_in(s, 2) ? 0 : (int64_t)sim_draw(s, 60) * CLOCK_SECOND;
    int queue = s->model->slots[w->slot];
    if (queue >= 0 && one_in(s, 5))
        w->nonce = s->model->queues[queue].last_claim[w->worker].nonce;
}

static void draw_filter(struct sim *s, struct sim_work *w)
{
    struct operation_filter *f = &w->filter;
    *f = (struct operation_filter){.state = NONE, .exitcode = NONE, .before = NONE};
    w->filter_worker = -1;
    enum task_state state = (enum task_state)sim_draw(s, TASK_STATES);
    if (one_in(s, 3) && happen_can(&w->asked, state))
        f->state = state;
    if (f->state == TASK_KILLED)
        w->asked.flags |= OPERATION_KILLED;
    if (one_in(s, 6))
        f->exitcode = (int64_t)sim_draw(s, 3);
    if (one_in(s, 6))
        f->before = s->now_us - (int64_t)sim_draw(s, 100) * CLOCK_SECOND;
    if (one_in(s, 6))
        f->worker = SIM_WORKERS[w->filter_worker = (int)sim_draw(s, MODEL_WORKERS)];
    if (w->asked.event == EV_RECOVERED && one_in(s, 2))
        w->asked.flags |= OPERATION_DEAD;
}

static void draw_event(struct sim *s, struct sim_work *w)
{
    static const enum task_event EVENTS[] = {EV_CANCELLED, EV_RETRIED, EV_RETRIED, EV_RERUN, EV_RERUN,
                                             EV_RECOVERED, EV_REVIVED, EV_DELETED};
    w->asked = (struct asked){EVENTS[sim_draw(s, COUNT_OF(EVENTS))], 0, NONE};
    if (w->asked.event == EV_RETRIED && one_in(s, 2))
        w->asked.flags = OPERATION_KILLED;
    if (w->asked.event == EV_DELETED && one_in(s, 2))
        w->asked.flags = OPERATION_FORCE;
    if (w->asked.event != EV_CANCELLED && w->asked.event != EV_DELETED && w->asked.event != EV_RECOVERED && one_in(s, 3))
        w->asked.priority = (int64_t)sim_draw(s, 3) - 1;
    w->id_count = one_in(s, 6) ? 0 : one_in(s, 2) ? 1 : 1 + (int)sim_draw(s, SIM_IDS);
    for (int i = 0; i < w->id_count; i++)
        w->ids[i] = some_task(s);
    if (w->id_count)
        w->slot = slot_of(s, w->ids[0], w->slot);
    else
        draw_filter(s, w);
}

static void draw_change(struct sim *s, struct sim_work *w)
{
    struct model_change *c = &w->change;
    w->ids[0] = some_task(s);
    *c = (struct model_change){.has_priority = one_in(s, 2), .has_not_before = one_in(s, 3), .has_needs = one_in(s, 2),
                               .priority = (int64_t)sim_draw(s, 3) - 1, .not_before = one_in(s, 2) ? NONE : some_time(s)};
    c->need_count = c->has_needs ? (int)sim_draw(s, 4) : 0;
    for (int i = 0; i < c->need_count; i++)
        c->needs[i] = some_task(s);
}

/* Mostly with what goes with the state; the worker that holds the task, or another. */
static void draw_state(struct sim *s, struct sim_work *w)
{
    w->ids[0] = some_task(s);
    w->slot = slot_of(s, w->ids[0], w->slot);
    int i = model_find(s->model, w->ids[0]), lease = i < 0 ? -1 : s->model->tasks[i].lease;
    if (lease >= 0 && one_in(s, 2))
        w->worker = s->model->leases[lease].worker;
    w->setting = (struct set_state_ask){.to = (enum task_state)sim_draw(s, TASK_STATES), .exitcode = NONE,
                                        .worker = SIM_WORKERS[w->worker]};
    if (one_in(s, 2) && w->setting.to >= TASK_SUCCEEDED)
        w->setting.exitcode = w->setting.to == TASK_SUCCEEDED ? 0 : 1 + (int64_t)sim_draw(s, 2);
    if (one_in(s, 3))
        w->setting.message = "said so";
}

static void draw_set(struct sim *s, struct sim_work *w)
{
    int queue = s->model->slots[w->slot];
    w->policy = sim_policy(s, queue < 0 ? NULL : &s->model->queues[queue].policy);
}

/* What a reader does next depends on what it was told. Another kind of request where it still waits. */
static void draw_reader(struct sim *s, struct sim_work *w)
{
    w->reader = (int)sim_draw(s, SIM_READERS);
    struct sim_reader *r = &s->readers[w->reader];
    if (r->busy)
        return;
    w->max = 1 + (int)sim_draw(s, 9);
    w->wait_us = one_in(s, 2) ? 0 : (int64_t)sim_draw(s, 60) * CLOCK_SECOND;
    if (r->consumer < 0)
        return;
    bool exists = s->model->consumers[r->consumer].exists;
    if (r->anew || !exists || (one_in(s, 2) && r->now.since != r->kept.since)) {
        w->op = OP_ACKNOWLEDGE;
        w->rev = r->anew ? 0 : r->now.since;
        if (one_in(s, 30))
            w->rev = INT64_MAX / 2;
    } else if (one_in(s, 40)) {
        w->op = OP_DROP_CONSUMER;
    }
}

static enum op some_op(struct sim *s)
{
    static const enum op OFTEN[] = {OP_SUBMIT, OP_SUBMIT,  OP_SUBMIT, OP_SUBMIT,  OP_CLAIM, OP_CLAIM, OP_CLAIM,
                                    OP_CLAIM,  OP_FINISH,  OP_FINISH, OP_FINISH,  OP_FINISH, OP_RENEW, OP_BEGIN, OP_RELEASE,
                                    OP_PAUSE,  OP_EVENT,   OP_EVENT,  OP_EVENT,   OP_CHANGE, OP_CHANGE, OP_SET_STATE, OP_SET_STATE,
                                    OP_SET_STATE, OP_READ,
                                    OP_READ,   OP_READ,    OP_READ};
    if (one_in(s, 40))
        return one_in(s, 3) ? OP_REMOVE_QUEUE : OP_SET;
    return OFTEN[sim_draw(s, COUNT_OF(OFTEN))];
}

static void draw_rest(struct sim *s, struct sim_work *w)
{
    switch (w->op) {
    case OP_SUBMIT: draw_submit(s, w); break;
    case OP_CLAIM: draw_claim(s, w); break;
    case OP_FINISH:
    case OP_RENEW:
    case OP_BEGIN:
    case OP_RELEASE: draw_lease(s, w); break;
    case OP_SET: draw_set(s, w); break;
    case OP_EVENT: draw_event(s, w); break;
    case OP_CHANGE: draw_change(s, w); break;
    case OP_SET_STATE: draw_state(s, w); break;
    case OP_READ: draw_reader(s, w); break;
    default: break;
    }
}

struct sim_work *sim_random(struct sim *s)
{
    struct sim_work *w = sim_new(s, some_op(s));
    w->trouble = !one_in(s, 15) ? NO_TROUBLE : one_in(s, 2) ? FAILS : REFUSES_LATE;
    w->slot = (int)sim_draw(s, MODEL_SLOTS);
    w->worker = (int)sim_draw(s, MODEL_WORKERS);
    w->exitcode = one_in(s, 3) ? (int)sim_draw(s, 3) : 0;
    w->flag = one_in(s, 3);
    if (w->op != OP_READ && s->model->slots[w->slot] < 0 && !one_in(s, 4))
        w->op = OP_SET; /* a name without a queue does not stay so for long */
    draw_rest(s, w);
    if (w->op == OP_READ && w->reader >= 0 && s->readers[w->reader].busy) {
        w->op = OP_CLAIM;
        w->reader = -1;
        draw_claim(s, w);
    } else if (w->reader >= 0) {
        s->readers[w->reader].busy = true;
    }
    return w;
}
