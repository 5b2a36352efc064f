/* See sim_model.h. */
#include "sim_model.h"

#include "base/clock.h"

static void ended(struct model *m, int queue, int64_t now_us)
{
    struct model_queue *q = &m->queues[queue];
    q->finished_at[q->finished_count++] = now_us;
}

static void close_lease(struct model_lease *l, enum attempt_outcome outcome) { l->closed = outcome; }

void model_due(struct model *m, int64_t now_us)
{
    for (int i = 0; i < m->lease_count; i++) {
        struct model_lease *l = &m->leases[i];
        if (l->closed != ATTEMPT_OPEN || l->until > now_us)
            continue;
        struct model_task *t = &m->tasks[l->task];
        close_lease(l, l->begun ? ATTEMPT_CRASHED : ATTEMPT_EXPIRED);
        t->state = TASK_PENDING;
        if (l->begun && ++t->crashes >= m->queues[l->queue].max_crashes) {
            t->state = TASK_KILLED;
            t->crashed_out = true;
        }
    }
    for (int i = 0; i < m->task_count; i++)
        if (m->tasks[i].state == TASK_WAITING && m->tasks[i].not_before <= now_us)
            m->tasks[i].state = TASK_PENDING;
}

void model_restart(struct model *m, int64_t now_us)
{
    for (int i = 0; i < m->lease_count; i++) {
        int64_t least = now_us + m->queues[m->leases[i].queue].lease_us;
        if (m->leases[i].until < least)
            m->leases[i].until = least;
    }
    for (int q = 0; q < MODEL_QUEUES; q++)
        m->queues[q].finished_count = 0; /* rates are memory, and begin anew */
}

bool model_submit(struct model *m, int queue, int64_t key, int64_t priority, int64_t not_before, int64_t id,
                  int64_t now_us)
{
    for (int i = 0; key && i < m->task_count; i++)
        if (m->tasks[i].queue == queue && m->tasks[i].key == key)
            return m->tasks[i].id == id;
    if (m->task_count && m->tasks[m->task_count - 1].id >= id)
        return false;
    m->tasks[m->task_count++] = (struct model_task){
        .id = id,
        .queue = queue,
        .state = not_before != NONE && not_before > now_us ? TASK_WAITING : TASK_PENDING,
        .priority = priority,
        .not_before = not_before,
        .key = key,
        .lease = -1,
    };
    return true;
}

static int best_pending(const struct model *m, int queue)
{
    int best = -1;
    for (int i = 0; i < m->task_count; i++)
        if (m->tasks[i].queue == queue && m->tasks[i].state == TASK_PENDING &&
            (best < 0 || m->tasks[i].priority > m->tasks[best].priority))
            best = i;
    return best;
}

static int open_again(const struct model *m, int first, int last, int out[MODEL_CLAIM_MAX])
{
    int count = 0;
    for (int i = first; i <= last; i++)
        if (m->leases[i].closed == ATTEMPT_OPEN)
            out[count++] = i;
    return count;
}

int model_claim(struct model *m, int queue, int worker, int64_t nonce, int max, int begin, int64_t now_us, bool *again,
                int out_leases[MODEL_CLAIM_MAX])
{
    struct model_queue *q = &m->queues[queue];
    int count = 0, first = m->lease_count, task;
    *again = nonce && q->last_claim[worker].nonce == nonce;
    if (*again)
        return open_again(m, q->last_claim[worker].first, q->last_claim[worker].last, out_leases);
    while (!q->paused && count < max && (task = best_pending(m, queue)) >= 0) {
        struct model_task *t = &m->tasks[task];
        m->leases[m->lease_count] = (struct model_lease){
            .until = now_us + q->lease_us, .task = task, .queue = queue, .worker = worker, .begun = count < begin};
        t->state = TASK_RUNNING;
        t->leases++;
        t->lease = m->lease_count;
        out_leases[count++] = m->lease_count++;
    }
    if (count) {
        q->last_claim[worker].nonce = nonce;
        q->last_claim[worker].first = first;
        q->last_claim[worker].last = m->lease_count - 1;
    }
    return count;
}

static struct model_lease *find(struct model *m, int queue, int worker, int64_t id)
{
    for (int i = 0; i < m->lease_count; i++)
        if (m->leases[i].id == id)
            return m->leases[i].queue == queue && m->leases[i].worker == worker ? &m->leases[i] : 0;
    return 0;
}

static void accept(struct model *m, struct model_lease *l, int exitcode, int64_t now_us)
{
    struct model_task *t = &m->tasks[l->task];
    const struct model_queue *q = &m->queues[l->queue];
    close_lease(l, exitcode ? ATTEMPT_FAILED : ATTEMPT_SUCCEEDED);
    t->state = TASK_SUCCEEDED;
    if (exitcode) {
        t->failures++;
        t->state = t->failures >= q->max_attempts ? TASK_FAILED : q->backoff_us ? TASK_WAITING : TASK_PENDING;
    }
    if (t->state == TASK_WAITING) {
        t->not_before = now_us + q->backoff_us;
        for (int64_t i = 1; i < t->failures; i++)
            t->not_before = now_us + 2 * (t->not_before - now_us);
    }
    if (t->state == TASK_SUCCEEDED || t->state == TASK_FAILED)
        ended(m, l->queue, now_us);
}

enum finish_outcome model_finish(struct model *m, int queue, int worker, int64_t lease, int exitcode, int64_t now_us)
{
    struct model_lease *l = find(m, queue, worker, lease);
    if (!l)
        return FINISH_UNKNOWN;
    if (l->closed == ATTEMPT_SUCCEEDED || l->closed == ATTEMPT_FAILED)
        return FINISH_REPEATED;
    if (l->closed != ATTEMPT_OPEN) {
        l->late = true;
        return FINISH_STALE;
    }
    accept(m, l, exitcode, now_us);
    return FINISH_ACCEPTED;
}

enum renew_outcome model_renew(struct model *m, int queue, int worker, int64_t lease, bool begun, int64_t now_us)
{
    struct model_lease *l = find(m, queue, worker, lease);
    if (!l || (l->closed != ATTEMPT_OPEN && l->closed != ATTEMPT_CANCELLED))
        return RENEW_LOST;
    if (l->closed == ATTEMPT_CANCELLED)
        return RENEW_CANCELLED;
    int64_t until = now_us + m->queues[queue].lease_us;
    if (until > l->until)
        l->until = until;
    if (begun)
        l->begun = true;
    return m->queues[queue].paused ? RENEW_PAUSED : RENEW_RENEWED;
}

void model_begin(struct model *m, int queue, int worker, int64_t lease)
{
    struct model_lease *l = find(m, queue, worker, lease);
    if (l && l->closed == ATTEMPT_OPEN)
        l->begun = true;
}

bool model_release(struct model *m, int queue, int worker, int64_t lease)
{
    struct model_lease *l = find(m, queue, worker, lease);
    if (!l || l->closed != ATTEMPT_OPEN)
        return false;
    close_lease(l, ATTEMPT_RELEASED);
    m->tasks[l->task].state = TASK_PENDING;
    return true;
}

static int cancel_one(struct model *m, struct model_task *t)
{
    if (t->state == TASK_SUCCEEDED || t->state == TASK_FAILED)
        return -1;
    if (t->state == TASK_KILLED)
        return 0;
    if (t->state == TASK_RUNNING)
        close_lease(&m->leases[t->lease], ATTEMPT_CANCELLED);
    t->state = TASK_KILLED;
    t->crashed_out = false;
    return 1;
}

static int retry_one(struct model_task *t)
{
    if (t->state == TASK_PENDING || t->state == TASK_RUNNING)
        return 0;
    if (t->state == TASK_WAITING)
        return 0;
    if (t->state != TASK_FAILED && t->state != TASK_KILLED)
        return -1;
    t->state = TASK_PENDING;
    t->failures = t->crashes = 0;
    t->not_before = NONE;
    return 1;
}

static struct model_task *task_of(struct model *m, int queue, int64_t id)
{
    for (int i = 0; i < m->task_count; i++)
        if (m->tasks[i].id == id && m->tasks[i].queue == queue)
            return &m->tasks[i];
    return 0;
}

int model_cancel(struct model *m, int queue, int64_t id)
{
    int changed = 0;
    if (id)
        return task_of(m, queue, id) ? cancel_one(m, task_of(m, queue, id)) : -1;
    for (int i = 0; i < m->task_count; i++)
        if (m->tasks[i].queue == queue && cancel_one(m, &m->tasks[i]) == 1)
            changed++;
    return changed;
}

int model_retry(struct model *m, int queue, int64_t id, bool killed)
{
    int changed = 0;
    if (id)
        return task_of(m, queue, id) ? retry_one(task_of(m, queue, id)) : -1;
    for (int i = 0; i < m->task_count; i++) {
        struct model_task *t = &m->tasks[i];
        bool meant = t->state == TASK_FAILED || (killed && t->state == TASK_KILLED && t->crashed_out);
        if (t->queue == queue && meant && retry_one(t) == 1)
            changed++;
    }
    return changed;
}

int64_t model_ended_since(const struct model *m, int queue, int64_t from_us)
{
    int64_t count = 0;
    for (int i = 0; i < m->queues[queue].finished_count; i++)
        count += m->queues[queue].finished_at[i] >= from_us;
    return count;
}
