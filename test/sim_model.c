/* See sim_model.h. Queues, adding tasks, changing them. */
#include "sim_model.h"

#include "base/clock.h"
#include "base/err.h"

/* Looked at again after a tenth of the retention, but no more often than each 10 s and no less than each hour. */
static int64_t next_sweep(const struct model *m, const struct model_policy *p)
{
    int64_t pause = p->retention_us / 10;
    pause = pause < 10 * CLOCK_SECOND ? 10 * CLOCK_SECOND : pause;
    return m->now_us + (pause > 3600 * CLOCK_SECOND ? 3600 * CLOCK_SECOND : pause);
}

bool model_put(struct model *m, int slot, const struct model_policy *policy)
{
    bool made = m->slots[slot] < 0;
    if (made) {
        m->slots[slot] = m->queue_count;
        m->queues[m->queue_count] = (struct model_queue){.slot = slot};
        for (int w = 0; w < MODEL_WORKERS; w++)
            m->queues[m->queue_count].last_claim[w].first = -1;
        m->queue_count++;
    }
    struct model_queue *q = &m->queues[m->slots[slot]];
    q->policy = *policy;
    q->sweep_at = next_sweep(m, policy);
    return made;
}

int model_pause(struct model *m, int slot, bool paused)
{
    m->queues[m->slots[slot]].paused = paused;
    return 0;
}

/* Its name is free at once; an operation of its own removes what is in it. All others of it are over. */
int model_remove_queue(struct model *m, int slot, bool force)
{
    int queue = m->slots[slot], kept = 0;
    for (int i = 0; i < m->task_count; i++)
        if (!force && m->tasks[i].queue == queue && !m->tasks[i].gone && m->tasks[i].state == TASK_RUNNING)
            return ERR_QUEUE_RUNNING;
    for (int i = 0; i < m->operation_count; i++)
        if (m->operations[i].queue != queue)
            m->operations[kept++] = m->operations[i];
    m->operations[kept] = (struct model_operation){
        .queue = queue, .asked = {EV_DELETED, OPERATION_QUEUE | OPERATION_FORCE, NONE}, .state = NONE, .exitcode = NONE,
        .before = NONE, .worker = -1, .upto = m->task_count ? m->tasks[m->task_count - 1].id : 0};
    m->operation_count = kept + 1;
    m->queues[queue].removed = true;
    m->slots[slot] = -1;
    model_bury(m, queue, -1);
    return 0;
}

int model_find(const struct model *m, int64_t id)
{
    for (int i = 0; i < m->task_count; i++)
        if (m->tasks[i].id == id)
            return m->tasks[i].gone ? -1 : i;
    return -1;
}

int model_unmet(const struct model_task *t)
{
    int unmet = 0;
    for (int i = 0; i < t->need_count; i++)
        unmet += !t->needs[i].met;
    return unmet;
}

enum task_state model_ready(const struct model *m, const struct model_task *t)
{
    bool later = t->not_before != NONE && t->not_before > m->now_us;
    return model_unmet(t) || later ? TASK_WAITING : TASK_PENDING;
}

static int by_key(const struct model *m, int queue, int64_t key, int before)
{
    for (int i = 0; key && i < before; i++)
        if (m->tasks[i].queue == queue && !m->tasks[i].gone && m->tasks[i].key == key)
            return i;
    return -1;
}

static bool ended_badly(const struct model_task *t) { return t->state == TASK_FAILED || t->state == TASK_KILLED; }

/* Waits for it once, however often it is named. */
static void add_need(struct model *m, struct model_task *t, int needs)
{
    for (int i = 0; i < t->need_count; i++)
        if (t->needs[i].task == needs)
            return;
    t->needs[t->need_count].task = needs;
    t->needs[t->need_count++].met = m->tasks[needs].state == TASK_SUCCEEDED;
}

static void note_needed(struct model *m, const struct model_task *t)
{
    for (int i = 0; i < t->need_count; i++)
        m->tasks[t->needs[i].task].needed = true;
}

/* One may wait for tasks of one's own queues (all are of one owner here) that are not being removed. */
static int waited_for(const struct model *m, int64_t id)
{
    int task = model_find(m, id);
    return task < 0 || m->queues[m->tasks[task].queue].removed ? -1 : task;
}

/* Does `from` wait for `to`, through others or not, counting only what has not succeeded? */
static bool waits_for(const struct model *m, int from, int to, bool *seen)
{
    if (from == to)
        return true;
    if (seen[from] || m->tasks[from].gone)
        return false;
    seen[from] = true;
    for (int i = 0; i < m->tasks[from].need_count; i++)
        if (!m->tasks[from].needs[i].met && waits_for(m, m->tasks[from].needs[i].task, to, seen))
            return true;
    return false;
}

static bool in_circle(const struct model *m, int task)
{
    for (int i = 0; i < m->tasks[task].need_count; i++) {
        bool seen[MODEL_TASKS] = {false};
        if (!m->tasks[task].needs[i].met && waits_for(m, m->tasks[task].needs[i].task, task, seen))
            return true;
    }
    return false;
}

/* The new tasks stand at the end of m->tasks, not yet counted, in no state: what each waits for is looked up, first among
 * the tasks that were there, then among the new ones. */
static int read_needs(struct model *m, int task, const struct model_new *in, int end)
{
    struct model_task *t = &m->tasks[task];
    for (int i = 0; i < in->need_count; i++) {
        int needs = in->needs[i].key ? by_key(m, t->queue, in->needs[i].key, end) : waited_for(m, in->needs[i].id);
        if (needs < 0)
            return ERR_DEPENDENCY_NOT_FOUND;
        add_need(m, t, needs);
    }
    return 0;
}

/* Where the queue says so, one that would wait for what has ended badly has ended too; and so on. */
static void cascade_new(struct model *m, int from)
{
    for (int again = 1; again;) {
        again = 0;
        for (int i = from; i < m->task_count; i++)
            for (int k = 0; k < m->tasks[i].need_count && m->tasks[i].state == TASK_WAITING; k++)
                if (ended_badly(&m->tasks[m->tasks[i].needs[k].task])) {
                    m->tasks[i].state = TASK_KILLED;
                    m->tasks[i].finished = m->now_us;
                    again = 1;
                }
    }
}

/* Places the tasks that are new behind the others; where[i]: what tasks[i] is. Returns the end. */
static int place(struct model *m, int queue, const struct model_new *tasks, int count, int *where)
{
    int end = m->task_count;
    for (int i = 0; i < count; i++) {
        where[i] = by_key(m, queue, tasks[i].key, end);
        if (where[i] >= 0)
            continue;
        where[i] = end;
        m->tasks[end++] = (struct model_task){
            .queue = queue, .state = TASK_STATES, .priority = tasks[i].priority, .not_before = tasks[i].not_before,
            .exitcode = NONE, .finished = NONE, .key = tasks[i].key, .lease = -1};
    }
    return end;
}

static int read_all(struct model *m, const struct model_new *tasks, int count, const int *where, int end)
{
    int next = m->task_count, r = 0;
    for (int i = 0; r == 0 && i < count; i++)
        if (where[i] == next)
            r = read_needs(m, next++, &tasks[i], end);
    for (int i = m->task_count; r == 0 && i < end; i++)
        if (in_circle(m, i))
            r = ERR_DEPENDENCY_CYCLE;
    return r;
}

int model_submit(struct model *m, int slot, const struct model_new *tasks, int count, const int64_t *ids, bool *out_right)
{
    int queue = m->slots[slot], where[64], from = m->task_count;
    int64_t newest = from ? m->tasks[from - 1].id : 0;
    int end = place(m, queue, tasks, count, where);
    int r = read_all(m, tasks, count, where, end);
    *out_right = true;
    if (r)
        return r;
    m->task_count = end;
    for (int i = 0; i < count; i++) {
        struct model_task *t = &m->tasks[where[i]];
        if (where[i] >= from && !t->id) {
            t->id = ids[i];
            t->state = model_ready(m, t);
            note_needed(m, t);
            *out_right &= ids[i] > newest;
            newest = ids[i];
        }
        *out_right &= t->id == ids[i];
    }
    if (m->queues[queue].policy.cascade)
        cascade_new(m, from);
    return 0;
}

static int change_needs(struct model *m, struct model_task *t, const struct model_change *c)
{
    struct model_task was = *t;
    int r = 0;
    t->need_count = 0;
    for (int i = 0; r == 0 && i < c->need_count; i++) {
        bool seen[MODEL_TASKS] = {false};
        int needs = model_find(m, c->needs[i]);
        if (needs >= 0 && waits_for(m, needs, (int)(t - m->tasks), seen))
            r = ERR_DEPENDENCY_CYCLE;
    }
    for (int i = 0; r == 0 && i < c->need_count; i++) {
        int needs = waited_for(m, c->needs[i]);
        if (needs < 0)
            r = ERR_DEPENDENCY_NOT_FOUND;
        else
            add_need(m, t, needs);
    }
    if (r)
        *t = was;
    note_needed(m, t);
    return r;
}

int model_change(struct model *m, int64_t id, const struct model_change *c)
{
    int task = waited_for(m, id);
    if (task < 0)
        return ERR_TASK_NOT_FOUND;
    struct model_task *t = &m->tasks[task];
    if (t->state != TASK_WAITING && t->state != TASK_PENDING)
        return ERR_TASK_STATE;
    int r = c->has_needs ? change_needs(m, t, c) : 0;
    if (r)
        return r;
    t->priority = c->has_priority ? c->priority : t->priority;
    t->not_before = c->has_not_before ? c->not_before : t->not_before;
    model_move(m, task, model_ready(m, t));
    for (int i = 0; c->has_needs && m->queues[t->queue].policy.cascade && i < t->need_count; i++)
        if (t->state == TASK_WAITING && ended_badly(&m->tasks[t->needs[i].task]))
            model_move(m, task, TASK_KILLED);
    return 0;
}
