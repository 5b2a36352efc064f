/* See sim_model.h. Claims, results, renewals, give-backs, leases that run out. */
#include "base/clock.h"
#include "base/err.h"
#include "sim_model.h"

static int best_pending(const struct model *m, int queue)
{
    int best = -1;
    for (int i = 0; i < m->task_count; i++)
        if (m->tasks[i].queue == queue && !m->tasks[i].gone && m->tasks[i].state == TASK_PENDING &&
            (best < 0 || m->tasks[i].priority > m->tasks[best].priority))
            best = i;
    return best;
}

/* The oldest lease whose holder is another worker and alone with its task; -1: none. */
static int best_running(const struct model *m, int queue, int worker)
{
    for (int i = 0; i < m->lease_count; i++) {
        const struct model_lease *l = &m->leases[i];
        if (l->queue == queue && l->closed == ATTEMPT_OPEN && l->worker != worker && m->tasks[l->task].open == 1)
            return l->task;
    }
    return -1;
}

static int open_again(const struct model *m, const struct model_last_claim *c, int out[MODEL_CLAIM_MAX])
{
    int count = 0;
    for (int i = c->first; i <= c->last; i++)
        if (m->leases[i].closed == ATTEMPT_OPEN)
            out[count++] = i;
    return count;
}

static void give(struct model *m, int task, int worker, bool begun, bool face)
{
    struct model_task *t = &m->tasks[task];
    const struct model_policy *p = &m->queues[t->queue].policy;
    m->leases[m->lease_count] = (struct model_lease){.until = m->now_us + (face ? p->face_lease_us : p->lease_us), .task = task,
                                                     .queue = t->queue, .worker = worker, .begun = begun};
    t->state = TASK_RUNNING;
    t->leases++;
    t->open++;
    t->lease = m->lease_count++;
}

/* What the last claim with a nonce was answered is remembered; one that got nothing need not be noted more often than
 * each 30 s. */
static void remember(struct model *m, struct model_last_claim *c, int64_t nonce, int first)
{
    enum { SEEN_EVERY = 30 };
    int count = m->lease_count - first;
    if (!nonce)
        return;
    if (!count && c->seen && m->now_us - c->seen < SEEN_EVERY * CLOCK_SECOND)
        return;
    *c = (struct model_last_claim){.nonce = nonce, .seen = m->now_us, .first = count ? first : -1, .last = m->lease_count - 1};
}

int model_claim(struct model *m, int queue, int worker, int64_t nonce, int max, int begin, bool face, bool *again,
                int out_leases[MODEL_CLAIM_MAX])
{
    struct model_queue *q = &m->queues[queue];
    struct model_last_claim *last = &q->last_claim[worker];
    int count = 0, first = m->lease_count, task;
    *again = nonce && last->nonce == nonce && last->first >= 0;
    if (*again)
        return open_again(m, last, out_leases);
    for (; !q->paused && count < max && (task = best_pending(m, queue)) >= 0; count++)
        give(m, task, worker, count < begin, face);
    bool second = !q->paused && !count && q->policy.speculate;
    for (; second && count < max && (task = best_running(m, queue, worker)) >= 0; count++)
        give(m, task, worker, count < begin, face);
    for (int i = 0; i < count; i++)
        out_leases[i] = first + i;
    remember(m, last, nonce, first);
    return count;
}

bool model_has_work(const struct model *m, int queue, int worker)
{
    const struct model_queue *q = &m->queues[queue];
    return !q->paused && (best_pending(m, queue) >= 0 || (q->policy.speculate && best_running(m, queue, worker) >= 0));
}

static struct model_lease *find(struct model *m, int queue, int worker, int64_t id)
{
    for (int i = 0; i < m->lease_count; i++) {
        struct model_lease *l = &m->leases[i];
        if (l->id == id)
            return l->queue == queue && l->worker == worker && !m->tasks[l->task].gone ? l : 0;
    }
    return 0;
}

static void close_lease(struct model *m, struct model_lease *l, enum attempt_outcome outcome)
{
    l->closed = outcome;
    m->tasks[l->task].open--;
}

void model_close_all(struct model *m, int task, enum attempt_outcome outcome)
{
    for (int i = 0; i < m->lease_count; i++)
        if (m->leases[i].task == task && m->leases[i].closed == ATTEMPT_OPEN)
            close_lease(m, &m->leases[i], outcome);
}

/* Twice as long after each failure. */
static enum task_state back_off(struct model *m, struct model_task *t, int64_t backoff_us)
{
    if (!backoff_us)
        return TASK_PENDING;
    for (int64_t i = 1; i < t->failures; i++)
        backoff_us *= 2;
    t->not_before = m->now_us + backoff_us;
    return TASK_WAITING;
}

/* The first success ends the task and every other lease of it; a failure counts only where no other lease is open. */
static void accept(struct model *m, struct model_lease *l, int exitcode)
{
    struct model_task *t = &m->tasks[l->task];
    const struct model_policy *p = &m->queues[l->queue].policy;
    enum task_state to = TASK_SUCCEEDED;
    close_lease(m, l, exitcode ? ATTEMPT_FAILED : ATTEMPT_SUCCEEDED);
    t->exitcode = exitcode;
    if (exitcode == 0)
        model_close_all(m, l->task, ATTEMPT_SUPERSEDED);
    else if (t->open)
        return;
    else
        to = ++t->failures >= p->max_attempts ? TASK_FAILED : back_off(m, t, p->backoff_us);
    if (to >= TASK_SUCCEEDED) {
        m->ends[m->end_count].queue = l->queue;
        m->ends[m->end_count++].at = m->now_us;
    }
    model_move(m, l->task, to);
}

enum finish_outcome model_finish(struct model *m, int queue, int worker, int64_t lease, int exitcode)
{
    struct model_lease *l = find(m, queue, worker, lease);
    if (!l)
        return FINISH_UNKNOWN;
    if (l->closed == ATTEMPT_SUCCEEDED || l->closed == ATTEMPT_FAILED)
        return FINISH_REPEATED;
    if (l->closed != ATTEMPT_OPEN)
        return FINISH_STALE;
    accept(m, l, exitcode);
    return FINISH_ACCEPTED;
}

enum renew_outcome model_renew(struct model *m, int queue, int worker, int64_t lease, bool begun)
{
    struct model_lease *l = find(m, queue, worker, lease);
    if (!l)
        return RENEW_LOST;
    if (l->closed == ATTEMPT_CANCELLED || l->closed == ATTEMPT_SUPERSEDED)
        return RENEW_CANCELLED; /* nobody wants its result any more: stop it */
    if (l->closed != ATTEMPT_OPEN)
        return RENEW_LOST;
    int64_t until = m->now_us + m->queues[queue].policy.lease_us;
    l->until = until > l->until ? until : l->until;
    l->begun |= begun;
    return m->queues[queue].paused ? RENEW_PAUSED : RENEW_RENEWED;
}

bool model_release(struct model *m, int queue, int worker, int64_t lease)
{
    struct model_lease *l = find(m, queue, worker, lease);
    if (!l || l->closed != ATTEMPT_OPEN)
        return false;
    close_lease(m, l, ATTEMPT_RELEASED);
    if (!m->tasks[l->task].open)
        model_move(m, l->task, TASK_PENDING);
    return true;
}

void model_begin(struct model *m, int queue, int worker, int64_t lease)
{
    struct model_lease *l = find(m, queue, worker, lease);
    if (l && l->closed == ATTEMPT_OPEN)
        l->begun = true;
}

int model_held(const struct model *m, int queue, int worker, int64_t *out_ids, int max)
{
    int count = 0;
    for (int i = 0; i < m->lease_count && count < max; i++)
        if (m->leases[i].queue == queue && m->leases[i].worker == worker && m->leases[i].closed == ATTEMPT_OPEN)
            out_ids[count++] = m->leases[i].id;
    return count;
}

/* The worker's own, else the newest. */
static struct model_lease *open_of(struct model *m, int task, int worker)
{
    struct model_lease *found = 0;
    for (int i = 0; i < m->lease_count; i++) {
        struct model_lease *l = &m->leases[i];
        if (l->task == task && l->closed == ATTEMPT_OPEN && (l->worker == worker || !found || found->worker != worker))
            found = l;
    }
    return found;
}

/* It was nobody's, and has ended in that moment. */
static void say_ended(struct model *m, int task, int worker, enum task_state to, int64_t exitcode)
{
    give(m, task, worker, false, true);
    close_lease(m, &m->leases[m->lease_count - 1], to == TASK_SUCCEEDED ? ATTEMPT_SUCCEEDED : ATTEMPT_FAILED);
    m->tasks[task].exitcode = exitcode;
    m->tasks[task].failures += to == TASK_FAILED;
    model_move(m, task, to);
}

int model_set_state(struct model *m, int queue, int64_t id, int worker, enum task_state to, int64_t exitcode, int *out_lease)
{
    int task = model_find(m, id), leases = m->lease_count;
    *out_lease = -1;
    if (task < 0 || m->tasks[task].queue != queue)
        return ERR_TASK_NOT_FOUND;
    enum task_state from = m->tasks[task].state;
    bool ends = to == TASK_SUCCEEDED || to == TASK_FAILED, unfinished = from < TASK_SUCCEEDED;
    exitcode = exitcode != NONE ? exitcode : to == TASK_FAILED;
    if (from == to)
        return 0;
    if (from == TASK_RUNNING && ends)
        accept(m, open_of(m, task, worker), (int)exitcode);
    else if (from == TASK_RUNNING && to == TASK_PENDING)
        model_happen(m, &(struct asked){EV_RECOVERED, 0, NONE}, task);
    else if (unfinished && ends)
        say_ended(m, task, worker, to, exitcode);
    else if (from == TASK_PENDING && to == TASK_RUNNING && !m->queues[queue].paused)
        give(m, task, worker, false, true);
    else if (!unfinished && to == TASK_PENDING)
        model_happen(m, &(struct asked){EV_RERUN, 0, NONE}, task);
    else if (unfinished && to == TASK_KILLED)
        model_happen(m, &(struct asked){EV_CANCELLED, 0, NONE}, task);
    else
        return ERR_TASK_STATE;
    *out_lease = m->lease_count > leases ? leases : -1;
    return 0;
}

static struct model_lease *first_over(struct model *m)
{
    struct model_lease *first = 0;
    for (int i = 0; i < m->lease_count; i++) {
        struct model_lease *l = &m->leases[i];
        bool over = l->closed == ATTEMPT_OPEN && !m->tasks[l->task].gone && l->until <= m->now_us;
        if (over && (!first || l->until < first->until))
            first = l;
    }
    return first;
}

/* Running out is a crash if the command had begun and nobody else holds the task. */
static void expire(struct model *m, struct model_lease *l)
{
    struct model_task *t = &m->tasks[l->task];
    close_lease(m, l, l->begun ? ATTEMPT_CRASHED : ATTEMPT_EXPIRED);
    if (t->open)
        return;
    bool out = l->begun && ++t->crashes >= m->queues[l->queue].policy.max_crashes;
    model_move(m, l->task, out ? TASK_KILLED : TASK_PENDING);
}

void model_expire(struct model *m)
{
    struct model_lease *l;
    for (int i = 0; i < m->slice_rows && (l = first_over(m)); i++)
        expire(m, l);
}

int64_t model_ended_since(const struct model *m, int queue, int64_t from_us)
{
    int64_t count = 0;
    for (int i = 0; i < m->end_count; i++)
        count += m->ends[i].queue == queue && m->ends[i].at >= from_us;
    return count;
}
