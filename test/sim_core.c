/* The core in simulation: for each seed a store in memory, a few queues and workers, and some hundred turns of random
 * submits, claims (some waiting), finishes, renewals, give-backs, pauses, cancels, retries, deaths (leases that nobody
 * renews), clock jumps, restarts, and handlers that fail or refuse after they have written. After each turn every answer
 * is held against the model, every task in the store against the model's, the invariants of core/task.def are asked, and
 * memory (who waits, rates, revision) is compared with what the store and the model say.
 *
 *   sim_core [SEEDS [FIRST]]        runs SEEDS seeds (1000) beginning with FIRST (1) */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "core/claim.h"
#include "core/engine.h"
#include "core/finish.h"
#include "core/operation.h"
#include "core/parking.h"
#include "core/queue.h"
#include "core/rate.h"
#include "core/submit.h"
#include "sim_model.h"

enum { TURNS = 120, WORKS_MAX = 6, WAITERS_MAX = 64 };

enum op { OP_SUBMIT, OP_CLAIM, OP_FINISH, OP_RENEW, OP_RELEASE, OP_PAUSE, OP_CANCEL, OP_RETRY, OP_COUNT };
enum trouble { NO_TROUBLE, FAILS, REFUSES_LATE };

struct sim_work {
    struct work work; /* first */
    struct sim *sim;
    enum op op;
    enum trouble trouble;
    int sequence; /* of its last run */
    bool told;
    int queue, worker, max, begin;
    int64_t nonce, wait_us, key, priority, not_before, lease, task;
    int exitcode;
    bool flag; /* paused; begun; killed */
    struct arena arena;
    /* answered */
    int64_t ids[MODEL_CLAIM_MAX], leases[MODEL_CLAIM_MAX], changed;
    int count;
    enum finish_outcome finished;
    enum renew_outcome renewed;
    bool released;
};

struct sim {
    uint64_t random;
    int seed, turn, sequence;
    struct store *store;
    struct engine engine;
    struct model *model;
    int64_t now_us, next_nonce;
    struct sim_work *waiting[WAITERS_MAX];
    int waiting_count;
    int64_t answers; /* compared so far */
};

static const char *const WORKERS[MODEL_WORKERS] = {"w0", "w1", "w2", "w3", "w4"};
static const char *const QUEUES[MODEL_QUEUES] = {"q0", "q1", "q2"};
static const struct who WHO = {.user = "someone"};

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled", 2016. */
static uint64_t draw(struct sim *s, uint64_t below)
{
    s->random ^= s->random >> 12;
    s->random ^= s->random << 25;
    s->random ^= s->random >> 27;
    return (s->random * UINT64_C(2685821657736338717) >> 11) % below;
}

static void fail(const struct sim *s, const char *what)
{
    printf("not ok simulation (seed %d, turn %d: %s)\n", s->seed, s->turn, what);
    exit(1);
}

static void must(const struct sim *s, bool holds, const char *what)
{
    if (!holds)
        fail(s, what);
}

/* One function per kind of request: what a handler would do ---------------------------------------------------- */

static int do_submit(struct sim_work *w, struct turn *t, const struct queue_row *q, struct err *e)
{
    char key[32];
    int existed;
    struct submit_task task = {.spec = {.command = "true", .time_limit_us = NONE}, .priority = w->priority,
                               .not_before = w->not_before};
    snprintf(key, sizeof key, "k%" PRId64, w->key);
    if (w->key)
        task.spec.key = key;
    return submit_tasks(t, q, &task, 1, SUBMIT_ANY_ORDER, &w->arena, w->ids, &existed, NULL, e);
}

static int do_claim(struct sim_work *w, struct turn *t, const struct queue_row *q, struct err *e)
{
    char nonce[32];
    struct claim_answer answer = {0};
    struct claim_ask ask = {.worker = WORKERS[w->worker], .max = w->max, .begin = w->begin};
    snprintf(nonce, sizeof nonce, "n%" PRId64, w->nonce);
    if (w->nonce)
        ask.nonce = nonce;
    int r = w->work.over ? 0 : claim_tasks(t, q, &ask, &w->arena, &answer, e);
    if (r)
        return r;
    w->count = answer.count;
    for (int i = 0; i < answer.count; i++) {
        w->ids[i] = answer.tasks[i].task.id;
        w->leases[i] = answer.leases[i].id;
    }
    if (answer.count || !w->wait_us || w->work.over)
        return 0;
    w->work.effects = (struct effects){.queue = q->id, .park_worker = WORKERS[w->worker],
                                       .park_until_us = t->now_us + w->wait_us};
    return TURN_PARK;
}

static int do_finish(struct sim_work *w, struct turn *t, const struct queue_row *q, struct err *e)
{
    const char *first;
    struct rate_sum ended = {0};
    struct finish_result in = {.lease = w->lease, .exitcode = w->exitcode, .out = {"out", 3}, .out_size = NONE,
                               .err_size = NONE};
    int r = finish_task(t, q, WORKERS[w->worker], &in, &w->finished, &first, &ended, e);
    w->work.effects = (struct effects){.queue = q->id, .ended = ended};
    return r;
}

static int do_renew(struct sim_work *w, struct turn *t, const struct queue_row *q, struct err *e)
{
    int64_t until;
    return lease_renew(t, q, WORKERS[w->worker], w->lease, w->flag, 0, &w->renewed, &until, e);
}

static int do_release(struct sim_work *w, struct turn *t, const struct queue_row *q, struct err *e)
{
    return lease_release(t, q, WORKERS[w->worker], w->lease, &w->released, e);
}

static int do_pause(struct sim_work *w, struct turn *t, const struct queue_row *q, struct err *e)
{
    struct queue_row row;
    struct queue_ref ref = {NULL, q->name};
    return queue_pause(t, &WHO, &ref, w->flag, &w->arena, &row, e);
}

static int do_event(struct sim_work *w, struct turn *t, const struct queue_row *q, struct err *e)
{
    struct asked asked = {.event = w->op == OP_CANCEL ? EV_CANCELLED : EV_RETRIED, .priority = NONE,
                          .flags = w->flag ? OPERATION_KILLED : 0};
    int64_t operation;
    struct operation_filter f = {.state = NONE, .exitcode = NONE, .before = NONE};
    if (w->task)
        return operation_ids(t, &WHO, q, &asked, &w->task, 1, &w->changed, e);
    return operation_filter(t, &WHO, q, &asked, &f, &w->changed, &operation, e);
}

typedef int op_fn(struct sim_work *w, struct turn *t, const struct queue_row *q, struct err *e);
static op_fn *const OPS[OP_COUNT] = {do_submit, do_claim, do_finish, do_renew, do_release, do_pause, do_event, do_event};

static int run(struct work *work, struct turn *t, struct err *e)
{
    struct sim_work *w = (struct sim_work *)work;
    struct queue_ref ref = {NULL, QUEUES[w->queue]};
    struct queue_row q;
    w->sequence = ++w->sim->sequence;
    int r = queue_find(t, &WHO, &ref, &w->arena, &q, e);
    if (r == 0)
        r = OPS[w->op](w, t, &q, e);
    if (r == TURN_PARK || w->trouble == NO_TROUBLE)
        return r;
    if (w->trouble == FAILS)
        return err_fail(e, ERR_INTERNAL, "this handler was told to fail");
    return err_refuse(e, ERR_BAD_FIELD, "this handler refuses after it has written");
}

static void done(struct work *work) { ((struct sim_work *)work)->told = true; }

/* What the model says to it ------------------------------------------------------------------------------------ */

static void compare_claim(struct sim *s, struct sim_work *w)
{
    struct model *m = s->model;
    int leases[MODEL_CLAIM_MAX];
    bool again;
    if (w->work.over) {
        must(s, w->count == 0, "a claim whose wait is over was given tasks");
        return;
    }
    int count = model_claim(m, w->queue, w->worker, w->nonce, w->max, w->begin, s->now_us, &again, leases);
    must(s, count == w->count, "a claim was given another number of tasks");
    for (int i = 0; i < count; i++) {
        struct model_lease *l = &m->leases[leases[i]];
        must(s, again ? l->id == w->leases[i] : w->leases[i] > 0, "a repeated nonce was answered other leases");
        must(s, m->tasks[l->task].id == w->ids[i], "a claim was given another task");
        l->id = w->leases[i];
    }
}

static void compare(struct sim *s, struct sim_work *w)
{
    struct model *m = s->model;
    int changed;
    s->answers++;
    switch (w->op) {
    case OP_SUBMIT:
        must(s, model_submit(m, w->queue, w->key, w->priority, w->not_before, w->ids[0], s->now_us),
             "a task was added under a wrong id");
        break;
    case OP_CLAIM: compare_claim(s, w); break;
    case OP_FINISH:
        must(s, model_finish(m, w->queue, w->worker, w->lease, w->exitcode, s->now_us) == w->finished,
             "a result had another outcome");
        break;
    case OP_RENEW:
        must(s, model_renew(m, w->queue, w->worker, w->lease, w->flag, s->now_us) == w->renewed,
             "a renewal had another outcome");
        break;
    case OP_RELEASE:
        must(s, model_release(m, w->queue, w->worker, w->lease) == w->released, "a give-back had another outcome");
        break;
    case OP_PAUSE: m->queues[w->queue].paused = w->flag; break;
    case OP_CANCEL:
    case OP_RETRY:
        changed = w->op == OP_CANCEL ? model_cancel(m, w->queue, w->task)
                                     : model_retry(m, w->queue, w->task, w->flag);
        must(s, w->work.result == 0 ? changed == w->changed : changed < 0, "an event changed other tasks");
        break;
    default: break;
    }
}

/* A refused work left nothing behind; all others are told to the model in the order they ran in. */
static bool counts(const struct sim_work *w)
{
    if (w->work.result == TURN_PARK || w->trouble != NO_TROUBLE)
        return false;
    return w->work.result == 0 || w->op == OP_CANCEL || w->op == OP_RETRY;
}

static int by_sequence(const void *a, const void *b)
{
    const struct sim_work *const *x = a, *const *y = b;
    return (*x)->sequence - (*y)->sequence;
}

static void free_work(struct sim_work *w)
{
    arena_done(&w->arena);
    free(w);
}

/* Tells the model what was answered in this turn, drops what is answered, keeps what waits. */
static void settle(struct sim *s, struct sim_work **works, int count)
{
    struct sim_work *all[WORKS_MAX + WAITERS_MAX];
    int n = 0, waiting = 0;
    for (int i = 0; i < count; i++)
        all[n++] = works[i];
    for (int i = 0; i < s->waiting_count; i++)
        all[n++] = s->waiting[i];
    qsort(all, (size_t)n, sizeof *all, by_sequence);
    for (int i = 0; i < n; i++) {
        if (!all[i]->told) {
            must(s, all[i]->work.result == TURN_PARK && list_linked(&all[i]->work.parked), "a work was forgotten");
            s->waiting[waiting++] = all[i];
            continue;
        }
        must(s, !list_linked(&all[i]->work.parked), "an answered work still waits");
        if (all[i]->trouble == FAILS && all[i]->op != OP_CLAIM)
            must(s, all[i]->work.result == -ERR_INTERNAL, "a failing handler was not told so");
        if (counts(all[i]))
            compare(s, all[i]);
        free_work(all[i]);
    }
    s->waiting_count = waiting;
}

/* Holding the store and memory against the model ------------------------------------------------------------------ */

static void check_tasks(struct sim *s)
{
    struct err e;
    struct task_row row;
    for (int i = 0; i < s->model->task_count; i++) {
        const struct model_task *t = &s->model->tasks[i];
        must(s, store_task_get(s->store, t->id, &row, &e) == 0, "a task is missing");
        if (row.state != t->state)
            printf("# task %" PRId64 ": %d in the store, %d in the model, event %" PRId64 "\n", t->id, row.state, t->state,
                   row.event);
        must(s, row.state == t->state, "a task is in another state");
        must(s, row.failures == t->failures && row.crashes == t->crashes && row.leases == t->leases,
             "a task has counted otherwise");
        if (t->state == TASK_WAITING)
            must(s, row.not_before == t->not_before, "a task waits for another moment");
    }
}

static void check_invariants(struct sim *s)
{
    struct err e;
    const char *name;
    int64_t broken;
    for (int i = 0; i < store_check_count(); i++) {
        must(s, store_check(s->store, i, &name, &broken, &e) == 0, e.text);
        must(s, broken == 0, name);
    }
}

/* A window holds what ended since it began; there is none only where nothing ended in the last minute. */
static void check_rate(struct sim *s, int q)
{
    const struct rate_window *w = rates_of(s->engine.rates, q + 1, s->now_us);
    int64_t count = 0;
    for (int i = 0; w && i < w->count; i++)
        count += w->buckets[i].sum.count;
    must(s, count == model_ended_since(s->model, q, w ? w->begin_us : s->now_us - 60 * CLOCK_SECOND),
         "a rate counts other tasks than those that ended");
}

static void check_memory(struct sim *s)
{
    struct err e;
    int64_t rev = store_rev(s->store);
    must(s, parking_count(s->engine.parking) == s->waiting_count, "others wait than should");
    for (int q = 0; q < MODEL_QUEUES; q++)
        check_rate(s, q);
    must(s, store_begin(s->store, &e) == 0, "no transaction");
    must(s, store_rev(s->store) == rev, "the revision in memory is not the one in the store");
    store_rollback(s->store);
}

/* Random requests --------------------------------------------------------------------------------------------- */

static int64_t some_lease(struct sim *s, int *queue, int *worker)
{
    const struct model *m = s->model;
    if (!m->lease_count || draw(s, 20) == 0)
        return (int64_t)draw(s, 100000) + 1;
    int back = (int)draw(s, (uint64_t)(m->lease_count < 12 || draw(s, 8) == 0 ? m->lease_count : 12));
    const struct model_lease *l = &m->leases[m->lease_count - 1 - back];
    *queue = l->queue;
    if (draw(s, 20))
        *worker = l->worker;
    return l->id;
}

static int64_t some_task(struct sim *s)
{
    const struct model *m = s->model;
    if (!m->task_count || draw(s, 6) == 0)
        return 0;
    return m->tasks[draw(s, (uint64_t)m->task_count)].id;
}

static enum op some_op(struct sim *s)
{
    static const enum op OFTEN[] = {OP_SUBMIT, OP_SUBMIT, OP_SUBMIT, OP_CLAIM,   OP_CLAIM, OP_CLAIM,  OP_FINISH,
                                    OP_FINISH, OP_FINISH, OP_RENEW,  OP_RELEASE, OP_PAUSE, OP_CANCEL, OP_RETRY};
    return OFTEN[draw(s, COUNT_OF(OFTEN))];
}

static struct sim_work *some_work(struct sim *s)
{
    struct sim_work *w = calloc(1, sizeof *w);
    if (!w)
        abort();
    w->sim = s;
    w->work.run = run;
    w->work.done = done;
    w->work.kind = WORK_WRITE;
    w->op = some_op(s);
    w->trouble = draw(s, 12) ? NO_TROUBLE : draw(s, 2) ? FAILS : REFUSES_LATE;
    w->queue = (int)draw(s, MODEL_QUEUES);
    w->worker = (int)draw(s, MODEL_WORKERS);
    w->max = (int)draw(s, MODEL_CLAIM_MAX) + 1;
    w->begin = (int)draw(s, 3);
    w->nonce = draw(s, 2) ? 0 : draw(s, 3) ? ++s->next_nonce : s->next_nonce;
    w->wait_us = draw(s, 2) ? 0 : (int64_t)draw(s, 60) * CLOCK_SECOND;
    w->key = draw(s, 3) ? 0 : (int64_t)draw(s, 30) + 1;
    w->priority = (int64_t)draw(s, 3) - 1;
    w->not_before = draw(s, 6) ? NONE : s->now_us + (int64_t)draw(s, 40) * CLOCK_SECOND;
    w->exitcode = draw(s, 2) ? 0 : (int)draw(s, 3);
    w->flag = draw(s, 3) == 0;
    w->task = some_task(s);
    if (w->op == OP_FINISH || w->op == OP_RENEW || w->op == OP_RELEASE)
        w->lease = some_lease(s, &w->queue, &w->worker);
    return w;
}

static void move_clock(struct sim *s)
{
    s->now_us += (int64_t)draw(s, 15) * CLOCK_SECOND + (int64_t)draw(s, 1000000);
    if (draw(s, 60) == 0)
        s->now_us += INT64_C(365) * 86400 * CLOCK_SECOND;
}

static void hang_up(struct sim *s)
{
    if (!s->waiting_count || draw(s, 6))
        return;
    int i = (int)draw(s, (uint64_t)s->waiting_count);
    engine_unpark(&s->engine, &s->waiting[i]->work);
    free_work(s->waiting[i]);
    s->waiting[i] = s->waiting[--s->waiting_count];
}

static void run_one_turn(struct sim *s)
{
    struct sim_work *works[WORKS_MAX];
    struct work *plain[WORKS_MAX];
    struct err e;
    int taken, count = (int)draw(s, s->waiting_count + WORKS_MAX < WAITERS_MAX ? WORKS_MAX + 1 : 1);
    for (int i = 0; i < count; i++) {
        works[i] = some_work(s);
        plain[i] = &works[i]->work;
    }
    must(s, engine_run(&s->engine, plain, count, s->now_us, &taken, &e) == 0, e.text);
    must(s, taken == count, "a turn did not take all");
    model_due(s->model, s->now_us);
    settle(s, works, count);
}

static void restart(struct sim *s)
{
    struct err e;
    while (s->waiting_count) {
        engine_unpark(&s->engine, &s->waiting[--s->waiting_count]->work);
        free_work(s->waiting[s->waiting_count]);
    }
    engine_done(&s->engine);
    s->engine = (struct engine){0};
    must(s, engine_init(&s->engine, s->store, s->now_us, &e) == 0, e.text);
    model_restart(s->model, s->now_us);
}

static int make_queue(struct work *work, struct turn *t, struct err *e)
{
    struct sim_work *w = (struct sim_work *)work;
    struct sim *s = w->sim;
    struct model_queue *q = &s->model->queues[w->queue];
    struct queue_policy policy = {q->lease_us, q->max_attempts, q->max_crashes, q->backoff_us, NONE, NONE, NONE};
    struct queue_ref ref = {NULL, QUEUES[w->queue]};
    struct queue_row row;
    bool made;
    int r = queue_put(t, &WHO, &ref, &policy, &w->arena, &row, &made, e);
    must(s, r || row.id == w->queue + 1, "queues are numbered otherwise");
    return r;
}

static void make_queues(struct sim *s)
{
    struct err e;
    int taken;
    for (int i = 0; i < MODEL_QUEUES; i++) {
        struct sim_work w = {.work = {.run = make_queue, .done = done, .kind = WORK_WRITE}, .sim = s, .queue = i};
        struct work *plain = &w.work;
        struct model_queue *q = &s->model->queues[i];
        q->lease_us = (int64_t)(10 + draw(s, 50)) * CLOCK_SECOND;
        q->max_attempts = 1 + (int64_t)draw(s, 3);
        q->max_crashes = 1 + (int64_t)draw(s, 3);
        q->backoff_us = draw(s, 2) ? 0 : (int64_t)draw(s, 20) * CLOCK_SECOND;
        must(s, engine_run(&s->engine, &plain, 1, s->now_us, &taken, &e) == 0 && w.work.result == 0, "no queue");
        arena_done(&w.arena);
    }
}

static int64_t run_seed(int seed)
{
    struct err e;
    struct store_options o = {.path = ":memory:"};
    struct sim s = {.random = (uint64_t)seed * UINT64_C(0x9E3779B97F4A7C15) + 1, .seed = seed,
                    .now_us = INT64_C(1700000000) * CLOCK_SECOND};
    s.model = calloc(1, sizeof *s.model);
    must(&s, s.model && store_open(&o, &s.store, &e) == 0, "no store");
    must(&s, engine_init(&s.engine, s.store, s.now_us, &e) == 0, e.text);
    make_queues(&s);
    for (s.turn = 0; s.turn < TURNS; s.turn++) {
        move_clock(&s);
        hang_up(&s);
        if (draw(&s, 50) == 0)
            restart(&s);
        run_one_turn(&s);
        check_tasks(&s);
        check_invariants(&s);
        check_memory(&s);
    }
    restart(&s);
    engine_done(&s.engine);
    store_close(s.store);
    free(s.model);
    return s.answers;
}

int main(int argc, char **argv)
{
    int seeds = argc > 1 ? atoi(argv[1]) : 1000, first = argc > 2 ? atoi(argv[2]) : 1;
    int64_t answers = 0;
    for (int seed = first; seed < first + seeds; seed++)
        answers += run_seed(seed);
    printf("ok simulation: %d seeds, %d turns each, %" PRId64 " answers as the model says\n", seeds, TURNS, answers);
    return 0;
}
