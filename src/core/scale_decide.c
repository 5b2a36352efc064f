/* See scale_decide.h.
 *
 *   backlog  = tasks that are pending or running
 *   deserved = backlog / (tasks_per_worker × workers), rounded up, while any is pending; else as many jobs as hold a task
 *   wanted   = deserved, at least min_jobs, at most max_jobs
 *
 * Jobs above `wanted` that have not begun are cancelled at once, the newest first; those that run only once they are idle: nothing has been
 * pending for a while, and they hold nothing. How many are started is the least of several bounds, each with its reason. What a job may
 * cost is counted from the moment it is submitted, so that the budget holds whatever becomes of it. */
#include "core/scale_decide.h"

#include <stddef.h>

#include "base/clock.h"

enum { WAIT_LEAST_SECONDS = 5, WAIT_MOST_SECONDS = 300, MINUTE_SECONDS = 60, NOT_EXECUTABLE = 126, NOT_FOUND = 127 };

const char *scale_why_words(enum scale_why why)
{
    static const char *const WORDS[SCALE_WHYS] = {
        [SCALE_ENOUGH] = "the backlog deserves no more",
        [SCALE_PAUSED] = "it is paused",
        [SCALE_LATER] = "a submission was refused: it is tried again in a while",
        [SCALE_TRYING] = "the last submission was refused: one at a time is tried",
        [SCALE_FULL] = "max_jobs are open",
        [SCALE_SLOW] = "more are started when some of these have begun",
        [SCALE_BUDGET] = "the budget would not be enough for another job",
    };
    return WORDS[why];
}

const char *scale_going_words(enum scale_going going)
{
    static const char *const WORDS[SCALE_GOINGS] = {
        [SCALE_NEEDLESS] = "no task waits for it",
        [SCALE_IDLE] = "it had nothing to do",
        [SCALE_SAVED] = "the budget is used up",
    };
    return WORDS[going];
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

/* Of what is not negative; what is too large stays as large as can be. */
static int64_t plus(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}
static int64_t times(int64_t a, int64_t b)
{
    int64_t product;
    return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

int64_t scale_whole(int64_t walltime_us, int64_t cores)
{
    const int64_t minute = MINUTE_SECONDS * CLOCK_SECOND;
    if (!walltime_us)
        return INT64_MAX;
    int64_t minutes = walltime_us / minute + (walltime_us % minute > 0) + 1;
    return times(times(minutes, minute), cores);
}

static bool has_ended(const struct job_row *j) { return j->state > JOB_RUNNING; }

bool scale_has_begun(const struct job_row *j)
{
    if (j->state == JOB_FAILED && (j->exitcode == NOT_EXECUTABLE || j->exitcode == NOT_FOUND))
        return false;
    return j->started != NONE || j->state == JOB_RUNNING || j->state == JOB_FINISHED || j->exitcode != NONE;
}

/* One of which nobody has seen the beginning began when it was submitted, for all we know. */
int64_t scale_cost(const struct job_row *j)
{
    int64_t from = j->started != NONE ? j->started : j->exitcode != NONE || j->state == JOB_FINISHED ? j->submitted : NONE;
    int64_t cores = times(j->workers, j->cores);
    int64_t used = has_ended(j) && from != NONE && j->finished > from ? times(j->finished - from, cores) : 0;
    return j->state == JOB_LOST && j->walltime_us ? most(used, scale_whole(j->walltime_us, cores)) : used;
}

static int64_t has_used(const struct scale_job *j, int64_t now_us)
{
    return j->started_us != NONE && now_us > j->started_us ? times(now_us - j->started_us, j->cores) : 0;
}

/* One that runs longer than it was to still costs. */
static int64_t may_cost(const struct scale_job *j, int64_t now_us)
{
    return most(has_used(j, now_us), scale_whole(j->walltime_us, j->cores));
}

struct tally {
    int64_t staying, busy, running, waiting, submitted; /* jobs */
};

static struct tally count(const struct scale_sight *s)
{
    struct tally n = {0};
    for (int i = 0; i < s->count; i++) {
        const struct scale_job *j = &s->jobs[i];
        n.staying += !j->leaving;
        n.busy += !j->leaving && j->busy;
        n.running += j->state == JOB_RUNNING;
        n.waiting += j->state != JOB_RUNNING;
        n.submitted += j->state == JOB_SUBMITTED;
    }
    return n;
}

static int64_t wanted(const struct scale_row *c, const struct scale_sight *s, int64_t busy)
{
    int64_t share = times(c->tasks_per_worker, c->workers), backlog = s->pending + s->running;
    int64_t deserved = s->pending ? backlog / share + (backlog % share > 0) : busy;
    return least(most(deserved, c->paused ? 0 : c->min_jobs), c->max_jobs);
}

/* What is left of the budget is enough for so many. */
static int64_t affordable(const struct scale_row *c, int64_t promised_us)
{
    if (c->budget_us == NONE)
        return INT64_MAX;
    if (promised_us >= c->budget_us)
        return 0;
    return (c->budget_us - promised_us) / scale_whole(c->walltime_us, times(c->workers, c->cores));
}

static void decide_starts(const struct scale_row *c, const struct scale_sight *s, const struct tally *n, struct scale_plan *out)
{
    const struct {
        enum scale_why why;
        int64_t most;
    } bounds[] = {
        {SCALE_ENOUGH, out->wanted - n->staying},
        {SCALE_PAUSED, c->paused ? 0 : INT64_MAX},
        {SCALE_LATER, c->refused && s->now_us < c->at ? 0 : INT64_MAX},
        {SCALE_TRYING, c->refused ? 1 - n->submitted : INT64_MAX},
        {SCALE_FULL, c->max_jobs - s->count},
        {SCALE_SLOW, most(SCALE_WAITING, n->running + 1) - n->waiting},
        {SCALE_BUDGET, affordable(c, out->promised_us)},
    };
    out->start = INT64_MAX;
    for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++)
        if (bounds[i].most < out->start) {
            out->start = most(bounds[i].most, 0);
            out->why = bounds[i].why;
        }
}

/* May it go, with nothing lost? */
static bool is_needless(const struct scale_sight *s, const struct scale_job *j)
{
    if (j->leaving || j->busy)
        return false;
    return j->state != JOB_RUNNING || (!s->pending && s->calm_us >= SCALE_CALM_SECONDS * CLOCK_SECOND);
}

static void go(struct scale_plan *out, int64_t id, enum scale_going why)
{
    out->going[out->cancel_count] = why;
    out->cancel[out->cancel_count++] = id;
}

static bool is_going(const struct scale_plan *out, int64_t id)
{
    for (int i = 0; i < out->cancel_count; i++)
        if (out->cancel[i] == id)
            return true;
    return false;
}

/* Those that wait to begin before those that run; of either the newest first. */
static void decide_cancels(const struct scale_sight *s, int64_t surplus, struct scale_plan *out)
{
    for (int run = 0; run < 2; run++)
        for (int i = s->count - 1; i >= 0 && surplus > 0 && out->cancel_count < SCALE_CANCELS; i--) {
            const struct scale_job *j = &s->jobs[i];
            if ((j->state == JOB_RUNNING) != run || !is_needless(s, j))
                continue;
            go(out, j->id, run ? SCALE_IDLE : SCALE_NEEDLESS);
            surplus--;
        }
}

/* A scheduler that began a job anew, one found again after it was lost, a budget that was made smaller: more may have been promised than
 * there is. Then those that wait are not begun; and those that run end once it is used up. */
static void decide_savings(const struct scale_row *c, const struct scale_sight *s, struct scale_plan *out)
{
    int64_t promised = out->promised_us, used = c->spent_us;
    for (int i = 0; i < s->count; i++)
        used = plus(used, has_used(&s->jobs[i], s->now_us));
    for (int i = s->count - 1; c->budget_us != NONE && i >= 0 && out->cancel_count < SCALE_CANCELS; i--) {
        const struct scale_job *j = &s->jobs[i];
        bool waits = j->state != JOB_RUNNING;
        if (j->leaving || is_going(out, j->id) || (waits ? promised <= c->budget_us : used < c->budget_us))
            continue;
        go(out, j->id, SCALE_SAVED);
        if (waits && promised != INT64_MAX)
            promised -= may_cost(j, s->now_us);
    }
}

void scale_decide(const struct scale_row *c, const struct scale_sight *s, struct scale_plan *out)
{
    struct tally n = count(s);
    *out = (struct scale_plan){.wanted = wanted(c, s, n.busy), .promised_us = c->spent_us};
    for (int i = 0; i < s->count; i++)
        out->promised_us = plus(out->promised_us, may_cost(&s->jobs[i], s->now_us));
    decide_starts(c, s, &n, out);
    decide_cancels(s, n.staying - out->wanted, out);
    decide_savings(c, s, out);
}

/* 5 s after the first refusal, twice as long after each further one. */
static int64_t pause_after(int64_t refused)
{
    int64_t seconds = refused < 8 ? WAIT_LEAST_SECONDS << (refused - 1) : WAIT_MOST_SECONDS;
    return least(seconds, WAIT_MOST_SECONDS) * CLOCK_SECOND;
}

/* A scheduler has taken it back, or begun it anew: what it ran before is used all the same. */
static int64_t cost_before(const struct job_row *was, const struct job_row *is, int64_t now_us)
{
    if (was->started == NONE || was->state == JOB_LOST || is->started == was->started)
        return 0;
    int64_t until = is->started == NONE ? now_us : is->started;
    return until > was->started ? times(until - was->started, times(was->workers, was->cores)) : 0;
}

static void count_end(struct scale_row *c, const struct job_row *is, bool refused, bool called_off, int64_t now_us)
{
    if (refused) {
        c->refused++;
        c->at = now_us + pause_after(c->refused);
    } else if (!scale_has_begun(is) && !called_off) {
        c->unbegun++;
    }
}

void scale_count(struct scale_row *c, const struct job_row *was, const struct job_row *is, bool refused, bool called_off, int64_t now_us,
                 bool *out_paused)
{
    bool taken = was->wanted == JOB_WANT_START && !refused && is->state != JOB_SUBMITTED && is->state != JOB_CANCELLED;
    c->spent_us = most(plus(plus(c->spent_us, scale_cost(is)), cost_before(was, is, now_us)) - scale_cost(was), 0);
    if (taken)
        c->refused = 0;
    if (scale_has_begun(is) && (was->state != is->state || was->started != is->started))
        c->unbegun = 0;
    if (has_ended(is) && !has_ended(was))
        count_end(c, is, refused, called_off, now_us);
    bool stuck = c->refused >= SCALE_REFUSED_MOST || c->unbegun >= SCALE_UNBEGUN_MOST;
    *out_paused = stuck && !c->paused;
    c->paused = c->paused || stuck;
}

int64_t scale_forecast(const struct rate_window *w, int64_t backlog, int64_t cores)
{
    struct rate_sum all = {0};
    for (int i = 0; w && i < w->count; i++)
        rate_sum_add(&all, &w->buckets[i].sum);
    if (!all.count)
        return NONE;
    double us = all.held_s / (double)all.count * (double)backlog * (double)cores * CLOCK_SECOND;
    return us < 9e18 ? (int64_t)us : INT64_MAX;
}
