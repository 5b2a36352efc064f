/* Scales: what is decided, case by case, and what the end of a job counts. Many clusters at random:
 * sim_scale.c. */
#include "core/scale.h"

#include <string.h>

#include "base/clock.h"
#include "check.h"

#define MINUTE (60 * CLOCK_SECOND)
#define NOW (1000000 * CLOCK_SECOND)

static const struct scale_row SCALE = {.id = 1, .max_jobs = 10, .tasks_per_worker = 2, .workers = 3, .cores = 2, .walltime_us = 10 * MINUTE, .budget_us = NONE};

static struct scale_job waits(int64_t id) { return (struct scale_job){.id = id, .state = JOB_PENDING, .cores = 6, .walltime_us = 10 * MINUTE, .started_us = NONE}; }
static struct scale_job runs(int64_t id, bool busy)
{
    return (struct scale_job){.id = id, .state = JOB_RUNNING, .busy = busy, .cores = 6, .walltime_us = 10 * MINUTE, .started_us = NOW - MINUTE};
}

static struct scale_plan plan_of(const struct scale_row *c, int64_t pending, int64_t running, int64_t calm_us, const struct scale_job *jobs, int count)
{
    struct scale_plan p;
    const struct scale_sight s = {.pending = pending, .running = running, .calm_us = calm_us, .jobs = jobs, .count = count, .now_us = NOW};
    scale_decide(c, &s, &p);
    return p;
}

static void test_starts(void)
{
    struct scale_row c = SCALE;
    struct scale_job jobs[10];
    CHECK("13 tasks deserve three jobs of six", plan_of(&c, 13, 0, 0, NULL, 0).start == 3);
    CHECK("what runs is backlog, too", plan_of(&c, 1, 12, 0, NULL, 0).wanted == 3);
    CHECK("nothing pending deserves nothing", plan_of(&c, 0, 12, 0, NULL, 0).start == 0);
    struct scale_plan p = plan_of(&c, 1000, 0, 0, NULL, 0);
    CHECK("it begins with four", p.start == SCALE_WAITING && p.why == SCALE_SLOW && p.wanted == 10);
    for (int i = 0; i < 9; i++)
        jobs[i] = runs(i + 1, true);
    p = plan_of(&c, 1000, 27, 0, jobs, 9);
    CHECK("never more than max_jobs", p.start == 1 && p.why == SCALE_ENOUGH && p.wanted == 10);
    jobs[9] = waits(10);
    jobs[9].leaving = true;
    p = plan_of(&c, 1000, 27, 0, jobs, 10);
    CHECK("one that is leaving still has its place", p.start == 0 && p.why == SCALE_FULL);
    c.min_jobs = 2;
    CHECK("min_jobs are there without any task", plan_of(&c, 0, 0, 0, NULL, 0).start == 2);
    c.paused = true;
    p = plan_of(&c, 1000, 0, 0, NULL, 0);
    CHECK("nothing while it is paused", p.start == 0 && p.why == SCALE_PAUSED);
    c.paused = false;
    c.refused = 1;
    CHECK("one at a time after a refusal", plan_of(&c, 1000, 0, 0, NULL, 0).start == 1);
    c.at = NOW + 1;
    p = plan_of(&c, 1000, 0, 0, NULL, 0);
    CHECK("and not at once", p.start == 0 && p.why == SCALE_LATER);
}

static void test_budget(void)
{
    struct scale_row c = SCALE;
    const struct scale_job jobs[] = {runs(1, true), waits(2)};
    CHECK("a job counts in minutes, and one more", scale_whole(61 * CLOCK_SECOND, 6) == 18 * MINUTE);
    CHECK("without a walltime nobody can tell", scale_whole(0, 1) == INT64_MAX);
    c.budget_us = 4 * 66 * MINUTE - 1;
    struct scale_plan p = plan_of(&c, 1000, 3, 0, jobs, 2);
    CHECK("open jobs count whole", p.promised_us == 2 * 66 * MINUTE);
    CHECK("what is left does for one more, and not for two", p.start == 1 && p.why == SCALE_BUDGET && p.cancel_count == 0);
    c.spent_us = 66 * MINUTE;
    p = plan_of(&c, 1000, 3, 0, jobs, 2);
    CHECK("what is spent is spent", p.start == 0 && p.why == SCALE_BUDGET && p.cancel_count == 0);
    c.budget_us = 2 * 66 * MINUTE;
    p = plan_of(&c, 1000, 3, 0, jobs, 2);
    CHECK("a smaller one takes back what waits", p.cancel_count == 1 && p.cancel[0] == 2 && p.going[0] == SCALE_SAVED);
    c.spent_us = 2 * 66 * MINUTE;
    p = plan_of(&c, 1000, 3, 0, jobs, 2);
    CHECK("once it is used up, what runs as well", p.cancel_count == 2);
}

static void test_cancels(void)
{
    struct scale_row c = SCALE;
    const struct scale_job jobs[] = {runs(1, true), runs(2, false), waits(3), waits(4)};
    struct scale_plan p = plan_of(&c, 7, 0, 0, jobs, 4);
    CHECK("two are deserved: those that wait go, the newest first", p.cancel_count == 2 && p.cancel[0] == 4 && p.cancel[1] == 3 && p.going[0] == SCALE_NEEDLESS);
    p = plan_of(&c, 0, 1, 5 * CLOCK_SECOND, jobs, 4);
    CHECK("who runs is not idle at once", p.cancel_count == 2);
    p = plan_of(&c, 0, 1, SCALE_CALM_SECONDS * CLOCK_SECOND, jobs, 4);
    CHECK("but after a while; who holds a task stays", p.cancel_count == 3 && p.cancel[2] == 2 && p.going[2] == SCALE_IDLE);
    c.min_jobs = 2;
    CHECK("min_jobs stay", plan_of(&c, 0, 1, MINUTE, jobs, 4).cancel_count == 2);
}

static struct job_row job(enum job_state state, int64_t started, int64_t finished)
{
    return (struct job_row){.scale = 1, .state = state, .workers = 3, .cores = 2, .walltime_us = 10 * MINUTE, .submitted = NOW - MINUTE, .started = started,
                            .finished = finished, .exitcode = NONE};
}

static bool count(struct scale_row *c, struct job_row was, struct job_row is, bool refused, bool called_off)
{
    bool paused;
    scale_count(c, &was, &is, refused, called_off, NOW + 9 * MINUTE, &paused);
    return paused;
}

static void test_counts(void)
{
    struct scale_row c = SCALE;
    struct job_row submitted = job(JOB_SUBMITTED, NONE, NONE), running = job(JOB_RUNNING, NOW, NONE), lost = job(JOB_LOST, NOW, NOW + MINUTE);
    submitted.wanted = JOB_WANT_START;
    count(&c, running, job(JOB_FINISHED, NOW, NOW + 5 * MINUTE), false, false);
    CHECK("core-time is time by workers by cores", c.spent_us == 30 * MINUTE);
    count(&c, running, lost, false, false);
    CHECK("one that is lost counts whole", c.spent_us == 30 * MINUTE + 66 * MINUTE);
    count(&c, lost, running, false, false);
    CHECK("until it is found again", c.spent_us == 30 * MINUTE);
    count(&c, running, job(JOB_PENDING, NONE, NONE), false, false);
    CHECK("what it ran before it was begun anew counts", c.spent_us == 30 * MINUTE + 54 * MINUTE);
    c = SCALE;
    for (int i = 1; i < SCALE_UNBEGUN_MOST; i++)
        CHECK("one that never began", !count(&c, job(JOB_PENDING, NONE, NONE), job(JOB_FAILED, NONE, NOW), false, false) && c.unbegun == i);
    count(&c, job(JOB_PENDING, NONE, NONE), job(JOB_CANCELLED, NONE, NOW), false, true);
    CHECK("one that was called off is none", c.unbegun == SCALE_UNBEGUN_MOST - 1 && c.spent_us == 0);
    struct job_row absent = job(JOB_FAILED, NOW, NOW + CLOCK_SECOND);
    absent.exitcode = 127;
    CHECK("the third pauses it; its program was not there", count(&c, running, absent, false, false) && c.paused);
    c.paused = false;
    count(&c, job(JOB_PENDING, NONE, NONE), running, false, false);
    CHECK("one that begins takes it back", c.unbegun == 0);
    c = SCALE;
    for (int i = 1; i < SCALE_REFUSED_MOST; i++)
        count(&c, submitted, job(JOB_FAILED, NONE, NOW), true, false);
    CHECK("nine refusals do not pause it, nor count as jobs that never began", !c.paused && c.unbegun == 0 && c.at == NOW + 14 * MINUTE);
    struct scale_row taken = c;
    count(&taken, submitted, job(JOB_PENDING, NONE, NONE), false, false);
    CHECK("a job that is taken begins the count anew", taken.refused == 0);
    CHECK("the tenth does", count(&c, submitted, job(JOB_FAILED, NONE, NOW), true, false) && c.paused);
}

int main(void)
{
    test_starts();
    test_budget();
    test_cancels();
    test_counts();
    return check_end();
}
