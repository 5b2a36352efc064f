/* What was acknowledged survives a loss of power. Per seed: a store on the disk of power_vfs.c is worked on by the real
 * engine, turn by turn, with random requests; the power goes at a random moment, in a turn, in a checkpoint, while the
 * store is made, opened or closed, several times in a row; each time the store is opened again and held against a
 * ledger of facts: what each acknowledged request did must be there, to the byte; the turn that was not acknowledged
 * must be there as a whole or not at all; SQLite finds its file whole and the invariants hold; work goes on.
 *
 * The mutation: the same with synchronous=OFF has to fail, or the test proves nothing.
 *
 * Everything follows from the seed. `power_test SEED [off]` runs one and tells what happens. */
#include <sqlite3.h>
#include <stdarg.h>

#include "base/clock.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "check.h"
#include "core/claim.h"
#include "core/finish.h"
#include "core/lease.h"
#include "core/submit.h"
#include "core/engine.h"
#include "power_vfs.h"

enum {
    SEEDS = 200,
    CUTS_MAX = 4,      /* per seed, not counting those while opening */
    REQUESTS_MAX = 8,  /* per turn */
    FACTS_MAX = 24,    /* per request */
    KEYS = 400,        /* numbers below it are keys: some tasks are added twice */
    WORKERS = 3,
    QUEUES = 2,
};

/* One thing that a request did. */
struct fact {
    enum fact_kind {
        QUEUE_MADE,
        TASK_ADDED,
        TASK_CLAIMED,
        LEASE_RENEWED,
        LEASE_RELEASED,
        TASK_FINISHED,
        FACT_KINDS
    } kind;
    int queue, worker;
    int64_t id;       /* of the queue or task */
    int64_t lease;
    int64_t until;    /* LEASE_RENEWED */
    int64_t number;   /* TASK_ADDED: what the task is follows from it */
    int64_t exitcode; /* TASK_FINISHED, and: */
    uint64_t said;    /* what was handed in follows from it */
    bool ended;
};

static const char *const FACT_WORDS[FACT_KINDS] = {"queues",   "adds",     "claims",
                                                   "renewals", "releases", "finishes"};

/* How a seed can fail, and when the power can go. */
enum fault { SOUND, LOST, HALF, CORRUPT, INVARIANT, STUCK, FAULTS };
enum moment { IN_TURN, IN_CHECKPOINT, IN_OPENING, IN_CLOSING, MOMENTS };

struct tally {
    int seeds, faults[FAULTS], failed;
    long cuts[MOMENTS], facts[FACT_KINDS], turns, kept_turns, tidied, operations;
};

struct world {
    uint64_t seed, chance;
    bool no_sync, aloud;
    struct power *disk;
    struct store *store;
    struct engine engine;
    int64_t now_us, newest_task, serial;
    long cut_at; /* the operation in which the power is to go */
    struct fact *ledger;
    int count, capacity;
    struct fact doubt[REQUESTS_MAX * FACTS_MAX]; /* of the turn that was not acknowledged */
    int doubt_count;
    enum fault fault;
    char why[400];
    struct tally *tally;
};

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

static uint64_t below(struct world *w, uint64_t bound) { return power_chance(&w->chance, bound); }

static void fail(struct world *w, enum fault fault, const char *format, ...)
{
    va_list args;
    if (w->fault)
        return;
    w->fault = fault;
    va_start(args, format);
    vsnprintf(w->why, sizeof w->why, format, args);
    va_end(args);
}

__attribute__((format(printf, 2, 3))) static void tell(const struct world *w, const char *format, ...)
{
    va_list args;
    if (!w->aloud)
        return;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
}

/* What tasks and results say. -------------------------------------------------------------------------------------- */

/* Mostly short; now and then a few pages; rarely as much as is allowed. */
static size_t random_length(uint64_t *chance, size_t most)
{
    switch (power_chance(chance, 24)) {
    case 0: return power_chance(chance, most);
    case 1:
    case 2:
    case 3: return power_chance(chance, most < 8000 ? most : 8000);
    default: return power_chance(chance, 200);
    }
}

/* n bytes of letters that follow from seed. */
static char *letters(struct arena *a, uint64_t seed, size_t n)
{
    enum { BLOCK = 16 };
    const uint64_t nibbles = 0x0f0f0f0f0f0f0f0f, base = 0x6161616161616161; /* 'a' in each byte */
    char *text = arena_alloc(a, n + BLOCK);
    for (size_t i = 0; i < n; i += BLOCK) {
        uint64_t bits = power_chance(&seed, UINT64_MAX);
        uint64_t block[] = {(bits & nibbles) + base, ((bits >> 4) & nibbles) + base};
        memcpy(text + i, block, BLOCK);
    }
    text[n] = '\0';
    return text;
}

/* The task with this number: a command, or a payload that is one JSON string. */
static struct submit_task task_of(struct arena *a, int64_t number)
{
    uint64_t chance = (uint64_t)number;
    size_t n = 10 + random_length(&chance, 20000);
    char *text = letters(a, chance, n);
    struct submit_task task = {.priority = number % 3, .not_before = NONE};
    task.spec.time_limit_us = NONE;
    if (number < KEYS)
        task.spec.key = arena_printf(a, "key %lld", (long long)number);
    if (number % 4)
        task.spec.command = text;
    else
        task.spec.payload = text;
    if (task.spec.payload)
        text[0] = text[n - 1] = '"';
    return task;
}

static struct finish_result result_of(struct arena *a, const struct fact *f)
{
    uint64_t chance = f->said;
    size_t out_n = random_length(&chance, LIMIT_OUTPUT), err_n = random_length(&chance, 1000);
    struct finish_result result = {
        .lease = f->lease,
        .exitcode = f->exitcode,
        .message = power_chance(&chance, 3) ? NULL : letters(a, chance + 1, power_chance(&chance, 100) + 1),
        .out = {letters(a, chance + 2, out_n), out_n},
        .err = {letters(a, chance + 3, err_n), err_n},
        .out_size = (int64_t)out_n * 2,
        .err_size = NONE,
        .result = power_chance(&chance, 3) ? NULL : "{\"ok\":true}",
    };
    return result;
}

/* The requests. ---------------------------------------------------------------------------------------------------- */

static const char *const QUEUE_NAMES[QUEUES] = {"first", "second"};
static const char *const WORKER_NAMES[WORKERS] = {"ann", "bob", "cyd"};

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
        numbers[i] = keyed ? (int64_t)pick(r, KEYS) : (int64_t)(KEYS + pick(r, 1u << 30));
        tasks[i] = task_of(&r->arena, numbers[i]);
    }
    int code = submit_tasks(t, q, tasks, count, &r->arena, ids, &existed, e);
    for (int i = 0; code == 0 && i < count; i++) {
        if (ids[i] <= r->world->newest_task)
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
    struct claim_ask ask = {.worker = WORKER_NAMES[r->worker]};
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
    struct fact f = {.lease = l->id, .exitcode = pick(r, 3) ? 0 : 1 + (int64_t)pick(r, 100),
                     .said = pick(r, UINT64_MAX)};
    struct finish_result result = result_of(&r->arena, &f);
    int code = finish_task(t, q, WORKER_NAMES[r->worker], &result, &outcome, &first, &f.ended, e);
    if (code == 0 && outcome == FINISH_ACCEPTED) {
        struct fact *noted = note(r, TASK_FINISHED);
        noted->id = l->task;
        noted->lease = f.lease;
        noted->exitcode = f.exitcode;
        noted->said = f.said;
        noted->ended = f.ended;
        r->work.effects.queue = q->id;
        r->work.effects.finished += f.ended;
    }
    return code;
}

static int renew_one(struct request *r, struct turn *t, const struct queue_row *q, const struct lease_row *l,
                     struct err *e)
{
    enum { LONG_SECONDS = 100000 }; /* beyond any lease that was not renewed; each time longer */
    enum renew_outcome outcome;
    int64_t until, length_us = (LONG_SECONDS + ++r->world->serial) * CLOCK_SECOND;
    int code = lease_renew(t, q, WORKER_NAMES[r->worker], l->id, pick(r, 2), length_us, &outcome, &until, e);
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
    int code = lease_release(t, q, WORKER_NAMES[r->worker], l->id, &released, e);
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
    int code = lease_list(t, q, WORKER_NAMES[r->worker], &r->arena, &leases, &count, e);
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
    bool ended;
    struct finish_result result = result_of(&r->arena, &r->again);
    int code = finish_task(t, q, WORKER_NAMES[r->worker], &result, &outcome, &first, &ended, e);
    if (code == 0 && outcome != FINISH_REPEATED)
        fail(r->world, LOST, "lease %lld, finished before, was answered '%s'", (long long)result.lease,
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
    struct queue_ref ref = {.name = QUEUE_NAMES[r->queue]};
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

static void acknowledge(struct world *w, const struct fact *facts, int count)
{
    if (w->count + count > w->capacity) {
        w->capacity = (w->count + count) * 2;
        w->ledger = realloc(w->ledger, (size_t)w->capacity * sizeof *w->ledger);
        if (!w->ledger)
            abort();
    }
    for (int i = 0; i < count; i++) {
        w->ledger[w->count++] = facts[i];
        if (facts[i].kind == TASK_ADDED && facts[i].id > w->newest_task)
            w->newest_task = facts[i].id;
    }
}

static void fill_request(struct world *w, struct request *r)
{
    *r = (struct request){
        .work = {.kind = WORK_RESERVE, .run = run_request, .done = on_done},
        .world = w,
        .begin = below(w, UINT64_MAX),
        .queue = (int)below(w, QUEUES),
        .worker = (int)below(w, WORKERS),
    };
    const struct fact *known = w->count && below(w, 8) == 0 ? &w->ledger[below(w, (uint64_t)w->count)] : NULL;
    if (known && known->kind == TASK_FINISHED) {
        r->again = *known;
        r->queue = known->queue;
        r->worker = known->worker;
    }
}

/* What was acknowledged goes into the ledger, the rest is in doubt until the store is opened again. */
static void settle(struct world *w, struct request *requests, int count, int result, const struct err *e)
{
    if (result && power_is_on(w->disk))
        fail(w, STUCK, "a turn failed while the power was on: %s", e->text);
    for (int i = 0; i < count; i++) {
        struct request *r = &requests[i];
        if (result == 0 && r->work.result)
            fail(w, STUCK, "a request failed: %s", r->work.err.text);
        if (result == 0) {
            acknowledge(w, r->facts, r->count);
            for (int k = 0; k < r->count; k++)
                w->tally->facts[r->facts[k].kind]++;
        } else {
            memcpy(w->doubt + w->doubt_count, r->facts, (size_t)r->count * sizeof *r->facts);
            w->doubt_count += r->count;
        }
        arena_done(&r->arena);
    }
}

static void run_turn(struct world *w)
{
    struct request requests[REQUESTS_MAX];
    struct work *works[REQUESTS_MAX];
    struct err e;
    int taken, count = 1 + (int)below(w, REQUESTS_MAX);
    for (int i = 0; i < count; i++) {
        fill_request(w, &requests[i]);
        works[i] = &requests[i].work;
    }
    w->now_us += (int64_t)below(w, 100 * CLOCK_MS);
    if (below(w, 40) == 0)
        w->now_us += 100 * CLOCK_SECOND; /* leases that were not renewed run out */
    int r = engine_run(&w->engine, works, count, w->now_us, &taken, &e);
    settle(w, requests, count, r, &e);
    w->tally->turns += r == 0;
}

/* Is a fact there? ------------------------------------------------------------------------------------------------- */

enum presence { ABSENT, PRESENT, WRONG };

static enum presence right(bool all) { return all ? PRESENT : WRONG; }
static bool same(const char *a, const char *b) { return a == b || (a && b && strcmp(a, b) == 0); }

static enum presence find_queue(struct world *w, const struct fact *f, struct arena *a)
{
    struct queue_row q;
    struct err e;
    int r = store_queue_by_name(w->store, "owner", QUEUE_NAMES[f->queue], a, &q, &e);
    return r == STORE_EMPTY ? ABSENT : right(r == 0 && q.id == f->id && q.max_attempts == 2);
}

static enum presence find_added(struct world *w, const struct fact *f, struct arena *a)
{
    struct task_full task;
    struct queue_row q = {0};
    struct err e;
    int64_t keyed = NONE;
    struct submit_task wanted = task_of(a, f->number);
    int r = store_queue_by_name(w->store, "owner", QUEUE_NAMES[f->queue], a, &q, &e);
    if (r == 0 && wanted.spec.key)
        r = store_task_by_key(w->store, q.id, wanted.spec.key, &keyed, &e);
    if (r < 0)
        return WRONG;
    r = store_task_full(w->store, f->id, a, &task, &e);
    if (r == STORE_EMPTY)
        return keyed == NONE ? ABSENT : WRONG;
    return right(r == 0 && task.task.queue == q.id && (!wanted.spec.key || keyed == f->id) &&
                 task.task.priority == wanted.priority && same(task.spec.key, wanted.spec.key) &&
                 same(task.spec.command, wanted.spec.command) && same(task.spec.payload, wanted.spec.payload));
}

/* The lease is open, or closed and an attempt. */
static enum presence find_claimed(struct world *w, const struct fact *f, struct arena *a)
{
    struct lease_row l;
    struct attempt_row t;
    struct err e;
    const char *worker = WORKER_NAMES[f->worker];
    int open = store_lease_get(w->store, f->lease, a, &l, &e);
    if (open == 0)
        return right(l.task == f->id && same(l.worker, worker));
    int closed = open < 0 ? open : store_attempt_get(w->store, f->lease, a, &t, &e);
    return closed == STORE_EMPTY ? ABSENT : right(closed == 0 && t.task == f->id && same(t.worker, worker));
}

static enum presence find_renewed(struct world *w, const struct fact *f, struct arena *a)
{
    struct lease_row l;
    struct attempt_row t;
    struct err e;
    int open = store_lease_get(w->store, f->lease, a, &l, &e);
    if (open == 0)
        return l.until >= f->until ? PRESENT : ABSENT;
    int closed = open < 0 ? open : store_attempt_get(w->store, f->lease, a, &t, &e);
    return closed == STORE_EMPTY ? ABSENT : right(closed == 0);
}

static enum presence find_released(struct world *w, const struct fact *f, struct arena *a)
{
    struct attempt_row t;
    struct err e;
    int r = store_attempt_get(w->store, f->lease, a, &t, &e);
    return r == STORE_EMPTY ? ABSENT : right(r == 0 && t.outcome == ATTEMPT_RELEASED);
}

/* n 0: there must be none. */
static bool has_body(struct world *w, struct arena *a, enum body_kind kind, int64_t lease, const char *bytes, size_t n)
{
    struct err e;
    const char *got;
    size_t got_n;
    int r = store_body_get(w->store, kind, lease, a, &got, &got_n, &e);
    return n ? r == 0 && got_n == n && memcmp(got, bytes, n) == 0 : r == STORE_EMPTY;
}

static bool has_bodies(struct world *w, struct arena *a, const struct finish_result *in)
{
    return has_body(w, a, BODY_STDOUT, in->lease, in->out.data, in->out.n) &&
           has_body(w, a, BODY_STDERR, in->lease, in->err.data, in->err.n) &&
           has_body(w, a, BODY_RESULT, in->lease, in->result, in->result ? strlen(in->result) : 0);
}

static bool has_ended(struct world *w, const struct fact *f)
{
    struct task_row task;
    struct err e;
    enum task_state state = f->exitcode ? TASK_FAILED : TASK_SUCCEEDED;
    return store_task_get(w->store, f->id, &task, &e) == 0 && task.state == state && task.lease == f->lease &&
           task.exitcode == f->exitcode;
}

static enum presence find_finished(struct world *w, const struct fact *f, struct arena *a)
{
    struct attempt_row t;
    struct err e;
    struct finish_result in = result_of(a, f), nothing = {.lease = f->lease};
    int r = store_attempt_get(w->store, f->lease, a, &t, &e);
    if (r == STORE_EMPTY)
        return has_bodies(w, a, &nothing) ? ABSENT : WRONG;
    return right(r == 0 && t.outcome == (f->exitcode ? ATTEMPT_FAILED : ATTEMPT_SUCCEEDED) && t.task == f->id &&
                 t.exitcode == f->exitcode && same(t.message, in.message) && t.stdout_size == in.out_size &&
                 t.stderr_size == (int64_t)in.err.n && same(t.worker, WORKER_NAMES[f->worker]) &&
                 has_bodies(w, a, &in) && (!f->ended || has_ended(w, f)));
}

static enum presence find_fact(struct world *w, const struct fact *f)
{
    static enum presence (*const FIND[FACT_KINDS])(struct world *, const struct fact *, struct arena *) = {
        find_queue, find_added, find_claimed, find_renewed, find_released, find_finished};
    struct arena a = {0};
    enum presence presence = FIND[f->kind](w, f, &a);
    arena_done(&a);
    return presence;
}

/* The verdict on a store that was opened again. -------------------------------------------------------------------- */

static int on_value(void *out, int n, char **values, char **names)
{
    snprintf(out, 200, "%s", values[0] ? values[0] : "");
    return 1; /* the first row is enough */
}

/* Runs SQL through a second connection. out, 200 bytes: the first value it answers, else the message. */
static void aside(const char *sql, char *out)
{
    sqlite3 *db = NULL;
    out[0] = '\0';
    int r = sqlite3_open_v2("store.db", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "power");
    if (r == SQLITE_OK)
        r = sqlite3_exec(db, sql, on_value, out, NULL);
    if (r && !out[0])
        on_value(out, 1, (char *[]){(char *)sqlite3_errmsg(db)}, NULL);
    sqlite3_close(db);
}

static void judge_invariants(struct world *w)
{
    const char *name;
    int64_t broken;
    struct err e = {0};
    for (int i = 0; i < store_check_count(); i++)
        if (store_check(w->store, i, &name, &broken, &e) || broken)
            fail(w, INVARIANT, "check '%s' finds %lld rows; %s", name, (long long)broken, e.text);
}

static void judge_ledger(struct world *w)
{
    for (int i = 0; i < w->count && !w->fault; i++) {
        const struct fact *f = &w->ledger[i];
        enum presence presence = find_fact(w, f);
        if (presence != PRESENT)
            fail(w, LOST, "%s: task %lld, lease %lld, acknowledged as number %d of %d, is %s", FACT_WORDS[f->kind],
                 (long long)f->id, (long long)f->lease, i, w->count, presence == WRONG ? "not as it was" : "gone");
    }
}

static void judge_doubt(struct world *w)
{
    int count[3] = {0};
    for (int i = 0; i < w->doubt_count; i++)
        count[find_fact(w, &w->doubt[i])]++;
    if (count[WRONG] || (count[PRESENT] && count[ABSENT]))
        fail(w, HALF, "of the last turn %d are there, %d are not, %d are wrong", count[PRESENT], count[ABSENT],
             count[WRONG]);
    if (w->doubt_count)
        tell(w, "  the turn that was cut (%d facts) is %s\n", w->doubt_count, count[PRESENT] ? "there" : "not there");
    if (count[PRESENT]) {
        acknowledge(w, w->doubt, w->doubt_count);
        w->tally->kept_turns++;
    }
    w->doubt_count = 0;
}

static void judge(struct world *w)
{
    char said[200];
    aside("PRAGMA integrity_check", said);
    for (char *line = said; (line = strchr(line, '\n'));)
        *line = ' ';
    if (strcmp(said, "ok") != 0)
        fail(w, CORRUPT, "integrity_check: %s", said);
    judge_ledger(w);
    if (!w->fault)
        judge_doubt(w);
    if (!w->fault)
        judge_invariants(w);
}

/* A life: from opening to the loss of power. ----------------------------------------------------------------------- */

static int open_store(struct world *w, struct err *e)
{
    struct store_options o = {.path = "store.db", .vfs = "power", .no_sync = w->no_sync};
    int r = store_open(&o, &w->store, e);
    if (r)
        return r;
    w->engine = (struct engine){0};
    w->now_us += CLOCK_SECOND;
    r = engine_init(&w->engine, w->store, w->now_us, e);
    if (r == 0)
        power_sync_dir(w->disk);
    return r;
}

static void close_store(struct world *w)
{
    if (w->engine.parking)
        engine_done(&w->engine);
    store_close(MOVE(w->store));
}

static void note_cut(struct world *w, enum moment moment)
{
    static const char *const WORDS[MOMENTS] = {"in a turn", "in a checkpoint", "while opening", "while closing"};
    w->tally->cuts[moment]++;
    tell(w, "cut %s, operation %ld, after %d facts\n", WORDS[moment], power_operations(w->disk), w->count);
}

/* The power comes back, and may go again while the store is being opened. */
static void come_back(struct world *w)
{
    enum { AGAIN_MAX = 3 };
    struct err e;
    for (int again = 0;; again++) {
        power_on(w->disk);
        if (again < AGAIN_MAX && below(w, 2))
            power_cut_in(w->disk, 1 + (long)below(w, below(w, 2) ? 60 : 6));
        int r = open_store(w, &e);
        if (power_is_on(w->disk)) {
            if (r)
                fail(w, STUCK, "the store could not be opened: %s", e.text);
            break;
        }
        note_cut(w, IN_OPENING);
        close_store(w);
    }
    power_cut_in(w->disk, 0);
    if (!w->fault)
        judge(w);
}

/* The power goes in the n-th operation from now. */
static void plan_cut(struct world *w, long n)
{
    w->cut_at = power_operations(w->disk) + n;
    power_cut_in(w->disk, n);
}

static enum moment checkpoint(struct world *w)
{
    static const char *const WAYS[] = {"PRAGMA wal_checkpoint(PASSIVE)", "PRAGMA wal_checkpoint(RESTART)",
                                       "PRAGMA wal_checkpoint(TRUNCATE)"};
    char said[200];
    if (below(w, 2))
        plan_cut(w, 1 + (long)below(w, 40));
    aside(WAYS[below(w, COUNT_OF(WAYS))], said);
    if (power_is_on(w->disk) && strcmp(said, "0") != 0)
        fail(w, STUCK, "a checkpoint failed: %s", said);
    return IN_CHECKPOINT;
}

/* A stop as it should be: SQLite moves its log into the database and removes it. */
static enum moment restart(struct world *w)
{
    struct err e;
    if (below(w, 2))
        plan_cut(w, 1 + (long)below(w, 40));
    close_store(w);
    if (!power_is_on(w->disk))
        return IN_CLOSING;
    if (open_store(w, &e) && power_is_on(w->disk))
        fail(w, STUCK, "the store could not be opened after a stop: %s", e.text);
    return IN_OPENING;
}

/* Tidies up as the server does after each turn, at times as if there were little room; a checkpoint is often cut. */
static void tidy(struct world *w)
{
    struct err e;
    long begun = power_operations(w->disk);
    if (below(w, 2))
        power_cut_in(w->disk, 1 + (long)below(w, 1500));
    if (store_tidy(w->store, below(w, 16) == 0, &e) && power_is_on(w->disk))
        fail(w, STUCK, "tidying up failed: %s", e.text);
    long now = power_operations(w->disk);
    w->tally->tidied += now != begun;
    if (power_is_on(w->disk))
        power_cut_in(w->disk, w->cut_at > now ? w->cut_at - now : 1);
}

static enum moment work_on(struct world *w)
{
    run_turn(w);
    if (!power_is_on(w->disk) || w->fault)
        return IN_TURN;
    tidy(w);
    return IN_CHECKPOINT;
}

/* steady: nothing but turns, so that the log grows until it is tidied up. */
static void live(struct world *w, bool steady)
{
    enum moment moment = IN_TURN;
    while (power_is_on(w->disk) && !w->fault) {
        uint64_t next = steady ? 64 : below(w, 64);
        moment = next == 0 ? restart(w) : next < 4 ? checkpoint(w) : work_on(w);
    }
    if (!power_is_on(w->disk))
        note_cut(w, moment);
}

/* How many operations the next life has: of any order of size; a steady one fills the log once or twice. */
static long lifetime(struct world *w, bool steady)
{
    return 1 + (long)(steady ? 8000 + below(w, 8000) : below(w, 8u << below(w, 10)));
}

static void live_and_die(struct world *w)
{
    char said[200];
    if (w->seed & 2)
        aside("PRAGMA page_size = 1024; PRAGMA journal_mode = WAL", said); /* more of everything in less */
    power_sync_dir(w->disk);
    come_back(w);
    int cuts = 1 + (int)below(w, CUTS_MAX);
    for (int i = 0; i < cuts && !w->fault; i++) {
        bool steady = i == 0 && w->seed % 20 == 2;
        plan_cut(w, lifetime(w, steady));
        live(w, steady);
        close_store(w);
        if (!w->fault)
            come_back(w);
    }
    for (int i = 0; i < 3 && !w->fault; i++)
        run_turn(w);
    close_store(w);
    if (!w->fault)
        come_back(w);
    close_store(w);
}

static void run_seed(uint64_t seed, bool no_sync, bool aloud, struct tally *tally)
{
    static const char *const WORDS[FAULTS] = {"sound", "lost", "half", "corrupt", "invariant", "stuck"};
    struct world w = {.seed = seed, .chance = seed, .no_sync = no_sync, .aloud = aloud, .tally = tally,
                      .now_us = 1700000000 * CLOCK_SECOND, .disk = power_new(~seed, seed & 1)};
    live_and_die(&w);
    tally->seeds++;
    tally->faults[w.fault]++;
    tally->failed += w.fault != SOUND;
    tally->operations += power_operations(w.disk);
    if (aloud || (w.fault && !no_sync))
        printf("seed %llu: %s: %s\n", (unsigned long long)seed, WORDS[w.fault], w.why);
    power_free(w.disk);
    free(w.ledger);
}

/* The figures. ----------------------------------------------------------------------------------------------------- */

static void print_tally(const char *name, const struct tally *t)
{
    printf("%s: %d seeds, %d failed; cuts: %ld in turns, %ld in checkpoints, %ld while opening, %ld while closing;"
           " %ld changing operations\n", name, t->seeds, t->failed, t->cuts[IN_TURN], t->cuts[IN_CHECKPOINT],
           t->cuts[IN_OPENING], t->cuts[IN_CLOSING], t->operations);
    printf("  acknowledged: %ld turns", t->turns);
    for (int i = 0; i < FACT_KINDS; i++)
        printf(", %ld %s", t->facts[i], FACT_WORDS[i]);
    printf("; kept without having been acknowledged: %ld turns; logs tidied up: %ld\n", t->kept_turns, t->tidied);
}

static void check_sound(const struct tally *t)
{
    print_tally("synchronous=FULL", t);
    CHECK("what was acknowledged is there after the power went", t->faults[LOST] == 0);
    CHECK("a turn that was cut is there as a whole or not at all", t->faults[HALF] == 0);
    CHECK("SQLite finds its file whole", t->faults[CORRUPT] == 0);
    CHECK("the invariants hold", t->faults[INVARIANT] == 0);
    CHECK("the store opens again and work goes on", t->faults[STUCK] == 0);
    CHECK("the power went at every kind of moment", t->cuts[IN_TURN] >= SEEDS && t->cuts[IN_CHECKPOINT] >= SEEDS / 10 &&
          t->cuts[IN_OPENING] >= SEEDS / 2 && t->cuts[IN_CLOSING] >= SEEDS / 40);
}

static void check_mutation(const struct tally *t)
{
    print_tally("synchronous=OFF", t);
    printf("  lost: %d, half a turn: %d, corrupt: %d, invariants: %d, stuck: %d\n", t->faults[LOST], t->faults[HALF],
           t->faults[CORRUPT], t->faults[INVARIANT], t->faults[STUCK]);
    CHECK("without syncs the same test fails", t->failed >= SEEDS / 2);
}

int main(int argc, char **argv)
{
    struct tally full = {0}, off = {0};
    if (argc > 1) {
        run_seed(strtoull(argv[1], NULL, 10), argc > 2, true, &full);
        print_tally("this seed", &full);
        return full.failed != 0;
    }
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run_seed(seed, false, false, &full);
    check_sound(&full);
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run_seed(seed, true, false, &off);
    check_mutation(&off);
    return check_end();
}
