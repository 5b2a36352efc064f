/* See job_wait.h. The job is in the store before its request waits: whatever happens to the connection, it is started. */
#include "web/job_wait.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "web/render_job.h"

struct waiting {
    int64_t job;
};

bool job_was_refused(const struct job_row *j)
{
    return j->state == JOB_FAILED && j->wanted != JOB_WANT_START && !j->batch && j->started == NONE && j->exitcode == NONE;
}

int job_answer_accepted(struct request *r, const struct job_row *j) { return request_answer(r, 202, render_job(j)); }

static void park(struct request *r, struct turn *t, int64_t job, int64_t wait_s)
{
    struct effects *f = &r->work.effects;
    f->queue = job_lane(job);
    f->park_worker = arena_printf(&r->arena, "/%p", (void *)r);
    f->park_until_us = r->work.parked_until_us ? r->work.parked_until_us : t->now_us + wait_s * CLOCK_SECOND;
}

int job_wait(struct request *r, struct turn *t, const struct site_row *site, const struct job_row *j, job_answer_fn *answer)
{
    if (j->wanted != JOB_WANT_START || j->files == JOB_FILES_AWAITED || site->state == SITE_NEEDS_LOGIN)
        return answer(r, j);
    struct waiting *w = arena_alloc(&r->arena, sizeof *w);
    w->job = j->id;
    r->coming = w;
    park(r, t, j->id, JOB_WAIT_SECONDS);
    return TURN_PARK;
}

bool job_waited(const struct request *r) { return r->kept != NULL; }

/* Nothing of it stays; what the site said is the answer. */
static int refuse(struct request *r, struct turn *t, const struct job_row *j, struct err *e)
{
    struct err told = {0};
    err_refuse(&told, ERR_SITE_REFUSED, "%s", j->reason ? j->reason : "the site refused this job");
    err_hint(&told, "nothing was started at %.100s", j->site_name);
    int bad = job_forget(t, &r->who, j, e);
    if (!bad)
        request_refuse(r, &told);
    return bad;
}

int job_wait_on(struct request *r, struct turn *t, job_answer_fn *answer, struct err *e)
{
    const struct waiting *w = r->kept;
    struct job_row j;
    int bad = job_find(t, &r->who, w->job, t->arena, &j, e);
    if (bad)
        return bad;
    if (j.wanted == JOB_WANT_START && !r->work.over) {
        r->coming = r->kept;
        park(r, t, j.id, JOB_WAIT_SECONDS);
        return TURN_PARK;
    }
    return job_was_refused(&j) ? refuse(r, t, &j, e) : answer(r, &j);
}

void job_wait_settled(struct request *r, struct turn *t, const struct job_row *j, int64_t wait_s, bool *out_wait)
{
    *out_wait = wait_s && j->wanted == JOB_WANT_START && !r->work.over;
    if (*out_wait)
        park(r, t, j->id, wait_s);
}
