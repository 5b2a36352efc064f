/* See sim.h. What those who look are told: counts, whether a queue is drained, what a worker holds, why a task does not run. */
#include "core/look.h"
#include "core/why.h"
#include "sim.h"

static void check_counts(struct sim *s, int queue, const struct queue_view *v)
{
    int64_t counts[TASK_STATES] = {0};
    for (int i = 0; i < s->model->task_count; i++)
        if (s->model->tasks[i].queue == queue && !s->model->tasks[i].gone)
            counts[s->model->tasks[i].state]++;
    for (int i = 0; i < TASK_STATES; i++)
        sim_equal(s, counts[i], v->counts[i], "a queue says that it has another number of tasks");
}

/* Where it says that nothing goes on, nothing can; where nothing can, and nobody is still to be told of anything, it says
 * so. */
static void check_drained(struct sim *s, int queue, const struct queue_view *v)
{
    sim_must(s, !v->drained || !model_goes_on(s->model, queue, true), "a queue is drained and goes on");
    bool may = model_goes_on(s->model, queue, false) || s->model->announcement_count;
    sim_must(s, v->drained || may, "a queue is not drained and nothing goes on");
}

static void check_held(struct sim *s, struct turn *t, int queue, const struct queue_row *q)
{
    enum { MOST = 200 };
    struct err e;
    for (int w = 0; w < MODEL_WORKERS; w++) {
        int64_t ids[MOST];
        struct lease_row *rows = NULL;
        int count = 0, held = model_held(s->model, queue, w, ids, MOST);
        sim_must(s, lease_list(t, q, SIM_WORKERS[w], t->arena, &rows, &count, &e) == 0, e.text);
        sim_equal(s, held, count, "a worker holds another number of leases");
        for (int i = 0; i < count; i++)
            sim_equal(s, ids[i], rows[i].id, "a worker holds other leases");
    }
}

static void check_queue(struct sim *s, struct turn *t, int slot)
{
    struct err e;
    struct queue_view v = {0};
    struct queue_ref ref = {NULL, SIM_SLOTS[slot]};
    int queue = s->model->slots[slot];
    int r = queue_find(t, &SIM_WHO, &ref, t->arena, &v.row, &e);
    sim_equal(s, queue < 0 ? ERR_QUEUE_NOT_FOUND : 0, r, "a queue is there, or not, otherwise");
    if (r)
        return;
    sim_must(s, queue_look(t, t->arena, &v, &e) == 0, e.text);
    check_counts(s, queue, &v);
    check_drained(s, queue, &v);
    check_held(s, t, queue, &v.row);
}

/* A running task has no reason not to run, one that has ended or waits has at least one, and a task that is gone, or
 * goes with its queue, is not shown. */
static void check_task(struct sim *s, struct turn *t, int task)
{
    struct err e;
    struct look_task look;
    const struct model_task *m = &s->model->tasks[task];
    const char *reasons[WHY_MAX];
    int count;
    bool shown = !m->gone && !s->model->queues[m->queue].removed;
    int r = look_task(t, &SIM_WHO, m->id, true, t->arena, &look, &e);
    sim_equal(s, shown ? 0 : ERR_TASK_NOT_FOUND, r, "a task is shown, or not, otherwise");
    if (r)
        return;
    sim_equal(s, m->need_count, look.need_count, "a task shows that it needs another number of tasks");
    sim_equal(s, m->leases < LOOK_ATTEMPTS_MAX ? m->leases : LOOK_ATTEMPTS_MAX, look.attempt_count,
              "a task shows another number of attempts");
    sim_must(s, why_not_running(t, &look, t->arena, reasons, &count, &e) == 0, e.text);
    sim_must(s, count == 0 || m->state != TASK_RUNNING, "a running task has a reason not to run");
    bool waits = m->state == TASK_WAITING && (model_unmet(m) || m->not_before > s->now_us);
    sim_must(s, count > 0 || (!waits && m->state < TASK_SUCCEEDED), "a task does not run, and nobody knows why");
}

void sim_check_looks(struct sim *s)
{
    struct err e;
    struct arena a = {0};
    struct turn t = {.engine = &s->engine, .store = s->store, .now_us = s->now_us, .arena = &a};
    sim_must(s, store_begin(s->store, &e) == 0, e.text);
    for (int i = 0; i < MODEL_SLOTS; i++)
        check_queue(s, &t, i);
    for (int i = 0; s->model->task_count && i < 10; i++)
        check_task(s, &t, (int)sim_draw(s, (uint64_t)s->model->task_count));
    store_rollback(s->store);
    arena_done(&a);
}
