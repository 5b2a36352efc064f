/* A client and whoever looks after the server, as doc/PROTOCOL.md has them: what was refused (507, 500) is not there, and is asked
 * again; of what ended in commit_unknown all is there or nothing, the server is started again, and the same is asked again; an answer
 * that came holds for ever. An answer must be the one of the run without faults, to the id. */
#include "fault.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum { TRIES = 20, PATIENCE = 8, SETTLE_TURNS = 200, SOON_SECONDS = 10 };

static const struct step *step_of(int step) { return &FAULT_STEPS[step]; }

/* Is the store as it was before the step (answers is how many asks of it have been answered), or as it is after it? */
static void must_be_unchanged(struct world *w, int step, const char *when)
{
    const char *table = "";
    if (!world_is(w, step - 1, &table))
        world_fail(w, "'%s' was refused, and %s its '%s' is not as before", step_of(step)->name, when, table);
}

static void must_be_whole(struct world *w, int step)
{
    const char *table = "";
    if (!world_is(w, step - 1, NULL) && !world_is(w, step, &table))
        world_fail(w, "'%s' was answered commit_unknown and is there in part: '%s'", step_of(step)->name, table);
}

static int run_ask(struct work *work, struct turn *t, struct err *e)
{
    struct ask *a = (struct ask *)work;
    struct queue_row q = {0};
    struct who who = {.user = "owner"};
    struct queue_ref ref = {.name = "q"};
    arena_done(&a->arena);
    a->answer = (struct fault_answer){0};
    int r = queue_find(t, &who, &ref, &a->arena, &q, e);
    return r && r != ERR_QUEUE_NOT_FOUND ? r : a->run(a, t, &q, e);
}

/* What it is told now is what it goes by. */
static void on_done(struct work *work) { ((struct ask *)work)->told = true; }

static void accept(struct world *w, struct ask *a)
{
    struct fault_answer *kept = &w->answers[a->step][a->number];
    const struct fault_answer *right = &w->known->answers[a->step][a->number];
    *kept = a->answer;
    kept->done = true;
    if (!w->known->pictured)
        w->known->answers[a->step][a->number] = *kept;
    else if (kept->count != right->count || memcmp(kept->ids, right->ids, sizeof kept->ids) != 0)
        world_fail(w, "'%s', request %d, was answered %d ids (%lld, …), not %d (%lld, …)", step_of(a->step)->name, a->number,
                   kept->count, (long long)kept->ids[0], right->count, (long long)right->ids[0]);
}

/* Asks whatever of the step has no answer yet, all in one turn. *out_answered, *out_refused: how many were. */
static int ask_once(struct world *w, int step, int *out_answered, int *out_refused)
{
    struct ask asks[FAULT_ASKS];
    struct work *works[FAULT_ASKS];
    struct err e = {0};
    int count = 0;
    for (int i = 0; i < FAULT_ASKS && step_of(step)->asks[i].run; i++) {
        if (w->answers[step][i].done)
            continue;
        asks[count] = (struct ask){.work = {.kind = step_of(step)->asks[i].kind, .run = run_ask, .done = on_done}, .world = w,
                                   .step = step, .number = i, .run = step_of(step)->asks[i].run};
        works[count] = &asks[count].work;
        count++;
    }
    world_turn(w, works, count, &e);
    *out_answered = *out_refused = 0;
    for (int i = 0; i < count; i++) {
        int result = asks[i].work.result;
        if (!asks[i].told) {
            world_fail(w, "'%s' was told nothing", step_of(step)->name);
        } else if (result == 0) {
            accept(w, &asks[i]);
            ++*out_answered;
        } else if (result == ERR_STORAGE_FULL || result == -ERR_INTERNAL || result == -ERR_STORAGE_FULL) {
            ++*out_refused;
        } else if (result != -ERR_COMMIT_UNKNOWN) {
            world_fail(w, "'%s' ended with %d: %s", step_of(step)->name, result, asks[i].work.err.text);
        }
        world_tell(w, "  %s, request %d: %d %s\n", step_of(step)->name, asks[i].number, result, asks[i].work.err.text);
        arena_done(&asks[i].arena);
    }
    return count;
}

static void ask_step(struct world *w, int step)
{
    int answered_before = 0;
    for (int tries = 0; !w->broken; tries++) {
        int answered, refused, count = ask_once(w, step, &answered, &refused);
        if (tries)
            w->repeated += answered;
        if (answered == count)
            return;
        w->refused += refused;
        bool untouched = !answered_before && !answered;
        answered_before += answered;
        if (w->engine.failed) {
            w->unknown += count - answered - refused;
            world_restart(w, false);
            if (untouched && !w->broken)
                must_be_whole(w, step);
        } else if (untouched) {
            must_be_unchanged(w, step, "now");
        }
        if (refused && w->plan.end == FAULT_KILL && !w->mended) {
            world_restart(w, true);
            if (untouched && !w->broken)
                must_be_unchanged(w, step, "after a kill");
        }
        if (tries == PATIENCE)
            world_restart(w, true);
        if (tries == TRIES)
            world_fail(w, "'%s' was never answered", step_of(step)->name);
        w->now_us += CLOCK_SECOND;
    }
}

/* Turns until nothing more is due. */
static void settle(struct world *w)
{
    struct err e;
    for (int turns = 0; !w->broken; turns++) {
        world_turn(w, NULL, 0, &e);
        if (w->engine.failed || turns == SETTLE_TURNS / 2)
            world_restart(w, !w->engine.failed);
        int64_t due_us = w->broken ? NONE : engine_due(&w->engine, w->now_us);
        if (!w->broken && !w->engine.full && turns > 2 && (due_us == NONE || due_us > w->now_us + SOON_SECONDS * CLOCK_SECOND))
            return;
        if (turns == SETTLE_TURNS)
            world_fail(w, "it never came to rest: %s", e.text);
        w->now_us += CLOCK_SECOND;
    }
}

/* Leases run out; a restart gives them their time anew, so it has to pass again. */
static void pass_time(struct world *w)
{
    enum { LONG_SECONDS = 10000 };
    long before;
    do {
        before = w->restarts;
        w->now_us += LONG_SECONDS * CLOCK_SECOND;
        settle(w);
    } while (w->restarts != before && !w->broken);
}

static void start_again(struct world *w, bool killed)
{
    struct err e;
    if (killed)
        disk_leave(w->disk);
    world_close(w);
    if (killed)
        disk_on(w->disk);
    if (world_open(w, &e)) {
        world_tell(w, "  it did not start: %s\n", e.text);
        world_restart(w, false); /* it ended with 1; the disk works again */
    }
}

static void do_step(struct world *w, int step)
{
    bool moved;
    struct err unheard;
    switch (step_of(step)->act) {
    case ACT_ASK: ask_step(w, step); break;
    case ACT_PASS: pass_time(w); break;
    case ACT_SETTLE: settle(w); break;
    case ACT_TIDY: store_tidy(w->store, 1, &moved, &unheard); break;
    case ACT_RESTART: start_again(w, false); break;
    case ACT_KILL: start_again(w, true); break;
    }
}

void client_run(struct world *w)
{
    const char *table = "";
    struct err e;
    if (world_open(w, &e))
        world_restart(w, false);
    for (int step = 0; step < FAULT_STEP_COUNT && !w->broken; step++) {
        world_tell(w, "%s (%ld calls so far)\n", step_of(step)->name, w->calls);
        do_step(w, step);
        if (!w->known->pictured)
            world_picture(w, &w->known->after[step]);
    }
    if (!w->broken)
        world_power_cut(w);
    if (!w->broken && !world_is(w, FAULT_STEP_COUNT - 1, &table))
        world_fail(w, "at the end '%s' is not as without faults", table);
    if (!w->broken)
        world_judge(w);
}
