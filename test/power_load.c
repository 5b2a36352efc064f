/* The load: turns of random requests, run by the real engine as a server runs them. Each request notes what it did as
 * facts; when the turn is acknowledged so are they. The engine may run a request again, in a turn without those that
 * failed, so it draws its chance from a seed of its own and asks for the same. */
#include "power_world.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "core/claim.h"
#include "core/lease.h"

struct request {
    struct work work;
    struct world *world;
    struct arena arena;
    uint64_t begin, chance; /* run() may be called again and must ask for the same */
    int queue, worker;
    struct fact again;      /* a finish to repeat */
    struct fact facts[FACTS_MAX];
    int count;
};

static uint64_t pick(struct request *r, uint64_t bound) { return power_chance(&r->chance, bound); }

static struct fact *note(struct request *r, enum fact_kind kind)
{
    struct fact *f = &r->facts[r->count++];
    *f = (struct fact){.kind = kind, .queue = r->queue, .worker = r->worker};
    return f;
}

static int do_add(struct request *r, struct turn *t, const struct queue_row *q, struct err *e)
{
    enum { MOST = 12 };
    struct submit_task tasks[MOST];
    int64_t ids[MOST], numbers[MOST];
    int existed, count = 1 + (int)pick(r, MOST);
    for (int i = 0; i < count; i++) {
        bool keyed = pick(r, 2);
        numbers[i] = keyed ? (int64_t)pick(r, LEDGER_KEYS) : (int64_t)(LEDGER_KEYS + pick(r, 1u << 30));
        tasks[i] = ledger_task(&r->arena, numbers[i]);
    }
    int code = submit_tasks(t, q, tasks, count, SUBMIT_ANY_ORDER, &r->arena, ids, &existed, NULL, e);
    for (int i = 0; code == 0 && i < count; i++) {
        if (ids[i] <= r->world->ledger.newest_task)
            continue; /* it was there before this turn */
        struct fact *f = note(r, TASK_ADDED);
        f->id = ids[i];
        f->number = numbers[i];
    }
    return code;
}

static int do_claim(struct request *r, struct turn *t, const struct queue_row *q, struct err *e)
{
    struct claim_answer answer;
    struct claim_ask ask = {.worker = LEDGER_WORKERS[r->worker]};
    ask.max = 1 + (int64_t)pick(r, 8);
    ask.begin = (int64_t)pick(r, 3);
    int code = claim_tasks(t, q, &ask, &r->arena, &answer, e);
    for (int i = 0; code == 0 && i < answer.count; i++) {
        struct fact *f = note(r, TASK_CLAIMED);
        f->id = answer.leases[i].task;
        f->lease = answer.leases[i].id;
    }
    return code;
}

static int finish_one(struct request *r, struct turn *t, const struct queue_row *q, const struct lease_row *l,
                      struct err *e)
{
    enum finish_outcome outcome;
    const char *first;
    struct rate_sum ended = {0};
    struct fact f = {.lease = l->id, .exitcode = pick(r, 3) ? 0 : 1 + (int64_t)pick(r, 100),
                     .said = pick(r, UINT64_MAX)};
    struct finish_result result = ledger_result(&r->arena, &f);
    int code = finish_task(t, q, LEDGER_WORKERS[r->worker], &result, &outcome, &first, &ended, e);
    if (code == 0 && outcome == FINISH_ACCEPTED) {
        struct fact *noted = note(r, TASK_FINISHED);
        noted->id = l->task;
        noted->lease = f.lease;
        noted->exitcode = f.exitcode;
        noted->said = f.said;
        noted->ended = ended.count > 0;
        r->work.effects.queue = q->id;
        rate_sum_add(&r->work.effects.ended, &ended);
    }
    return code;
}

static int renew_one(struct request *r, struct turn *t, const struct queue_row *q, const struct lease_row *l,
                     struct err *e)
{
    enum { LONG_SECONDS = 100000 }; /* beyond any lease that was not renewed; each time longer */
    enum renew_outcome outcome;
    int64_t until, length_us = (LONG_SECONDS + ++r->world->serial) * CLOCK_SECOND;
    int code = lease_renew(t, q, LEDGER_WORKERS[r->worker], l->id, pick(r, 2), length_us, &outcome, &until, e);
    if (code == 0 && outcome == RENEW_RENEWED) {
        struct fact *f = note(r, LEASE_RENEWED);
        f->lease = l->id;
        f->until = until;
    }
    return code;
}

static int release_one(struct request *r, struct turn *t, const struct queue_row *q, const struct lease_row *l,
                       struct err *e)
{
    bool released;
    int code = lease_release(t, q, LEDGER_WORKERS[r->worker], l->id, &released, e);
    if (code == 0 && released)
        note(r, LEASE_RELEASED)->lease = l->id;
    return code;
}

typedef int lease_fn(struct request *, struct turn *, const struct queue_row *, const struct lease_row *, struct err *);

/* fn for about one in `of` of the worker's leases, a few at most. */
static int for_leases(struct request *r, struct turn *t, const struct queue_row *q, uint64_t of, lease_fn *fn,
                      struct err *e)
{
    struct lease_row *leases;
    int count, most = 1 + (int)pick(r, 8);
    int code = lease_list(t, q, LEDGER_WORKERS[r->worker], &r->arena, &leases, &count, e);
    for (int i = 0; code == 0 && i < count && most; i++)
        if (pick(r, of) == 0) {
            code = fn(r, t, q, &leases[i], e);
            most--;
        }
    return code;
}

static int do_finish(struct request *r, struct turn *t, const struct queue_row *q, struct err *e)
{
    int code = for_leases(r, t, q, 2, finish_one, e);
    return code || pick(r, 2) ? code : do_claim(r, t, q, e);
}

static int do_renew(struct request *r, struct turn *t, const struct queue_row *q, struct err *e)
{
    return for_leases(r, t, q, 2, renew_one, e);
}

static int do_release(struct request *r, struct turn *t, const struct queue_row *q, struct err *e)
{
    return for_leases(r, t, q, 4, release_one, e);
}

/* Hands in an acknowledged result again, as a worker does whose answer got lost. */
static int do_again(struct request *r, struct turn *t, const struct queue_row *q, struct err *e)
{
    enum finish_outcome outcome;
    const char *first;
    struct rate_sum ended = {0};
    struct finish_result result = ledger_result(&r->arena, &r->again);
    int code = finish_task(t, q, LEDGER_WORKERS[r->worker], &result, &outcome, &first, &ended, e);
    if (code == 0 && outcome != FINISH_REPEATED)
        world_fail(r->world, LOST, "lease %lld, finished before, was answered '%s'", (long long)result.lease,
                   finish_outcome_word(outcome));
    return code;
}

static int run_request(struct work *work, struct turn *t, struct err *e)
{
    static int (*const MIX[])(struct request *, struct turn *, const struct queue_row *, struct err *) = {
        do_add, do_add, do_add, do_claim, do_claim, do_finish, do_finish, do_finish, do_finish, do_renew, do_release};
    struct request *r = (struct request *)work;
    struct queue_row q;
    bool made;
    arena_done(&r->arena);
    r->chance = r->begin;
    r->count = 0;
    struct who who = {.user = "owner"};
    struct queue_ref ref = {.name = LEDGER_QUEUES[r->queue]};
    int code = queue_ensure(t, &who, &ref, &r->arena, &q, &made, e);
    if (code == 0 && made) {
        struct queue_policy policy = {.lease_us = NONE, .max_attempts = 2, .max_crashes = NONE, .backoff_us = NONE};
        code = queue_put(t, &who, &ref, &policy, &r->arena, &q, NULL, e);
        note(r, QUEUE_MADE)->id = q.id;
    }
    if (code)
        return code;
    return r->again.lease ? do_again(r, t, &q, e) : MIX[pick(r, COUNT_OF(MIX))](r, t, &q, e);
}

static void on_done(struct work *work) {}

/* Turns. ----------------------------------------------------------------------------------------------------------- */

static void fill_request(struct world *w, struct request *r)
{
    *r = (struct request){
        .work = {.kind = WORK_RESERVE, .run = run_request, .done = on_done},
        .world = w,
        .begin = world_below(w, UINT64_MAX),
        .queue = (int)world_below(w, QUEUES),
        .worker = (int)world_below(w, WORKERS),
    };
    const struct ledger *l = &w->ledger;
    const struct fact *known = NULL;
    if (l->count && world_below(w, 8) == 0)
        known = &l->facts[world_below(w, (uint64_t)l->count)];
    if (known && known->kind == TASK_FINISHED) {
        r->again = *known;
        r->queue = known->queue;
        r->worker = known->worker;
    }
}

/* What was acknowledged is known from now on, the rest is in doubt until the store is opened again. */
static void settle(struct world *w, struct request *requests, int count, int result, const struct err *e)
{
    if (result && disk_is_on(w->disk))
        world_fail(w, STUCK, "a turn failed while the power was on: %s", e->text);
    for (int i = 0; i < count; i++) {
        struct request *r = &requests[i];
        if (result == 0 && r->work.result)
            world_fail(w, STUCK, "a request failed: %s", r->work.err.text);
        if (result)
            ledger_doubt(&w->ledger, r->facts, r->count);
        else
            ledger_acknowledge(&w->ledger, r->facts, r->count);
        for (int k = 0; result == 0 && k < r->count; k++)
            w->tally->facts[r->facts[k].kind]++;
        arena_done(&r->arena);
    }
}

void load_turn(struct world *w)
{
    struct request requests[REQUESTS_MAX];
    struct work *works[REQUESTS_MAX];
    struct err e;
    int taken, count = 1 + (int)world_below(w, REQUESTS_MAX);
    for (int i = 0; i < count; i++) {
        fill_request(w, &requests[i]);
        works[i] = &requests[i].work;
    }
    w->now_us += (int64_t)world_below(w, 100 * CLOCK_MS);
    if (world_below(w, 40) == 0)
        w->now_us += 100 * CLOCK_SECOND; /* leases that were not renewed run out */
    int r = engine_run(&w->engine, works, count, w->now_us, &taken, &e);
    settle(w, requests, count, r, &e);
    w->tally->turns += r == 0;
}
