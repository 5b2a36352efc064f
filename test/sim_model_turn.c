/* See sim_model.h. Operations; what a turn does by itself; when the next one is due. */
#include "base/clock.h"
#include "sim_model.h"

/* Operations -------------------------------------------------------------------------------------------------------- */

static bool meets(const struct model *m, const struct model_operation *o, const struct model_task *t)
{
    if ((o->state != NONE && o->state != (int64_t)t->state) || (o->exitcode != NONE && o->exitcode != t->exitcode))
        return false;
    if (o->before != NONE && (t->finished == NONE || t->finished >= o->before))
        return false;
    return o->worker < 0 || (t->lease >= 0 && m->leases[t->lease].worker == o->worker);
}

/* Those that have ended badly are found by their state, all others by walking along the queue. */
static bool is_on_the_way(const struct model_operation *o, const struct model_task *t)
{
    bool indexed = o->state == TASK_FAILED || o->state == TASK_KILLED;
    return t->queue == o->queue && !t->gone && t->id <= o->upto && t->id > o->cursor &&
           (!indexed || o->state == (int64_t)t->state);
}

/* Up to `rows` tasks that meet the filter as it is now; what happens to one may change the next. Returns whether anything
 * stands behind the last of them. */
static bool work_off(struct model *m, struct model_operation *o, int rows)
{
    int page[MODEL_TASKS], count = 0;
    bool more = false;
    for (int i = 0; i < m->task_count && !more; i++) {
        if (!is_on_the_way(o, &m->tasks[i]))
            continue;
        if (count == rows)
            more = true;
        else if (meets(m, o, &m->tasks[i]))
            page[count++] = i;
    }
    for (int i = 0; i < count; i++) {
        if (!m->tasks[page[i]].gone && model_meant(m, &o->asked, page[i])) {
            o->live += model_is_live(m, &o->asked, page[i]);
            o->changed++;
            model_happen(m, &o->asked, page[i]);
        }
        o->cursor = m->tasks[page[i]].id;
    }
    return more;
}

void model_filter(struct model *m, const struct model_operation *in, struct model_sum *out, bool *out_more)
{
    struct model_operation o = *in;
    o.upto = m->task_count ? m->tasks[m->task_count - 1].id : 0;
    *out_more = work_off(m, &o, m->turn_rows);
    *out = (struct model_sum){o.changed, o.live};
    if (*out_more)
        m->operations[m->operation_count++] = o;
}

/* The oldest five share a slice. */
static void operation_slice(struct model *m)
{
    enum { SIDE_BY_SIDE = 5 };
    int count = m->operation_count < SIDE_BY_SIDE ? m->operation_count : SIDE_BY_SIDE, kept = 0;
    bool more[SIDE_BY_SIDE];
    for (int i = 0; i < count; i++)
        more[i] = work_off(m, &m->operations[i], (m->slice_rows + count - 1) / count);
    for (int i = 0; i < m->operation_count; i++)
        if (i >= count || more[i])
            m->operations[kept++] = m->operations[i];
    m->operation_count = kept;
}

/* A turn ------------------------------------------------------------------------------------------------------------ */

static bool waits_for_time(const struct model_task *t)
{
    return !t->gone && t->state == TASK_WAITING && !model_unmet(t);
}

static int first_timed(const struct model *m)
{
    int first = -1;
    for (int i = 0; i < m->task_count; i++) {
        const struct model_task *t = &m->tasks[i];
        if (waits_for_time(t) && t->not_before <= m->now_us &&
            (first < 0 || t->not_before < m->tasks[first].not_before))
            first = i;
    }
    return first;
}

static void wake_slice(struct model *m)
{
    int task;
    for (int i = 0; i < m->slice_rows && (task = first_timed(m)) >= 0; i++)
        model_move(m, task, TASK_PENDING);
}

static bool is_operated_on(const struct model *m, int queue)
{
    for (int i = 0; i < m->operation_count; i++)
        if (m->operations[i].queue == queue)
            return true;
    return false;
}

static void sweep(struct model *m)
{
    int queue = -1;
    for (int i = 0; i < m->queue_count; i++)
        if (!m->queues[i].removed && m->queues[i].policy.retention_us &&
            (queue < 0 || m->queues[i].sweep_at < m->queues[queue].sweep_at))
            queue = i;
    if (queue < 0 || m->queues[queue].sweep_at > m->now_us)
        return;
    struct model_queue *q = &m->queues[queue];
    if (!is_operated_on(m, queue))
        m->operations[m->operation_count++] = (struct model_operation){
            .queue = queue, .asked = {EV_DELETED, OPERATION_SPARE, NONE}, .state = NONE, .exitcode = NONE, .worker = -1,
            .before = m->now_us - q->policy.retention_us, .upto = m->task_count ? m->tasks[m->task_count - 1].id : 0};
    model_put(m, q->slot, &q->policy); /* looked at again later */
}

void model_turn(struct model *m, int64_t now_us)
{
    bool more;
    m->now_us = now_us;
    m->announced = 0;
    model_expire(m);
    wake_slice(m);
    model_announce_slice(m);
    operation_slice(m);
    if (now_us < m->house_us)
        return;
    sweep(m);
    model_forget(m, &more);
    m->house_us = more ? now_us : now_us + CLOCK_SECOND;
}

void model_restart(struct model *m, int64_t now_us)
{
    enum { FORGET_DAYS = 7 };
    for (int i = 0; i < m->lease_count; i++) {
        int64_t least = now_us + m->queues[m->leases[i].queue].policy.lease_us;
        m->leases[i].until = m->leases[i].until < least ? least : m->leases[i].until;
    }
    for (int q = 0; q < m->queue_count; q++)
        for (int w = 0; w < MODEL_WORKERS; w++) {
            struct model_last_claim *c = &m->queues[q].last_claim[w];
            if (c->seen < now_us - FORGET_DAYS * 86400 * CLOCK_SECOND)
                *c = (struct model_last_claim){.first = -1};
        }
    m->end_count = 0; /* rates are memory, and begin anew */
    m->house_us = 0;
}

static bool is_success(const struct model_task *t) { return !t->gone && t->state == TASK_SUCCEEDED; }

static void sooner(int64_t *us, int64_t other) { *us = *us == NONE || other < *us ? other : *us; }

int64_t model_next(const struct model *m)
{
    int64_t next = NONE;
    if (m->operation_count || m->announcement_count)
        return m->now_us;
    for (int i = 0; i < m->lease_count; i++)
        if (m->leases[i].closed == ATTEMPT_OPEN)
            sooner(&next, m->leases[i].until);
    for (int i = 0; i < m->task_count; i++)
        if (waits_for_time(&m->tasks[i]))
            sooner(&next, m->tasks[i].not_before);
    for (int i = 0; i < m->queue_count; i++) {
        const struct model_queue *q = &m->queues[i];
        if (!q->removed && q->policy.retention_us)
            sooner(&next, q->sweep_at > m->house_us ? q->sweep_at : m->house_us);
    }
    return next;
}

/* A task that waits for others is able to run by itself if each of them is, or has succeeded (it is told in a moment). */
static bool goes_on(const struct model *m, const struct model_task *t, bool all)
{
    if (t->gone || t->state >= TASK_SUCCEEDED)
        return false;
    for (int i = 0; i < t->need_count; i++)
        if (!t->needs[i].met && (is_success(&m->tasks[t->needs[i].task]) || goes_on(m, &m->tasks[t->needs[i].task], all)) != all)
            return !all;
    return all || !model_unmet(t);
}

bool model_goes_on(const struct model *m, int queue, bool all)
{
    for (int i = 0; i < m->task_count; i++)
        if (m->tasks[i].queue == queue && goes_on(m, &m->tasks[i], all))
            return true;
    return false;
}
