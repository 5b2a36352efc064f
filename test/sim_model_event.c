/* See sim_model.h. A task moves on and those who wait for it are told; what can be asked for. */
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

void model_announce_slice(struct model *m)
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

bool model_is_live(const struct model *m, const struct asked *a, int task)
{
    return a->event == EV_RECOVERED && !all_over(m, task);
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
bool model_meant(const struct model *m, const struct asked *a, int task)
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

void model_happen(struct model *m, const struct asked *a, int task)
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
static int each_id(struct model *m, int queue, const struct asked *a, const int64_t *ids, int count, struct model_sum *sum)
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
        sum->changed++;
        sum->live += model_is_live(m, a, task);
        model_happen(m, a, task);
    }
    return 0;
}

int model_ids(struct model *m, int queue, const struct asked *asked, const int64_t *ids, int count,
              struct model_sum *out)
{
    static struct model before;
    *out = (struct model_sum){0};
    if (count > 1)
        before = *m;
    int r = each_id(m, queue, asked, ids, count, out);
    if (r && count > 1)
        *m = before;
    return r;
}
