/* See sim_model.h. A task moves on and those who wait for it are told; what can be asked for; operations; a turn. */
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "sim_model.h"

static bool has_ended(const struct model_task *t) { return t->gone || t->state >= TASK_SUCCEEDED; }

/* Telling others ---------------------------------------------------------------------------------------------------- */

static bool waits_for(const struct model_task *t, int needs)
{
    for (int i = 0; i < t->need_count; i++)
        if (t->needs[i].task == needs && !t->needs[i].met)
            return !t->gone;
    return false;
}

static void meet(struct model *m, int task, int needs)
{
    struct model_task *t = &m->tasks[task];
    for (int i = 0; i < t->need_count; i++)
        t->needs[i].met |= t->needs[i].task == needs;
    if (t->state == TASK_WAITING)
        model_move(m, task, model_ready(m, t));
}

/* One that waits hears that what it waits for succeeded, or ended otherwise: then it is killed if its queue says so. */
static void tell(struct model *m, int task, int needs)
{
    struct model_task *t = &m->tasks[task];
    if (!m->tasks[needs].gone && m->tasks[needs].state == TASK_SUCCEEDED) {
        meet(m, task, needs);
    } else if (m->queues[t->queue].policy.cascade && t->state == TASK_WAITING) {
        model_move(m, task, TASK_KILLED);
    }
}

/* Tells those with ids > n->cursor, as many as the turn has left. Returns whether there are more. */
static bool tell_some(struct model *m, struct model_announcement *n)
{
    int left = m->slice_rows - m->announced, count = 0, told[MODEL_TASKS];
    if (!has_ended(&m->tasks[n->task]))
        return false;
    for (int i = 0; i < m->task_count && count < left; i++)
        if (m->tasks[i].id > n->cursor && waits_for(&m->tasks[i], n->task))
            told[count++] = i;
    m->announced += count;
    for (int i = 0; i < count; i++) {
        tell(m, told[i], n->task);
        n->cursor = m->tasks[told[i]].id;
    }
    return left <= 0 || count == left;
}

static void put_announcement(struct model *m, const struct model_announcement *n)
{
    for (int i = 0; i < m->announcement_count; i++)
        if (m->announcements[i].task == n->task) {
            m->announcements[i].cursor = n->cursor;
            return;
        }
    m->announcements[m->announcement_count++] = *n;
}

static void announce(struct model *m, int task)
{
    struct model_announcement n = {.task = task};
    if (m->tasks[task].needed && tell_some(m, &n))
        put_announcement(m, &n);
}

/* The oldest task first. */
static struct model_announcement *next_announcement(struct model *m)
{
    struct model_announcement *first = 0;
    for (int i = 0; i < m->announcement_count; i++)
        if (!first || m->announcements[i].task < first->task)
            first = &m->announcements[i];
    return first;
}

static void announce_slice(struct model *m)
{
    struct model_announcement *next;
    while ((next = next_announcement(m))) {
        struct model_announcement n = *next;
        if (tell_some(m, &n)) {
            put_announcement(m, &n);
            return;
        }
        for (int i = 0; i < m->announcement_count; i++)
            if (m->announcements[i].task == n.task)
                m->announcements[i] = m->announcements[--m->announcement_count];
    }
}

void model_move(struct model *m, int task, enum task_state state)
{
    struct model_task *t = &m->tasks[task];
    t->state = state;
    t->finished = state >= TASK_SUCCEEDED ? m->now_us : NONE;
    if (state >= TASK_SUCCEEDED)
        announce(m, task);
}

/* What can be asked for --------------------------------------------------------------------------------------------- */

enum applies { APPLIES, ALREADY, REFUSED };

static enum applies applies(const struct asked *a, const struct model_task *t)
{
    bool unfinished = t->state < TASK_SUCCEEDED;
    switch (a->event) {
    case EV_CANCELLED: return unfinished ? APPLIES : t->state == TASK_KILLED ? ALREADY : REFUSED;
    case EV_RETRIED: return unfinished ? ALREADY : t->state == TASK_SUCCEEDED ? REFUSED : APPLIES;
    case EV_RERUN: return unfinished ? ALREADY : APPLIES;
    case EV_REVIVED: return unfinished ? ALREADY : t->state == TASK_KILLED ? APPLIES : REFUSED;
    case EV_RECOVERED: return t->state == TASK_RUNNING ? APPLIES : unfinished ? ALREADY : REFUSED;
    case EV_DELETED: return t->state == TASK_RUNNING && !(a->flags & OPERATION_FORCE) ? REFUSED : APPLIES;
    default: return REFUSED;
    }
}

static bool all_over(const struct model *m, int task)
{
    for (int i = 0; i < m->lease_count; i++)
        if (m->leases[i].task == task && m->leases[i].closed == ATTEMPT_OPEN && m->leases[i].until > m->now_us)
            return false;
    return true;
}

static bool is_waited_for(const struct model *m, int task)
{
    for (int i = 0; i < m->task_count; i++)
        if (waits_for(&m->tasks[i], task))
            return true;
    return false;
}

/* Among all that a filter meets, cancelled ones are not retried (they are by id), live ones not recovered as dead, and
 * those that others wait for not swept away. */
static bool meant(const struct model *m, const struct asked *a, int task)
{
    const struct model_task *t = &m->tasks[task];
    if (applies(a, t) != APPLIES)
        return false;
    if (a->event == EV_RETRIED && t->state == TASK_KILLED && (!(a->flags & OPERATION_KILLED) || t->cancelled))
        return false;
    if ((a->flags & OPERATION_DEAD) && !all_over(m, task))
        return false;
    return !(a->flags & OPERATION_SPARE) || !is_waited_for(m, task);
}

static void remove_task(struct model *m, const struct asked *a, int task)
{
    struct model_task *t = &m->tasks[task];
    model_close_all(m, task, ATTEMPT_CANCELLED); /* nobody can ask for them any more */
    t->gone = true;
    if (!(a->flags & OPERATION_QUEUE) && !m->queues[t->queue].removed)
        model_bury(m, t->queue, task);
    announce(m, task);
}

/* A new life: what went wrong before does not count, but what has not succeeded yet is waited for again. */
static void live_again(struct model *m, const struct asked *a, int task)
{
    struct model_task *t = &m->tasks[task];
    t->failures = t->crashes = 0;
    t->cancelled = false;
    t->not_before = NONE;
    t->priority = a->priority != NONE ? a->priority : t->priority;
    model_move(m, task, model_ready(m, t));
}

static void happens(struct model *m, const struct asked *a, int task)
{
    switch (a->event) {
    case EV_CANCELLED:
        model_close_all(m, task, ATTEMPT_CANCELLED);
        m->tasks[task].cancelled = true;
        model_move(m, task, TASK_KILLED);
        break;
    case EV_RECOVERED:
        model_close_all(m, task, ATTEMPT_RECOVERED);
        model_move(m, task, TASK_PENDING);
        break;
    case EV_DELETED: remove_task(m, a, task); break;
    default: live_again(m, a, task); break;
    }
}

static bool stands_before(const int64_t *ids, int i)
{
    for (int k = 0; k < i; k++)
        if (ids[k] == ids[i])
            return true;
    return false;
}

/* Naming a task twice is naming it once. */
static int each_id(struct model *m, int queue, const struct asked *a, const int64_t *ids, int count, int *changed)
{
    for (int i = 0; i < count; i++) {
        int task = model_find(m, ids[i]);
        if (stands_before(ids, i))
            continue;
        if (task < 0 || m->tasks[task].queue != queue)
            return ERR_TASK_NOT_FOUND;
        enum applies how = applies(a, &m->tasks[task]);
        if (how == REFUSED)
            return ERR_BAD_FIELD;
        if (how == ALREADY)
            continue;
        ++*changed;
        happens(m, a, task);
    }
    return 0;
}

int model_ids(struct model *m, int queue, const struct asked *asked, const int64_t *ids, int count, int *out_changed)
{
    static struct model before;
    *out_changed = 0;
    if (count > 1)
        before = *m;
    int r = each_id(m, queue, asked, ids, count, out_changed);
    if (r && count > 1)
        *m = before;
    return r;
}

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
static bool work_off(struct model *m, struct model_operation *o, int rows, int *changed)
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
        if (!m->tasks[page[i]].gone && meant(m, &o->asked, page[i])) {
            happens(m, &o->asked, page[i]);
            ++*changed;
        }
        o->cursor = m->tasks[page[i]].id;
    }
    return more;
}

void model_filter(struct model *m, const struct model_operation *in, int *out_changed, bool *out_more)
{
    struct model_operation o = *in;
    o.upto = m->task_count ? m->tasks[m->task_count - 1].id : 0;
    *out_changed = 0;
    *out_more = work_off(m, &o, m->turn_rows, out_changed);
    if (*out_more)
        m->operations[m->operation_count++] = o;
}

/* The oldest five share a slice. */
static void operation_slice(struct model *m)
{
    enum { SIDE_BY_SIDE = 5 };
    int count = m->operation_count < SIDE_BY_SIDE ? m->operation_count : SIDE_BY_SIDE, kept = 0, changed = 0;
    bool more[SIDE_BY_SIDE];
    for (int i = 0; i < count; i++)
        more[i] = work_off(m, &m->operations[i], (m->slice_rows + count - 1) / count, &changed);
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
    announce_slice(m);
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
