/* The core in simulation: for each seed a store in memory, a few queues and workers, and some turns of random requests:
 * tasks that wait for others, claims (some waiting, some for a second lease), results, renewals, give-backs, everything
 * that can be asked of tasks, by id or for many, changed tasks, queues removed and made again, readers of changes; with
 * deaths (leases that nobody renews), clock jumps, restarts, and handlers that fail or refuse after they have written.
 * Most seeds cut what is long into very small slices, so that restarts fall between them. After each turn every answer
 * is held against the model, every task in the store against the model's, and memory (who waits, rates, revision)
 * with what the store and the model say; after every second or so the invariants of core/task.def are asked.
 *
 *   sim_core [SEEDS [FIRST]]        runs SEEDS seeds (1000) beginning with FIRST (1) */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "sim.h"

enum { TURNS = 40 };

const char *const SIM_WORKERS[MODEL_WORKERS] = {"w0", "w1", "w2", "w3", "w4"};
const char *const SIM_SLOTS[MODEL_SLOTS] = {"q0", "q1", "q2"};
const char *const SIM_CONSUMERS[MODEL_CONSUMERS] = {"c0", "c1", "c2"};
const struct who SIM_WHO = {.user = "someone"};

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled", 2016. */
uint64_t sim_draw(struct sim *s, uint64_t below)
{
    s->random ^= s->random >> 12;
    s->random ^= s->random << 25;
    s->random ^= s->random >> 27;
    return (s->random * UINT64_C(2685821657736338717) >> 11) % below;
}

void sim_must(const struct sim *s, bool holds, const char *what)
{
    if (holds)
        return;
    printf("not ok simulation (seed %d, turn %d: %s)\n", s->seed, s->turn, what);
    exit(1);
}

void sim_equal(const struct sim *s, int64_t model, int64_t core, const char *what)
{
    if (model != core)
        printf("# the model says %" PRId64 ", the core %" PRId64 "\n", model, core);
    sim_must(s, model == core, what);
}

/* What runs is noted in the order it runs in ------------------------------------------------------------------------- */

static void note(struct sim *s, struct sim_work *w, int result)
{
    sim_must(s, s->run_count < SIM_RUNS, "too much ran in one turn");
    s->runs[s->run_count++] = (struct sim_run){w, result};
}

/* New works before `index` that did not run in this try were refused, or failed, in an earlier one: at this place. */
static void note_broken(struct sim *s, int index)
{
    for (; s->next_index < index; s->next_index++)
        note(s, s->works[s->next_index], s->works[s->next_index]->work.result);
}

static int run(struct work *work, struct turn *t, struct err *e)
{
    struct sim_work *w = (struct sim_work *)work;
    struct sim *s = w->sim;
    int r = sim_run_op(w, t, e);
    if (r != TURN_PARK && w->trouble == FAILS)
        r = err_fail(e, ERR_INTERNAL, "this handler was told to fail");
    else if (r != TURN_PARK && w->trouble == REFUSES_LATE)
        r = err_refuse(e, ERR_BAD_FIELD, "this handler refuses after it has written");
    bool is_new = w->index >= s->next_index; /* else it waited, and all new ones have run */
    note_broken(s, is_new ? w->index : s->work_count);
    s->next_index += is_new;
    note(s, w, r);
    return r;
}

/* The first work of each turn: a try begins. */
struct sim_marker {
    struct work work;
    struct sim *sim;
};

static int run_marker(struct work *work, struct turn *t, struct err *e)
{
    struct sim *s = ((struct sim_marker *)work)->sim;
    s->run_count = s->next_index = 0;
    return 0;
}

static void done_marker(struct work *work) {}
static void done(struct work *work) { ((struct sim_work *)work)->told = true; }

/* A turn ------------------------------------------------------------------------------------------------------------ */

static void free_work(struct sim_work *w)
{
    sim_reader_left(w->sim, w);
    arena_done(&w->arena);
    free(w);
}

static void tell_model(struct sim *s)
{
    note_broken(s, s->work_count);
    for (int i = 0; i < s->run_count; i++) {
        struct sim_work *w = s->runs[i].work;
        if (s->runs[i].result != TURN_PARK && w->trouble != NO_TROUBLE)
            continue;
        s->answers++;
        sim_compare_op(s, w, s->runs[i].result);
    }
}

/* Drops what is answered, keeps what waits. */
static void settle(struct sim *s)
{
    struct sim_work *all[SIM_WORKS + SIM_WAITERS];
    int n = 0, waiting = 0;
    for (int i = 0; i < s->waiting_count; i++)
        all[n++] = s->waiting[i];
    for (int i = 0; i < s->work_count; i++)
        all[n++] = s->works[i];
    for (int i = 0; i < n; i++) {
        struct sim_work *w = all[i];
        bool waits = list_linked(&w->work.parked);
        sim_must(s, waits == !w->told, waits ? "an answered work still waits" : "a work was forgotten");
        if (waits) {
            sim_must(s, w->work.result == TURN_PARK, "a work waits and has its answer");
            w->index = -1;
            s->waiting[waiting++] = w;
            continue;
        }
        sim_must(s, w->trouble != FAILS || w->work.over || w->work.result == -ERR_INTERNAL, "a failing handler was not told so");
        free_work(w);
    }
    s->waiting_count = waiting;
}

void sim_turn(struct sim *s, struct sim_work **works, int count)
{
    struct sim_marker marker = {.work = {.run = run_marker, .done = done_marker, .kind = WORK_READ}, .sim = s};
    struct work *plain[SIM_WORKS + 2] = {&marker.work};
    struct err e;
    int taken;
    for (int i = 0; i < count; i++) {
        works[i]->index = i;
        works[i]->work.run = run;
        works[i]->work.done = done;
        plain[i + 1] = &works[i]->work;
    }
    s->works = works;
    s->work_count = count;
    int kept = s->slices.kept;
    plain[count + 1] = sim_memory_slice(s);
    sim_must(s, engine_run(&s->engine, plain, count + 2, s->now_us, &taken, &e) == 0, e.text);
    sim_must(s, taken == count + 2, "a turn did not take all");
    model_turn(s->model, s->now_us);
    tell_model(s);
    settle(s);
    sim_check(s);
    sim_check_memory(s, kept);
}

static void random_turn(struct sim *s)
{
    struct sim_work *works[SIM_WORKS];
    int count = (int)sim_draw(s, s->waiting_count + SIM_WORKS < SIM_WAITERS ? SIM_WORKS + 1 : 1);
    for (int i = 0; i < count; i++)
        works[i] = sim_random(s);
    sim_turn(s, works, count);
}

/* What happens between turns ---------------------------------------------------------------------------------------- */

static void move_clock(struct sim *s)
{
    if (sim_draw(s, 4) == 0)
        s->now_us += (int64_t)sim_draw(s, 1000);
    else
        s->now_us += (int64_t)sim_draw(s, 12) * CLOCK_SECOND + (int64_t)sim_draw(s, 1000000);
    if (sim_draw(s, 40) == 0)
        s->now_us += INT64_C(7000) * CLOCK_SECOND;
    if (sim_draw(s, 80) == 0)
        s->now_us += INT64_C(8) * 86400 * CLOCK_SECOND;
}

static void hang_up(struct sim *s)
{
    if (!s->waiting_count || sim_draw(s, 6))
        return;
    int i = (int)sim_draw(s, (uint64_t)s->waiting_count);
    engine_unpark(&s->engine, &s->waiting[i]->work);
    free_work(s->waiting[i]);
    s->waiting[i] = s->waiting[--s->waiting_count];
}

static void start(struct sim *s)
{
    struct err e;
    s->engine = (struct engine){.turn_rows = s->model->turn_rows, .slice_rows = s->model->slice_rows};
    sim_must(s, engine_init(&s->engine, s->store, s->now_us, &e) == 0, e.text);
    sim_memory_begin(s);
}

static void stop(struct sim *s)
{
    while (s->waiting_count) {
        engine_unpark(&s->engine, &s->waiting[--s->waiting_count]->work);
        free_work(s->waiting[s->waiting_count]);
    }
    engine_done(&s->engine);
}

static void restart(struct sim *s)
{
    stop(s);
    start(s);
    model_restart(s->model, s->now_us);
}

/* A seed ------------------------------------------------------------------------------------------------------------ */

static void make_queues(struct sim *s)
{
    for (int i = 0; i < MODEL_SLOTS; i++) {
        struct sim_work *w = sim_new(s, OP_SET);
        w->slot = i;
        w->policy = sim_policy(s, NULL);
        sim_turn(s, &w, 1);
    }
}

/* Most seeds have slices of a few rows; some those that a server has. */
static void begin(struct sim *s)
{
    struct err e;
    struct store_options o = {.path = ":memory:", .pack_after = 20};
    s->model = calloc(1, sizeof *s->model);
    sim_must(s, s->model && store_open(&o, &s->store, &e) == 0, "no store");
    bool small = sim_draw(s, 4) != 0;
    s->model->slice_rows = small ? 1 + (int)sim_draw(s, 10) : 250;
    s->model->turn_rows = small ? 1 + (int)sim_draw(s, 20) : 1000;
    for (int i = 0; i < MODEL_SLOTS; i++)
        s->model->slots[i] = -1;
    start(s);
    sim_begin_readers(s);
    make_queues(s);
}

static void end(struct sim *s)
{
    sim_settle_down(s);
    restart(s);
    sim_settle_down(s);
    for (int i = 0; i < SIM_READERS; i++)
        sim_read_to_end(s, i);
    sim_check_store(s);
    sim_check_looks(s);
    stop(s);
    store_close(s->store);
    free(s->model);
}

/* Some readers are told all there is, and wait for more. */
static void follow(struct sim *s)
{
    for (uint64_t i = sim_draw(s, 4) == 0 ? SIM_READERS : 1; i > 0; i--) {
        int reader = (int)sim_draw(s, SIM_READERS);
        sim_read_to_end(s, reader);
        sim_wait_for_change(s, reader);
    }
}

static int64_t run_seed(int seed)
{
    static struct sim s;
    s = (struct sim){.random = (uint64_t)seed * UINT64_C(0x9E3779B97F4A7C15) + 1, .seed = seed,
                     .now_us = INT64_C(1700000000) * CLOCK_SECOND};
    begin(&s);
    for (s.turn = 0; s.turn < TURNS; s.turn++) {
        move_clock(&s);
        hang_up(&s);
        if (sim_draw(&s, 30) == 0)
            restart(&s);
        random_turn(&s);
        if (sim_draw(&s, 2) == 0)
            sim_check_store(&s);
        if (s.model->announcement_count || sim_draw(&s, 3) == 0)
            sim_check_looks(&s);
        if (sim_draw(&s, 20) == 0)
            sim_settle_down(&s);
        if (sim_draw(&s, 8) == 0)
            follow(&s);
    }
    end(&s);
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
