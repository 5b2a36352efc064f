/* Scales in simulation: for each seed a queue that tasks come to in bursts, and a scheduler that takes what it likes: submissions are refused
 * at random, jobs begin late or never, die, run to their walltime, are begun anew, are lost and found again; what is cancelled goes when it
 * goes. What the decisions see is what a launcher would have told. After each turn, as the cluster itself counts:
 *
 *   never more than max_jobs are open; what all jobs have used is within the budget; nothing is submitted while it is paused; ten refusals or
 *   three jobs that never began, one after the other, have paused it; a job that holds a task is never cancelled while the budget lasts; who
 *   is idle is gone, or going, within a minute; with nothing to do no more than min_jobs are there.
 *
 *   sim_scale [SEEDS [FIRST]] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "core/scale_decide.h"

enum { TICKS = 600, ROOM = 4096, MINUTE = 60 };

struct cluster_job {
    struct job_row row;     /* as docket has it */
    bool real_running;      /* as it is */
    int64_t begins, dies;   /* when; NONE: never */
    int64_t goes;           /* when a cancelling is done; NONE */
    int64_t since;          /* it runs */
    int64_t held;           /* tasks */
    int64_t idle_since;     /* NONE: it is not */
    bool found;             /* after it was lost */
};

struct sim {
    uint64_t random;
    int seed, tick;
    int64_t now;
    struct scale_row c;
    struct cluster_job jobs[ROOM];
    int count;
    int64_t pending, running;
    int64_t calm_since;
    int refuse_percent, never_percent, die_percent;
    bool again, losing;
    int64_t real_used;   /* by stretches that are over */
    int refused_in_row, most_open, begun_anew;
    int64_t idle_allowed;
};

static uint64_t draw(struct sim *s, uint64_t below)
{
    s->random ^= s->random >> 12;
    s->random ^= s->random << 25;
    s->random ^= s->random >> 27;
    return (s->random * UINT64_C(2685821657736338717) >> 11) % below;
}

static void must(const struct sim *s, bool holds, const char *what)
{
    if (holds)
        return;
    printf("not ok simulation (seed %d, turn %d: %s)\n", s->seed, s->tick, what);
    exit(1);
}

static int64_t cores(const struct job_row *j) { return j->workers * j->cores; }
static bool is_open(const struct job_row *j) { return j->state <= JOB_RUNNING; }
static int64_t seconds(struct sim *s, int64_t most) { return (int64_t)draw(s, (uint64_t)most + 1) * CLOCK_SECOND; }

/* What a launcher would report: the row changes, the scale counts. */
static void report(struct sim *s, struct cluster_job *j, struct job_row is, bool refused)
{
    bool paused, was_paused = s->c.paused, called_off = is.reason != NULL;
    struct job_row was = j->row;
    j->row = is;
    scale_count(&s->c, &was, &is, refused, called_off, s->now, &paused);
    must(s, paused == (s->c.paused && !was_paused), "it says when it pauses itself");
    if (refused)
        s->refused_in_row++;
    else if (was.state == JOB_SUBMITTED && is.state == JOB_PENDING)
        s->refused_in_row = 0;
    must(s, s->refused_in_row < SCALE_REFUSED_MOST || s->c.paused, "ten refusals one after the other pause it");
}

static void drop_tasks(struct sim *s, struct cluster_job *j)
{
    s->pending += j->held;
    s->running -= j->held;
    j->held = 0;
}

/* Its processes are gone. */
static void stop(struct sim *s, struct cluster_job *j)
{
    if (j->real_running)
        s->real_used += (s->now - j->since) * cores(&j->row);
    j->real_running = false;
    drop_tasks(s, j);
}

static void end(struct sim *s, struct cluster_job *j, enum job_state state)
{
    struct job_row is = j->row;
    if (j->real_running)
        is.started = j->since;
    stop(s, j);
    is.state = state;
    is.wanted = JOB_WANT_NOTHING;
    is.finished = s->now;
    report(s, j, is, false);
}

static void submit(struct sim *s, struct cluster_job *j)
{
    struct job_row is = j->row;
    bool refused = (int)draw(s, 100) < s->refuse_percent;
    is.wanted = is.wanted == JOB_WANT_START ? JOB_WANT_NOTHING : is.wanted;
    is.state = refused ? JOB_FAILED : JOB_PENDING;
    if (refused)
        is.finished = s->now;
    report(s, j, is, refused);
    j->begins = (int)draw(s, 100) < s->never_percent ? NONE : s->now + seconds(s, 300);
}

static void begin(struct sim *s, struct cluster_job *j)
{
    struct job_row is = j->row;
    int64_t minutes = is.walltime_us ? (is.walltime_us + MINUTE * CLOCK_SECOND - 1) / (MINUTE * CLOCK_SECOND) : 2 * MINUTE;
    int64_t most = minutes * MINUTE * CLOCK_SECOND + seconds(s, 40); /* schedulers look now and then */
    j->real_running = true;
    j->since = s->now;
    j->dies = s->now + most;
    if ((int)draw(s, 100) < s->die_percent)
        j->dies = s->now + seconds(s, most / CLOCK_SECOND);
    is.state = JOB_RUNNING;
    is.started = s->now;
    report(s, j, is, false);
}

static void begin_anew(struct sim *s, struct cluster_job *j)
{
    struct job_row is = j->row;
    stop(s, j);
    is.state = JOB_PENDING;
    is.started = NONE;
    report(s, j, is, false);
    j->begins = s->now + seconds(s, 120);
    s->begun_anew++;
}

/* Out of sight: it goes on, or has gone. */
static void lose(struct sim *s, struct cluster_job *j)
{
    struct job_row is = j->row;
    is.state = JOB_LOST;
    is.finished = s->now;
    report(s, j, is, false);
}

static void find(struct sim *s, struct cluster_job *j)
{
    struct job_row is = j->row;
    is.state = JOB_RUNNING;
    is.finished = NONE;
    j->found = true;
    report(s, j, is, false);
}

static void live(struct sim *s, struct cluster_job *j)
{
    enum job_state state = j->row.state;
    if (j->goes != NONE && s->now >= j->goes && state <= JOB_RUNNING)
        end(s, j, JOB_CANCELLED);
    else if (state == JOB_SUBMITTED && draw(s, 2))
        submit(s, j);
    else if (state == JOB_PENDING && j->begins != NONE && s->now >= j->begins)
        begin(s, j);
    else if (state == JOB_PENDING && j->begins == NONE && draw(s, 20) == 0)
        end(s, j, JOB_FAILED);
    else if (j->real_running && s->now >= j->dies && state == JOB_RUNNING)
        end(s, j, draw(s, 2) ? JOB_FAILED : JOB_FINISHED);
    else if (state == JOB_RUNNING && s->losing && draw(s, 200) == 0)
        lose(s, j);
    else if (state == JOB_LOST && j->real_running && s->now >= j->dies)
        stop(s, j);
    else if (state == JOB_LOST && j->real_running && draw(s, 10) == 0)
        find(s, j);
    else if (state == JOB_RUNNING && s->again && draw(s, 100) == 0)
        begin_anew(s, j);
}

/* Running jobs take tasks and finish some. */
static void work(struct sim *s, struct cluster_job *j)
{
    if (!j->real_running)
        return;
    int64_t done = j->held ? (int64_t)draw(s, (uint64_t)j->held + 1) : 0;
    j->held -= done;
    s->running -= done;
    int64_t taken = j->row.workers - j->held < s->pending ? j->row.workers - j->held : s->pending;
    j->held += taken;
    s->pending -= taken;
    s->running += taken;
    j->idle_since = j->held ? NONE : j->idle_since == NONE ? s->now : j->idle_since;
}

static void add_job(struct sim *s)
{
    must(s, s->count < ROOM, "room in the simulation");
    s->jobs[s->count] = (struct cluster_job){
        .row = {.id = s->count + 1, .scale = 1, .state = JOB_SUBMITTED, .wanted = JOB_WANT_START, .workers = s->c.workers, .cores = s->c.cores,
                .walltime_us = s->c.walltime_us, .submitted = s->now, .started = NONE, .finished = NONE, .exitcode = NONE},
        .begins = NONE, .dies = NONE, .goes = NONE, .idle_since = NONE};
    s->count++;
}

static int sight(const struct sim *s, struct scale_job *jobs)
{
    int n = 0;
    for (int i = 0; i < s->count; i++) {
        const struct cluster_job *j = &s->jobs[i];
        if (is_open(&j->row))
            jobs[n++] = (struct scale_job){.id = j->row.id, .state = j->row.state, .leaving = j->row.wanted == JOB_WANT_CANCEL, .busy = j->held > 0,
                                           .cores = cores(&j->row), .walltime_us = j->row.walltime_us, .started_us = j->row.started};
    }
    return n;
}

static void cancel(struct sim *s, int64_t id, enum scale_going going)
{
    struct cluster_job *j = &s->jobs[id - 1];
    must(s, j->row.id == id && is_open(&j->row), "what is cancelled is open");
    must(s, !j->held || going == SCALE_SAVED, "a job that holds a task is left alone");
    j->row.wanted = JOB_WANT_CANCEL;
    j->row.reason = "called off";
    j->goes = s->now + seconds(s, 30);
}

static void decide(struct sim *s)
{
    static struct scale_job jobs[ROOM];
    struct scale_plan plan;
    struct scale_sight look = {.pending = s->pending, .running = s->running, .jobs = jobs, .now_us = s->now};
    if (s->pending)
        s->calm_since = NONE;
    else if (s->calm_since == NONE)
        s->calm_since = s->now;
    look.calm_us = s->pending ? 0 : s->now - s->calm_since;
    look.count = sight(s, jobs);
    scale_decide(&s->c, &look, &plan);
    must(s, !s->c.paused || plan.start == 0, "nothing is submitted while it is paused");
    must(s, plan.start <= SCALE_WAITING || plan.start <= look.count + 1, "it starts slowly");
    for (int i = 0; i < plan.cancel_count; i++)
        cancel(s, plan.cancel[i], plan.going[i]);
    for (int64_t i = 0; i < plan.start; i++)
        add_job(s);
}

static void check(struct sim *s)
{
    int open = 0, staying = 0;
    int64_t used = s->real_used, slack = 0;
    for (int i = 0; i < s->count; i++) {
        const struct cluster_job *j = &s->jobs[i];
        open += is_open(&j->row) && !j->found; /* another has taken its place meanwhile */
        staying += is_open(&j->row) && j->row.wanted != JOB_WANT_CANCEL;
        if (j->real_running)
            used += (s->now - j->since) * cores(&j->row);
        bool waits_long = j->real_running && j->row.state == JOB_RUNNING && j->idle_since != NONE && s->now - j->idle_since > MINUTE * CLOCK_SECOND &&
                          s->calm_since != NONE && s->now - s->calm_since > MINUTE * CLOCK_SECOND;
        if (waits_long && j->row.wanted != JOB_WANT_CANCEL)
            s->idle_allowed++;
    }
    s->most_open = open > s->most_open ? open : s->most_open;
    must(s, open <= s->c.max_jobs, "never more than max_jobs");
    if (s->begun_anew) /* a scheduler that begins jobs anew by itself is met by the next decision, not before */
        slack = s->begun_anew * 60 * CLOCK_SECOND * s->c.workers * s->c.cores;
    if (s->c.budget_us != NONE && used > s->c.budget_us + slack)
        printf("# used %" PRId64 " s of %" PRId64 " s, begun anew %d, losing %d\n", used / CLOCK_SECOND, s->c.budget_us / CLOCK_SECOND, s->begun_anew, s->losing);
    must(s, s->c.budget_us == NONE || used <= s->c.budget_us + slack, "the budget is never passed");
    must(s, s->idle_allowed <= (s->c.paused ? 0 : s->c.min_jobs), "idle jobs are gone within a minute");
    s->idle_allowed = 0;
    bool rests = !s->pending && !s->running && s->calm_since != NONE && s->now - s->calm_since > 2 * MINUTE * CLOCK_SECOND;
    must(s, !rests || staying <= (s->c.paused ? 0 : s->c.min_jobs) + s->losing * 8, "with nothing to do no more than min_jobs stay");
}

static void set_up(struct sim *s, int seed)
{
    *s = (struct sim){.random = (uint64_t)seed * UINT64_C(0x9E3779B97F4A7C15) + 1, .seed = seed, .now = 1000000 * CLOCK_SECOND, .calm_since = NONE};
    for (int i = 0; i < 8; i++)
        draw(s, 2);
    s->c = (struct scale_row){.id = 1, .max_jobs = 1 + (int64_t)draw(s, 30), .tasks_per_worker = 1 + (int64_t)draw(s, 5),
                              .workers = 1 + (int64_t)draw(s, 8), .cores = 1 + (int64_t)draw(s, 4), .budget_us = NONE};
    s->c.min_jobs = draw(s, 2) ? 0 : (int64_t)draw(s, (uint64_t)s->c.max_jobs + 1);
    s->c.walltime_us = draw(s, 4) ? (10 + (int64_t)draw(s, 1800)) * CLOCK_SECOND : 0;
    if (s->c.walltime_us && draw(s, 2))
        s->c.budget_us = scale_whole(s->c.walltime_us, s->c.workers * s->c.cores) * (1 + (int64_t)draw(s, 12));
    static const int PERCENT[] = {0, 0, 10, 50, 90, 100};
    s->refuse_percent = PERCENT[draw(s, 6)];
    s->never_percent = PERCENT[draw(s, 4)];
    s->die_percent = PERCENT[draw(s, 5)];
    s->again = draw(s, 4) == 0;
    s->losing = draw(s, 4) == 0;
}

static void turn(struct sim *s)
{
    s->now += (1 + (int64_t)draw(s, 15)) * CLOCK_SECOND;
    if (draw(s, 60) == 0)
        s->pending += (int64_t)draw(s, 300);
    for (int i = 0; i < s->count; i++)
        live(s, &s->jobs[i]);
    for (int i = 0; i < s->count; i++)
        work(s, &s->jobs[i]);
    decide(s);
    check(s);
    if (s->c.paused && draw(s, 50) == 0) { /* somebody mends it */
        s->c.paused = false;
        s->c.refused = s->c.unbegun = s->refused_in_row = 0;
        s->refuse_percent /= 2;
    }
}

int main(int argc, char **argv)
{
    static struct sim s;
    int seeds = argc > 1 ? atoi(argv[1]) : 1000, first = argc > 2 ? atoi(argv[2]) : 1, paused = 0, full = 0, budgets = 0;
    for (int seed = first; seed < first + seeds; seed++) {
        set_up(&s, seed);
        for (s.tick = 0; s.tick < TICKS; s.tick++) {
            turn(&s);
            paused += s.c.paused;
        }
        full += s.most_open == s.c.max_jobs;
        budgets += s.c.budget_us != NONE && s.real_used > s.c.budget_us / 2;
    }
    printf("# %d seeds: max_jobs reached in %d, half of a budget used in %d, paused in %d turns\n", seeds, full, budgets, paused);
    printf("%s simulation of scales\n", full && budgets && paused ? "ok" : "not ok");
    return !(full && budgets && paused);
}
