/* See sim.h. Store and memory held against the model. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "core/parking.h"
#include "core/rate.h"
#include "sim.h"

/* Tasks ------------------------------------------------------------------------------------------------------------ */

static void check_counts(struct sim *s, const struct model_task *t, const struct task_row *row)
{
    if (row->state != t->state)
        printf("# task %" PRId64 ", after event %" PRId64 "\n", t->id, row->event);
    sim_equal(s, t->state, row->state, "a task is in another state");
    sim_must(s, row->failures == t->failures && row->crashes == t->crashes && row->leases == t->leases && row->open == t->open,
             "a task has counted otherwise");
    sim_equal(s, model_unmet(t), row->unmet, "a task waits for another number of tasks");
    sim_must(s, row->priority == t->priority && row->exitcode == t->exitcode && row->finished == t->finished,
             "a task looks otherwise");
    if (t->state == TASK_WAITING)
        sim_must(s, row->not_before == t->not_before, "a task waits for another moment");
}

static void check_tasks(struct sim *s)
{
    struct err e;
    struct task_row row;
    for (int i = 0; i < s->model->task_count; i++) {
        const struct model_task *t = &s->model->tasks[i];
        int r = store_task_get(s->store, t->id, &row, &e);
        sim_must(s, r == (t->gone ? STORE_EMPTY : 0), t->gone ? "a removed task is there" : "a task is missing");
        if (!t->gone)
            check_counts(s, t, &row);
    }
}

static bool waits_as_in_model(const struct sim *s, const struct model_task *t, const struct dependency_row *row)
{
    for (int i = 0; i < t->need_count; i++)
        if (s->model->tasks[t->needs[i].task].id == row->needs)
            return t->needs[i].met == row->met;
    return false;
}

static void check_needs(struct sim *s)
{
    struct err e;
    struct arena a = {0};
    for (int i = 0; i < s->model->task_count; i++) {
        const struct model_task *t = &s->model->tasks[i];
        struct dependency_row *rows;
        int count = 0;
        if (t->gone || !t->need_count)
            continue;
        sim_must(s, store_dependency_list(s->store, t->id, 100, &a, &rows, &count, &e) == 0, e.text);
        sim_must(s, count == t->need_count, "a task needs another number of tasks");
        for (int k = 0; k < count; k++)
            sim_must(s, waits_as_in_model(s, t, &rows[k]), "a task needs other tasks");
    }
    arena_done(&a);
}

static void check_invariants(struct sim *s)
{
    struct err e;
    const char *name;
    int64_t broken;
    for (int i = 0; i < store_check_count(); i++) {
        sim_must(s, store_check(s->store, i, &name, &broken, &e) == 0, e.text);
        sim_must(s, broken == 0, name);
    }
}

/* What is open is what the model has open, and as far. */
static void check_operations(struct sim *s)
{
    struct err e;
    struct arena a = {0};
    struct operation_row *rows = NULL;
    int count = 0;
    sim_must(s, store_operation_next(s->store, MODEL_OPEN, &a, &rows, &count, &e) == 0, e.text);
    sim_equal(s, s->model->operation_count, count, "another number of operations is open");
    for (int i = 0; i < count; i++) {
        sim_equal(s, s->model->operations[i].changed, rows[i].done, "an operation has changed another number of tasks");
        sim_equal(s, s->model->operations[i].live, rows[i].live, "an operation took another number from live workers");
    }
    arena_done(&a);
}

void sim_check_store(struct sim *s)
{
    check_operations(s);
    check_needs(s);
    check_invariants(s);
}

/* Tombstones ------------------------------------------------------------------------------------------------------- */

static struct model_stone *buried(struct sim *s, const struct tombstone_row *row)
{
    for (int i = 0; i < s->model->stone_count; i++) {
        struct model_stone *stone = &s->model->stones[i];
        bool same = stone->task < 0 ? row->task == NONE : row->task == s->model->tasks[stone->task].id;
        if (same && row->queue == stone->queue + 1)
            return stone;
    }
    return NULL;
}

/* Each removal left one, told once by the store under which revision; none is forgotten too early or kept too long. */
static void check_stones(struct sim *s)
{
    enum { MOST = 2000 };
    struct err e;
    struct arena a = {0};
    struct tombstone_row *rows = NULL;
    int count = 0;
    sim_must(s, store_tombstone_changed(s->store, 0, MOST, &a, &rows, &count, &e) == 0, e.text);
    sim_equal(s, s->model->stone_count, count, "another number of removals is remembered");
    for (int i = 0; i < count; i++) {
        struct model_stone *stone = buried(s, &rows[i]);
        sim_must(s, stone && stone->at == rows[i].at, "the removal of something else is remembered");
        sim_must(s, !stone->rev || stone->rev == rows[i].rev, "a removal is remembered twice");
        stone->rev = rows[i].rev;
    }
    sim_equal(s, s->model->forgotten, store_forgotten(s->store), "other removals were forgotten");
    arena_done(&a);
}

/* Memory ----------------------------------------------------------------------------------------------------------- */

/* Nobody waits for a task that could be handed out, nor for one of a queue that is gone. */
static void check_waiting(struct sim *s)
{
    sim_must(s, parking_count(s->engine.parking) == s->waiting_count, "others wait than should");
    for (int i = 0; i < s->waiting_count; i++) {
        const struct sim_work *w = s->waiting[i];
        int queue = w->slot < 0 ? -1 : s->model->slots[w->slot];
        if (w->op != OP_CLAIM)
            continue;
        sim_must(s, queue >= 0, "a claim waits at a queue that is gone");
        sim_must(s, w->work.parked_queue == queue + 1, "a claim waits at another queue");
        sim_must(s, !model_has_work(s->model, queue, w->worker), "a claim waits beside a task");
    }
}

/* A window holds what ended since it began; there is none only where nothing ended in the last minute. */
static void check_rates(struct sim *s)
{
    for (int q = 0; q < s->model->queue_count; q++) {
        const struct rate_window *w = rates_of(s->engine.rates, q + 1, s->now_us);
        int64_t count = 0;
        for (int i = 0; w && i < w->count; i++)
            count += w->buckets[i].sum.count;
        sim_equal(s, model_ended_since(s->model, q, w ? w->begin_us : s->now_us - 60 * CLOCK_SECOND), count,
                  "a rate counts other tasks than those that ended");
    }
}

/* Whoever reads all changes finds each task once, whatever was packed. Deleted queues' tasks may stand there still. */
static void check_changes(struct sim *s)
{
    struct err e;
    struct arena a = {0};
    int64_t since = 0, end;
    int known = 0, alive = 0;
    do {
        struct task_full *tasks;
        int count;
        sim_must(s, store_task_changed(s->store, since, 3, &a, &tasks, &count, &end, &e) == 0, e.text);
        for (int i = 0; i < count; i++)
            for (int k = 0; k < s->model->task_count; k++)
                known += s->model->tasks[k].id == tasks[i].task.id && !s->model->tasks[k].gone;
        since = end;
    } while (end != NONE);
    for (int i = 0; i < s->model->task_count; i++)
        alive += !s->model->tasks[i].gone;
    sim_equal(s, alive, known, "another number of tasks stands among the changes");
    arena_done(&a);
}

static void check_revision(struct sim *s)
{
    struct err e;
    int64_t rev = store_rev(s->store);
    sim_must(s, store_begin(s->store, &e) == 0, "no transaction");
    sim_must(s, store_rev(s->store) == rev, "the revision in memory is not the one in the store");
    check_changes(s);
    store_rollback(s->store);
}

static void check_due(struct sim *s)
{
    int64_t due = engine_due(&s->engine, s->now_us);
    int64_t latest = model_next(s->model);
    bool late = latest != NONE && (due == NONE || due > (latest > s->now_us ? latest : s->now_us));
    if (late)
        sim_equal(s, latest - s->now_us, due - s->now_us, "what is due is put off");
}

void sim_check(struct sim *s)
{
    check_tasks(s);
    check_stones(s);
    check_waiting(s);
    check_rates(s);
    check_revision(s);
    check_due(s);
}

/* At rest ---------------------------------------------------------------------------------------------------------- */

/* A reader that waits would find nothing. */
static void check_readers_idle(struct sim *s)
{
    struct err e;
    struct arena a = {0};
    struct turn t = {.engine = &s->engine, .store = s->store, .now_us = s->now_us, .arena = &a};
    sim_must(s, store_begin(s->store, &e) == 0, e.text);
    for (int i = 0; i < s->waiting_count; i++)
        if (s->waiting[i]->op == OP_READ)
            sim_must(s, sim_do_read(s->waiting[i], &t, &e) == TURN_PARK, "a reader waits beside a change");
    store_rollback(s->store);
    arena_done(&a);
}

/* Turns without requests, as long as one is due at once: it must end, and then nothing is left to do. */
void sim_settle_down(struct sim *s)
{
    int64_t due = s->now_us;
    for (int i = 0; due != NONE && due <= s->now_us + FEED_PAUSE_MS * CLOCK_MS; i++) {
        sim_must(s, i < SIM_LONG_TURNS, "turns without end are due");
        s->now_us = due > s->now_us ? due : s->now_us;
        sim_turn(s, NULL, 0);
        due = engine_due(&s->engine, s->now_us);
    }
    int64_t latest = model_next(s->model);
    sim_must(s, latest == NONE || latest > s->now_us, "something is left to do");
    check_readers_idle(s);
}
