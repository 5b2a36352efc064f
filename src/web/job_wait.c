/* See job_wait.h. The job is in the store before its request waits: whatever happens to the connection, it is started. */
#include "web/job_wait.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "core/errand.h"
#include "web/render.h"
#include "web/render_job.h"

struct waiting {
    int count;
    int64_t jobs[];
};

bool job_was_refused(const struct job_row *j)
{
    return j->state == JOB_FAILED && j->wanted != JOB_WANT_START && !j->batch && j->started == NONE && j->exitcode == NONE;
}

int job_answer_accepted(struct request *r, const struct job_row *jobs, int count) { return request_answer(r, 202, render_job(&jobs[0])); }

static int park(struct request *r, struct turn *t, int64_t job, int64_t wait_s)
{
    struct effects *f = &r->work.effects;
    f->queue = job_lane(job);
    f->park_worker = request_waiter(r);
    f->park_until_us = r->work.parked_until_us ? r->work.parked_until_us : t->now_us + wait_s * CLOCK_SECOND;
    return TURN_PARK;
}

int job_reach(struct request *r, struct turn *t, const struct site_row *site, struct err *e)
{
    const struct errand_ask ask = {.kind = ERRAND_SYNC, .site = site->id, .job = NONE, .waiter = request_waiter(r), .wait_s = JOB_WAIT_SECONDS};
    struct errand_answer told;
    return site->state == SITE_UP ? 0 : errand_ask(t, &r->work, &ask, &told, e);
}

int job_wait(struct request *r, const struct job_row *jobs, int count, job_answer_fn *answer)
{
    if (jobs[0].wanted != JOB_WANT_START)
        return answer(r, jobs, count);
    struct waiting *w = arena_alloc(&r->arena, sizeof *w + (size_t)count * sizeof w->jobs[0]);
    w->count = count;
    for (int i = 0; i < count; i++)
        w->jobs[i] = jobs[i].id;
    r->coming = w;
    r->work.over = false; /* it may have waited for the site to be reached */
    r->work.parked_until_us = 0;
    return TURN_AGAIN; /* committed first: what parks may be run again in the very turn that adds the job */
}

bool job_waited(const struct request *r) { return r->kept != NULL; }

static int read_jobs(struct request *r, struct turn *t, const struct waiting *w, struct job_row *jobs, struct err *e)
{
    int bad = 0;
    for (int i = 0; !bad && i < w->count; i++)
        bad = job_find(t, &r->who, w->jobs[i], t->arena, &jobs[i], e);
    return bad;
}

/* The first that may still be refused; NULL: none. */
static const struct job_row *first_open(const struct job_row *jobs, int count)
{
    for (int i = 0; i < count; i++)
        if (jobs[i].wanted == JOB_WANT_START)
            return &jobs[i];
    return NULL;
}

int job_way_home(const struct site_row *site, struct err *e)
{
    CLEANUP(json_drop) json_t *found = render_parsed(site->found, strlen(site->found));
    CLEANUP(json_drop) json_t *settings = render_parsed(site->settings, strlen(site->settings));
    if (!json_is_null(json_object_get(found, "home")) || json_object_get(settings, "advertise") || strcmp(site->kind, "local") == 0)
        return 0;
    int bad = err_refuse(e, ERR_NO_WAY_HOME, "workers at '%.64s' could not reach this server", site->name);
    err_hint(e, "three ways out: advertise a URL in the site's settings; listen with TLS where it is reached (serve --listen, --tls-cert); let ssh "
                "forward ports there (AllowTcpForwarding in its sshd_config); then: docket site check %.64s", site->name);
    return bad;
}

/* Why it was refused: the site said so, or it was found out meanwhile that no worker would come home. */
static int read_refusal(struct turn *t, const struct job_row *j, struct err *told, struct err *e)
{
    struct site_row site;
    int bad = j->queue == NONE ? 0 : store_site_by_id(t->store, j->site, t->arena, &site, e);
    if (bad || (j->queue != NONE && job_way_home(&site, told)))
        return bad;
    err_refuse(told, ERR_SITE_REFUSED, "%s", j->reason ? j->reason : "the site refused this job");
    err_hint(told, "nothing was started at %.100s", j->site_name);
    return 0;
}

/* Nothing of them stays. jobs keeps the others; what the site said is in *told. */
static int forget_refused(struct request *r, struct turn *t, struct job_row *jobs, int *count, struct err *told, struct err *e)
{
    int kept = 0, bad = 0;
    for (int i = 0; !bad && i < *count; i++) {
        if (!job_was_refused(&jobs[i])) {
            jobs[kept++] = jobs[i];
            continue;
        }
        bad = read_refusal(t, &jobs[i], told, e);
        if (!bad)
            bad = job_forget(t, &r->who, &jobs[i], e);
    }
    *count = kept;
    return bad;
}

int job_wait_on(struct request *r, struct turn *t, job_answer_fn *answer, struct err *e)
{
    const struct waiting *w = r->kept;
    struct err told = {0};
    int count = w->count;
    struct job_row *jobs = arena_array(t->arena, (size_t)count, sizeof *jobs);
    int bad = read_jobs(r, t, w, jobs, e);
    const struct job_row *open = bad ? NULL : first_open(jobs, count);
    if (open && !r->work.over) {
        r->coming = r->kept;
        return park(r, t, open->id, JOB_WAIT_SECONDS);
    }
    if (!bad)
        bad = forget_refused(r, t, jobs, &count, &told, e);
    if (bad)
        return bad;
    if (count)
        return answer(r, jobs, count);
    request_refuse(r, &told);
    return 0;
}

void job_wait_settled(struct request *r, struct turn *t, const struct job_row *j, int64_t wait_s, bool *out_wait)
{
    *out_wait = wait_s && j->wanted == JOB_WANT_START && !r->work.over;
    if (*out_wait)
        park(r, t, j->id, wait_s);
}
