/* What was acknowledged, and whether it is there. A fact holds numbers only: what its task or result says follows from
 * them, so that long contents cost the ledger nothing and are compared to the byte all the same.
 *
 * A fact is present (as it was, or as later facts have left it), absent, or wrong: there in part, or different. The
 * turn that was cut is in doubt: its facts must be present all together or absent all together. */
#include "power_world.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

const char *const LEDGER_WORDS[FACT_KINDS] = {"queues", "adds", "claims", "renewals", "releases", "finishes"};
const char *const LEDGER_QUEUES[QUEUES] = {"first", "second"};
const char *const LEDGER_WORKERS[WORKERS] = {"ann", "bob", "cyd"};

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

struct submit_task ledger_task(struct arena *a, int64_t number)
{
    uint64_t chance = (uint64_t)number;
    size_t n = 10 + random_length(&chance, 20000);
    char *text = letters(a, chance, n);
    struct submit_task task = {.priority = number % 3, .not_before = NONE};
    task.spec.time_limit_us = NONE;
    if (number < LEDGER_KEYS)
        task.spec.key = arena_printf(a, "key %lld", (long long)number);
    if (number % 4)
        task.spec.command = text;
    else
        task.spec.payload = text;
    if (task.spec.payload)
        text[0] = text[n - 1] = '"';
    return task;
}

struct finish_result ledger_result(struct arena *a, const struct fact *f)
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

/* What is known. --------------------------------------------------------------------------------------------------- */

void ledger_acknowledge(struct ledger *l, const struct fact *facts, int count)
{
    if (l->count + count > l->capacity) {
        l->capacity = (l->count + count) * 2;
        l->facts = realloc(l->facts, (size_t)l->capacity * sizeof *l->facts);
        if (!l->facts)
            abort();
    }
    for (int i = 0; i < count; i++) {
        l->facts[l->count++] = facts[i];
        if (facts[i].kind == TASK_ADDED && facts[i].id > l->newest_task)
            l->newest_task = facts[i].id;
    }
}

void ledger_doubt(struct ledger *l, const struct fact *facts, int count)
{
    memcpy(l->doubt + l->doubt_count, facts, (size_t)count * sizeof *facts);
    l->doubt_count += count;
}

void ledger_done(struct ledger *l) { free(l->facts); }

/* Is a fact there? ------------------------------------------------------------------------------------------------- */

enum presence { ABSENT, PRESENT, WRONG };

static enum presence right(bool all) { return all ? PRESENT : WRONG; }
static bool same(const char *a, const char *b) { return a == b || (a && b && strcmp(a, b) == 0); }

static enum presence find_queue(struct world *w, const struct fact *f, struct arena *a)
{
    struct queue_row q;
    struct err e;
    int r = store_queue_by_name(w->store, "owner", LEDGER_QUEUES[f->queue], a, &q, &e);
    return r == STORE_EMPTY ? ABSENT : right(r == 0 && q.id == f->id && q.max_attempts == 2);
}

static enum presence find_added(struct world *w, const struct fact *f, struct arena *a)
{
    struct task_full task;
    struct queue_row q = {0};
    struct err e;
    int64_t keyed = NONE;
    struct submit_task wanted = ledger_task(a, f->number);
    int r = store_queue_by_name(w->store, "owner", LEDGER_QUEUES[f->queue], a, &q, &e);
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
    const char *worker = LEDGER_WORKERS[f->worker];
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
    struct finish_result in = ledger_result(a, f), nothing = {.lease = f->lease};
    int r = store_attempt_get(w->store, f->lease, a, &t, &e);
    if (r == STORE_EMPTY)
        return has_bodies(w, a, &nothing) ? ABSENT : WRONG;
    return right(r == 0 && t.outcome == (f->exitcode ? ATTEMPT_FAILED : ATTEMPT_SUCCEEDED) && t.task == f->id &&
                 t.exitcode == f->exitcode && same(t.message, in.message) && t.stdout_size == in.out_size &&
                 t.stderr_size == (int64_t)in.err.n && same(t.worker, LEDGER_WORKERS[f->worker]) &&
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

/* Judgement. ------------------------------------------------------------------------------------------------------- */

static void judge_acknowledged(struct world *w)
{
    const struct ledger *l = &w->ledger;
    for (int i = 0; i < l->count && !w->fault; i++) {
        const struct fact *f = &l->facts[i];
        enum presence presence = find_fact(w, f);
        if (presence != PRESENT)
            world_fail(w, LOST, "%s: task %lld, lease %lld, acknowledged as number %d of %d, is %s",
                       LEDGER_WORDS[f->kind], (long long)f->id, (long long)f->lease, i, l->count,
                       presence == WRONG ? "not as it was" : "gone");
    }
}

static void judge_doubt(struct world *w)
{
    struct ledger *l = &w->ledger;
    int count[3] = {0};
    for (int i = 0; i < l->doubt_count; i++)
        count[find_fact(w, &l->doubt[i])]++;
    if (count[WRONG] || (count[PRESENT] && count[ABSENT]))
        world_fail(w, HALF, "of the last turn %d are there, %d are not, %d are wrong", count[PRESENT], count[ABSENT],
                   count[WRONG]);
    if (l->doubt_count)
        world_tell(w, "  the turn that was cut (%d facts) is %s\n", l->doubt_count,
                   count[PRESENT] ? "there" : "not there");
    if (count[PRESENT]) {
        ledger_acknowledge(l, l->doubt, l->doubt_count);
        w->tally->kept_turns++;
    }
    l->doubt_count = 0;
}

void ledger_judge(struct world *w)
{
    judge_acknowledged(w);
    if (!w->fault)
        judge_doubt(w);
}
