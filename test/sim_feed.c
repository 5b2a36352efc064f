/* See sim.h. Readers of changes: some with a name, some without, some of one queue only. Each builds a table from what it is
 * told, forgets at times what it had not kept, and begins anew only when it is told to. Whoever has read to the end
 * believes exactly what is true. */
#include <string.h>

#include "base/clock.h"
#include "sim.h"

/* A task as a reader is shown it, in one number (FNV-1a). */
static uint64_t looks_of(const struct task_row *t)
{
    const int64_t parts[] = {t->id,    t->queue,      t->state,   t->event,   t->priority, t->leases,   t->failures, t->crashes,
                             t->unmet, t->exitcode,   t->created, t->started, t->finished, t->not_before, t->lease,  t->rev};
    uint64_t sum = UINT64_C(14695981039346656037);
    const unsigned char *bytes = (const unsigned char *)parts;
    for (size_t i = 0; i < sizeof parts; i++)
        sum = (sum ^ bytes[i]) * UINT64_C(1099511628211);
    return sum;
}

static int slot_named(const char *name)
{
    for (int i = 0; i < MODEL_SLOTS; i++)
        if (strcmp(SIM_SLOTS[i], name) == 0)
            return i;
    return -1;
}

static void empty(struct sim_belief *b) { *b = (struct sim_belief){.began = NONE}; }

void sim_begin_readers(struct sim *s)
{
    for (int i = 0; i < SIM_READERS; i++) {
        struct sim_reader *r = &s->readers[i];
        *r = (struct sim_reader){.consumer = i < MODEL_CONSUMERS ? i : -1, .slot = i % MODEL_CONSUMERS == 2 ? 1 : -1};
        empty(&r->now);
        empty(&r->kept);
    }
}

/* Requests --------------------------------------------------------------------------------------------------------- */

static int read_ask(struct sim_work *w, struct turn *t, struct feed_ask *ask, struct queue_row *q, struct err *e)
{
    const struct sim_reader *r = &w->sim->readers[w->reader];
    struct queue_ref ref = {NULL, r->slot >= 0 ? SIM_SLOTS[r->slot] : NULL};
    struct consumer_row row;
    int bad = 0;
    *ask = (struct feed_ask){.since = r->now.since, .began = r->now.began, .max = w->max};
    if (r->consumer >= 0) {
        bad = consumer_find(t, &SIM_WHO, SIM_CONSUMERS[r->consumer], &w->arena, &row, e);
        ask->since = bad ? 0 : row.rev;
        ask->began = bad ? NONE : row.began;
    }
    if (bad == 0 && ref.name) {
        bad = queue_find(t, &SIM_WHO, &ref, &w->arena, q, e);
        ask->queue = q;
    }
    return bad;
}

int sim_do_read(struct sim_work *w, struct turn *t, struct err *e)
{
    const struct sim_reader *r = &w->sim->readers[w->reader];
    struct feed_ask ask;
    struct queue_row q;
    int bad = read_ask(w, t, &ask, &q, e);
    if (bad == 0)
        bad = feed_read(t, &SIM_WHO, &ask, &w->arena, &w->page, e);
    if (bad)
        return bad;
    if (w->page.count || w->page.more || !w->wait_us || w->work.over)
        return 0;
    w->work.effects = (struct effects){.queue = FEED_LANE};
    w->work.effects.park_worker = r->consumer >= 0 ? SIM_CONSUMERS[r->consumer] : arena_printf(&w->arena, "/%d", w->reader);
    w->work.effects.park_until_us = w->work.parked_until_us ? w->work.parked_until_us : t->now_us + w->wait_us;
    return TURN_PARK;
}

int sim_do_acknowledge(struct sim_work *w, struct turn *t, struct err *e)
{
    struct consumer_row row;
    return consumer_put(t, &SIM_WHO, SIM_CONSUMERS[w->sim->readers[w->reader].consumer], w->rev, &w->arena, &row, &w->made, e);
}

int sim_do_drop(struct sim_work *w, struct turn *t, struct err *e)
{
    return consumer_remove(t, &SIM_WHO, SIM_CONSUMERS[w->sim->readers[w->reader].consumer], e);
}

/* Answers ---------------------------------------------------------------------------------------------------------- */

/* The index in the model of a task, removed or not. */
static int index_of(const struct sim *s, int64_t id)
{
    for (int i = 0; i < s->model->task_count; i++)
        if (s->model->tasks[i].id == id)
            return i;
    sim_must(s, false, "a reader was told of a task that never was");
    return -1;
}

static void queue_gone(const struct sim *s, struct sim_belief *b, int slot)
{
    b->queue_rev[slot] = 0;
    for (int i = 0; i < s->model->task_count; i++)
        if (s->model->queues[s->model->tasks[i].queue].slot == slot)
            b->has[i] = false;
}

static void apply(const struct sim *s, struct sim_belief *b, const struct feed_change *c)
{
    if (c->gone && c->gone->task == NONE) {
        queue_gone(s, b, slot_named(c->gone->name));
    } else if (c->gone) {
        b->has[index_of(s, c->gone->task)] = false;
    } else if (c->task) {
        int i = index_of(s, c->task->task.id);
        b->has[i] = true;
        b->looks[i] = looks_of(&c->task->task);
    } else {
        b->queue_rev[slot_named(c->queue->name)] = c->rev;
    }
}

static void apply_page(const struct sim *s, struct sim_belief *b, const struct sim_work *w)
{
    const struct feed_page *p = &w->page;
    int64_t rev = b->since;
    sim_must(s, p->count <= w->max, "a page is larger than was asked for");
    for (int i = 0; i < p->count; i++) {
        sim_must(s, p->changes[i].rev > rev, "changes are out of order");
        rev = p->changes[i].rev;
        apply(s, b, &p->changes[i]);
    }
    sim_must(s, p->since >= rev && (p->since > b->since || !p->more), "a page does not lead on");
    b->since = p->since;
    b->began = p->began;
}

/* It keeps what it has now and then; only what is kept survives a crash. One with a name keeps what it acknowledges. */
static void keep_or_crash(struct sim *s, struct sim_reader *r)
{
    if (r->consumer < 0 && sim_draw(s, 3) == 0)
        r->kept = r->now;
    if (sim_draw(s, 12) == 0)
        r->now = r->kept;
}

static int read_refusal(const struct sim *s, const struct sim_work *w, struct sim_belief *from)
{
    const struct sim_reader *r = &s->readers[w->reader];
    const struct model_consumer *c = &s->model->consumers[r->consumer < 0 ? 0 : r->consumer];
    *from = r->consumer < 0 ? r->now : r->kept;
    if (r->consumer >= 0 && !c->exists)
        return ERR_CONSUMER_NOT_FOUND;
    if (r->consumer >= 0) {
        sim_must(s, c->rev == from->since, "a reader and the model differ");
        from->began = c->began;
    }
    if (r->slot >= 0 && s->model->slots[r->slot] < 0)
        return ERR_QUEUE_NOT_FOUND;
    return model_may_read(s->model, from->since, from->began, w->newest);
}

void sim_compare_read(struct sim *s, struct sim_work *w, int result)
{
    struct sim_reader *r = &s->readers[w->reader];
    struct sim_belief from;
    if (result == TURN_PARK)
        return;
    sim_equal(s, read_refusal(s, w, &from), result, "a reader was refused, or not, otherwise");
    if (result == 0) {
        apply_page(s, &from, w);
        r->now = from;
        keep_or_crash(s, r);
    } else if (result == ERR_CHANGES_GONE && r->consumer < 0) {
        empty(&r->now);
        r->kept = r->now;
    } else if (result == ERR_CHANGES_GONE) {
        r->anew = true;
    }
}

void sim_compare_acknowledge(struct sim *s, struct sim_work *w, int result)
{
    struct sim_reader *r = &s->readers[w->reader];
    int said = model_consumer_put(s->model, r->consumer, w->rev, w->newest);
    sim_equal(s, said, result, "an acknowledgement was taken, or refused, otherwise");
    r->anew |= result == ERR_CHANGES_GONE;
    if (result)
        return;
    if (w->rev == 0) {
        empty(&r->now);
        r->anew = false;
    }
    r->kept = r->now;
}

void sim_compare_drop(struct sim *s, struct sim_work *w, int result)
{
    struct model_consumer *c = &s->model->consumers[s->readers[w->reader].consumer];
    sim_must(s, result == (c->exists ? 0 : ERR_CONSUMER_NOT_FOUND), "a consumer was removed, or not, otherwise");
    c->exists = false;
}

void sim_reader_left(struct sim *s, const struct sim_work *w)
{
    if (w->reader >= 0)
        s->readers[w->reader].busy = false;
}

/* The end ---------------------------------------------------------------------------------------------------------- */

static bool believed(const struct sim_reader *r, const struct model *m, int task)
{
    const struct model_queue *q = &m->queues[m->tasks[task].queue];
    return !m->tasks[task].gone && !q->removed && (r->slot < 0 || r->slot == q->slot);
}

static void check_belief(struct sim *s, const struct sim_reader *r)
{
    struct err e;
    struct arena a = {0};
    struct task_row row;
    struct queue_row queue;
    for (int i = 0; i < s->model->task_count; i++) {
        bool there = believed(r, s->model, i);
        sim_must(s, r->now.has[i] == there, there ? "a reader does not know of a task" : "a reader believes in a task that is gone");
        if (!there)
            continue;
        sim_must(s, store_task_get(s->store, s->model->tasks[i].id, &row, &e) == 0, "a task is missing");
        sim_must(s, r->now.looks[i] == looks_of(&row), "a reader knows a task as it was");
    }
    for (int i = 0; i < MODEL_SLOTS; i++) {
        bool there = s->model->slots[i] >= 0 && (r->slot < 0 || r->slot == i);
        int found = store_queue_by_name(s->store, SIM_WHO.user, SIM_SLOTS[i], &a, &queue, &e);
        sim_must(s, r->now.queue_rev[i] == (there && found == 0 ? queue.rev : 0), "a reader knows a queue as it was");
    }
    arena_done(&a);
}

static void step(struct sim *s, enum op op, int reader, int64_t rev, int64_t wait_us)
{
    struct sim_work *w = sim_new(s, op);
    w->reader = reader;
    w->wait_us = wait_us;
    w->max = 1 + (int)sim_draw(s, 50);
    w->rev = rev;
    s->readers[reader].busy = true;
    sim_turn(s, &w, 1);
}

void sim_read_to_end(struct sim *s, int reader)
{
    struct sim_reader *r = &s->readers[reader];
    if (r->busy || (r->slot >= 0 && s->model->slots[r->slot] < 0))
        return;
    for (int i = 0; i < SIM_LONG_TURNS; i++) {
        if (r->consumer >= 0 && (r->anew || !s->model->consumers[r->consumer].exists || r->now.since != r->kept.since))
            step(s, OP_ACKNOWLEDGE, reader, r->anew ? 0 : r->now.since, 0);
        else
            step(s, OP_READ, reader, 0, 0);
        bool kept = r->consumer < 0 || r->kept.since == r->now.since;
        if (kept && !r->anew && r->now.since == store_rev(s->store)) {
            check_belief(s, r);
            return;
        }
    }
    sim_must(s, false, "a reader comes to no end");
}

void sim_wait_for_change(struct sim *s, int reader)
{
    if (!s->readers[reader].busy && s->waiting_count < SIM_WAITERS)
        step(s, OP_READ, reader, 0, 60 * CLOCK_SECOND);
}
