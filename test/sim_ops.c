/* See sim.h. Each kind of request twice: do_… is what a handler would do, compare_… holds its answer against what the
 * model says to the same request. */
#include <inttypes.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "core/claim.h"
#include "core/remove.h"
#include "sim.h"

static const char *key_text(struct arena *a, int64_t key) { return key ? arena_printf(a, "k%" PRId64, key) : NULL; }

static int find_queue(struct sim_work *w, struct turn *t, struct queue_row *q, struct err *e)
{
    struct queue_ref ref = {NULL, SIM_SLOTS[w->slot]};
    return queue_find(t, &SIM_WHO, &ref, &w->arena, q, e);
}

/* submit ---------------------------------------------------------------------------------------------------------- */

static int do_submit(struct sim_work *w, struct turn *t, struct err *e)
{
    struct queue_row q;
    struct submit_task tasks[SIM_TASKS];
    int existed, bad;
    int r = find_queue(w, t, &q, e);
    for (int i = 0; i < w->task_count; i++) {
        const struct model_new *in = &w->tasks[i];
        struct submit_need *needs = arena_array(&w->arena, MODEL_NEEDS, sizeof *needs);
        for (int k = 0; k < in->need_count; k++)
            needs[k] = (struct submit_need){in->needs[k].id, key_text(&w->arena, in->needs[k].key)};
        tasks[i] = (struct submit_task){.spec = {.command = "true", .key = key_text(&w->arena, in->key), .time_limit_us = NONE},
                                        .priority = in->priority, .not_before = in->not_before, .needs = needs,
                                        .need_count = in->need_count};
    }
    return r ? r : submit_tasks(t, &q, tasks, w->task_count, SUBMIT_ANY_ORDER, &w->arena, w->given, &existed, &bad, e);
}

static void compare_submit(struct sim *s, struct sim_work *w, int result)
{
    bool right;
    sim_equal(s, model_submit(s->model, w->slot, w->tasks, w->task_count, w->given, &right), result,
             "tasks were added, or refused, otherwise");
    sim_must(s, right, "a task was added under a wrong id");
}

/* leases ---------------------------------------------------------------------------------------------------------- */

static int do_claim(struct sim_work *w, struct turn *t, struct err *e)
{
    char nonce[32];
    struct queue_row q;
    struct claim_answer answer = {0};
    struct claim_ask ask = {.worker = SIM_WORKERS[w->worker], .max = w->max, .begin = w->begin};
    snprintf(nonce, sizeof nonce, "n%" PRId64, w->nonce);
    ask.nonce = w->nonce ? nonce : NULL;
    int r = find_queue(w, t, &q, e);
    ask.lease_us = r == 0 && w->flag ? q.face_lease_us : 0;
    if (r == 0 && !w->work.over)
        r = claim_tasks(t, &q, &ask, &w->arena, &answer, e);
    if (r)
        return r;
    w->count = answer.count;
    for (int i = 0; i < answer.count; i++) {
        w->given[i] = answer.tasks[i].task.id;
        w->leases[i] = answer.leases[i].id;
    }
    if (answer.count || answer.again || !w->wait_us || w->work.over)
        return 0;
    w->work.effects = (struct effects){.queue = q.id, .park_worker = SIM_WORKERS[w->worker],
                                       .park_until_us = w->work.parked_until_us ? w->work.parked_until_us : t->now_us + w->wait_us};
    return TURN_PARK;
}

static void compare_claim(struct sim *s, struct sim_work *w, int result)
{
    struct model *m = s->model;
    int leases[MODEL_CLAIM_MAX], given = result == TURN_PARK ? 0 : w->count;
    bool again;
    if (result != TURN_PARK && w->work.over) {
        sim_must(s, w->count == 0, "a claim whose wait is over was given tasks");
        return;
    }
    int count = model_claim(m, m->slots[w->slot], w->worker, w->nonce, w->max, w->begin, w->flag, &again, leases);
    sim_equal(s, count, given, "a claim was given another number of tasks");
    for (int i = 0; i < count; i++) {
        struct model_lease *l = &m->leases[leases[i]];
        sim_must(s, again ? l->id == w->leases[i] : w->leases[i] > 0, "a repeated nonce was answered other leases");
        sim_must(s, m->tasks[l->task].id == w->given[i], "a claim was given another task");
        l->id = w->leases[i];
    }
}

static int do_finish(struct sim_work *w, struct turn *t, struct err *e)
{
    const char *first;
    struct queue_row q;
    struct rate_sum ended = {0};
    struct finish_result in = {.lease = w->lease, .exitcode = w->exitcode, .out = {"out", 3}, .out_size = NONE,
                               .err_size = NONE};
    int r = find_queue(w, t, &q, e);
    if (r == 0)
        r = finish_task(t, &q, SIM_WORKERS[w->worker], &in, &w->finished, &first, &ended, e);
    if (r == 0)
        w->work.effects = (struct effects){.queue = q.id, .ended = ended};
    return r;
}

static void compare_finish(struct sim *s, struct sim_work *w, int result)
{
    sim_equal(s, model_finish(s->model, s->model->slots[w->slot], w->worker, w->lease, w->exitcode), w->finished,
             "a result had another outcome");
}

static int do_renew(struct sim_work *w, struct turn *t, struct err *e)
{
    struct queue_row q;
    int64_t until;
    int r = find_queue(w, t, &q, e);
    return r ? r : lease_renew(t, &q, SIM_WORKERS[w->worker], w->lease, w->flag, 0, &w->renewed, &until, e);
}

static void compare_renew(struct sim *s, struct sim_work *w, int result)
{
    sim_equal(s, model_renew(s->model, s->model->slots[w->slot], w->worker, w->lease, w->flag), w->renewed,
             "a renewal had another outcome");
}

static int do_begin(struct sim_work *w, struct turn *t, struct err *e)
{
    struct queue_row q;
    int r = find_queue(w, t, &q, e);
    return r ? r : lease_begin(t, &q, SIM_WORKERS[w->worker], w->lease, e);
}

static void compare_begin(struct sim *s, struct sim_work *w, int result)
{
    model_begin(s->model, s->model->slots[w->slot], w->worker, w->lease);
}

static int do_release(struct sim_work *w, struct turn *t, struct err *e)
{
    struct queue_row q;
    int r = find_queue(w, t, &q, e);
    return r ? r : lease_release(t, &q, SIM_WORKERS[w->worker], w->lease, &w->released, e);
}

static void compare_release(struct sim *s, struct sim_work *w, int result)
{
    sim_equal(s, model_release(s->model, s->model->slots[w->slot], w->worker, w->lease), w->released,
             "a give-back had another outcome");
}

/* queues ---------------------------------------------------------------------------------------------------------- */

static int do_set(struct sim_work *w, struct turn *t, struct err *e)
{
    const struct model_policy *p = &w->policy;
    struct queue_policy policy = {p->lease_us, p->max_attempts, p->max_crashes, p->backoff_us,
                                  p->speculate, p->cascade, p->retention_us, p->face_lease_us};
    struct queue_ref ref = {NULL, SIM_SLOTS[w->slot]};
    struct queue_row row = {0};
    int r = queue_put(t, &SIM_WHO, &ref, &policy, &w->arena, &row, &w->made, e);
    w->made_id = row.id;
    return r;
}

static void compare_set(struct sim *s, struct sim_work *w, int result)
{
    sim_equal(s, model_put(s->model, w->slot, &w->policy), w->made, "a queue was made, or was there, otherwise");
    sim_must(s, w->made_id == s->model->slots[w->slot] + 1, "queues are numbered otherwise");
}

static int do_pause(struct sim_work *w, struct turn *t, struct err *e)
{
    struct queue_row row;
    struct queue_ref ref = {NULL, SIM_SLOTS[w->slot]};
    return queue_pause(t, &SIM_WHO, &ref, w->flag, &w->arena, &row, e);
}

static void compare_pause(struct sim *s, struct sim_work *w, int result) { model_pause(s->model, w->slot, w->flag); }

static int do_remove_queue(struct sim_work *w, struct turn *t, struct err *e)
{
    struct queue_ref ref = {NULL, SIM_SLOTS[w->slot]};
    return remove_queue(t, &SIM_WHO, &ref, w->flag, &w->arena, &w->operation, e);
}

static void compare_remove_queue(struct sim *s, struct sim_work *w, int result)
{
    sim_equal(s, model_remove_queue(s->model, w->slot, w->flag), result, "a queue was removed, or refused to, otherwise");
}

/* events ---------------------------------------------------------------------------------------------------------- */

static int do_event(struct sim_work *w, struct turn *t, struct err *e)
{
    struct queue_row q;
    int r = find_queue(w, t, &q, e);
    w->operation = NONE;
    if (r)
        return r;
    if (w->id_count)
        return operation_ids(t, &SIM_WHO, &q, &w->asked, w->ids, w->id_count, &w->sum, e);
    return operation_filter(t, &SIM_WHO, &q, &w->asked, &w->filter, &w->sum, &w->operation, e);
}

/* Retry means failed tasks, revive killed ones, unless a state is named. */
static int64_t state_meant(const struct sim_work *w)
{
    if (w->filter.state != NONE)
        return w->filter.state;
    if (w->asked.event == EV_RETRIED && !(w->asked.flags & OPERATION_KILLED))
        return TASK_FAILED;
    return w->asked.event == EV_REVIVED ? TASK_KILLED : NONE;
}

static void compare_event(struct sim *s, struct sim_work *w, int result)
{
    struct model *m = s->model;
    struct model_sum sum = {0};
    int queue = m->slots[w->slot];
    bool more;
    if (w->id_count) {
        sim_equal(s, model_ids(m, queue, &w->asked, w->ids, w->id_count, &sum), result,
                 "an event was taken, or refused, otherwise");
    } else {
        struct model_operation o = {.queue = queue, .asked = w->asked, .state = state_meant(w), .exitcode = w->filter.exitcode,
                                    .before = w->filter.before, .worker = w->filter_worker};
        model_filter(m, &o, &sum, &more);
        sim_must(s, result == 0 && more == (w->operation != NONE), "an operation goes on, or not, otherwise");
    }
    if (result)
        return;
    sim_equal(s, sum.changed, w->sum.changed, "an event changed another number of tasks");
    sim_equal(s, sum.live, w->sum.live, "another number of tasks was taken from live workers");
}

/* As a face does it: the task is looked up, and it is one of that queue. */
static int do_set_state(struct sim_work *w, struct turn *t, struct err *e)
{
    struct queue_row q;
    struct look_task task;
    struct rate_sum ended = {0};
    int r = find_queue(w, t, &q, e);
    if (r == 0)
        r = look_task(t, &SIM_WHO, w->ids[0], false, &w->arena, &task, e);
    if (r == 0 && task.queue.id != q.id)
        r = err_refuse(e, ERR_TASK_NOT_FOUND, "another queue's");
    if (r == 0)
        r = set_state_task(t, &SIM_WHO, &task, &w->setting, &ended, e);
    if (r)
        return r;
    w->leases[0] = task.full.task.lease;
    w->work.effects = (struct effects){.queue = q.id, .ended = ended};
    return 0;
}

static void compare_set_state(struct sim *s, struct sim_work *w, int result)
{
    struct model *m = s->model;
    int lease;
    sim_equal(s, model_set_state(m, m->slots[w->slot], w->ids[0], w->worker, w->setting.to, w->setting.exitcode, &lease),
              result, "a task was brought to a state, or refused to, otherwise");
    if (lease >= 0)
        m->leases[lease].id = w->leases[0];
}

static int do_change(struct sim_work *w, struct turn *t, struct err *e)
{
    const struct model_change *c = &w->change;
    struct change_task change = {c->has_priority, c->has_not_before, c->has_needs, c->priority, c->not_before, c->needs,
                                 c->need_count};
    return change_task(t, &SIM_WHO, w->ids[0], &change, e);
}

static void compare_change(struct sim *s, struct sim_work *w, int result)
{
    sim_equal(s, model_change(s->model, w->ids[0], &w->change), result, "a task was changed, or refused to, otherwise");
}

/* All of them ------------------------------------------------------------------------------------------------------ */

static const struct {
    int (*run)(struct sim_work *w, struct turn *t, struct err *e);
    void (*compare)(struct sim *s, struct sim_work *w, int result);
    bool needs_queue; /* refused where the queue is not there; then nothing else is to be compared */
    bool may_refuse;
} OPS[OP_COUNT] = {
    [OP_SUBMIT] = {do_submit, compare_submit, true, true},
    [OP_CLAIM] = {do_claim, compare_claim, true, false},
    [OP_FINISH] = {do_finish, compare_finish, true, false},
    [OP_RENEW] = {do_renew, compare_renew, true, false},
    [OP_BEGIN] = {do_begin, compare_begin, true, false},
    [OP_RELEASE] = {do_release, compare_release, true, false},
    [OP_SET] = {do_set, compare_set, false, false},
    [OP_PAUSE] = {do_pause, compare_pause, true, false},
    [OP_EVENT] = {do_event, compare_event, true, true},
    [OP_CHANGE] = {do_change, compare_change, false, true},
    [OP_SET_STATE] = {do_set_state, compare_set_state, true, true},
    [OP_REMOVE_QUEUE] = {do_remove_queue, compare_remove_queue, true, true},
    [OP_READ] = {sim_do_read, sim_compare_read, false, true},
    [OP_ACKNOWLEDGE] = {sim_do_acknowledge, sim_compare_acknowledge, false, true},
    [OP_DROP_CONSUMER] = {sim_do_drop, sim_compare_drop, false, true},
};

int sim_run_op(struct sim_work *w, struct turn *t, struct err *e)
{
    w->newest = store_rev(t->store);
    return OPS[w->op].run(w, t, e);
}

void sim_compare_op(struct sim *s, struct sim_work *w, int result)
{
    if (OPS[w->op].needs_queue && s->model->slots[w->slot] < 0) {
        sim_equal(s, ERR_QUEUE_NOT_FOUND, result, "a queue that is not there was found");
        return;
    }
    sim_must(s, result == 0 || result == TURN_PARK || OPS[w->op].may_refuse, "a request was refused");
    OPS[w->op].compare(s, w, result);
}
