/* Jobs that are to be started: a command, or workers for a queue. Who asks waits until the site has said something to it. */
#include <string.h>

#include "base/cleanup.h"
#include "web/api_launch.h"
#include "web/http_inner.h"
#include "web/job_wait.h"
#include "web/job_words.h"
#include "web/render.h"
#include "web/render_job.h"

int api_job_add(struct request *r, struct turn *t, struct err *e)
{
    struct job_ask ask;
    struct site_row site;
    struct job_row j;
    const json_t *body;
    if (job_waited(r))
        return job_wait_on(r, t, job_answer_accepted, e);
    int bad = request_json(r, &body, e);
    if (!bad)
        bad = job_read_add(body, t->arena, &ask, e);
    if (!bad)
        bad = site_find(t, &r->who, &ask.site, t->arena, &site, e);
    if (!bad)
        bad = job_fit(&site, t->arena, &ask, e);
    if (!bad)
        bad = job_reach(r, t, &site, e);
    if (!bad)
        bad = job_add(t, &r->who, &ask, t->arena, &j, e);
    if (bad)
        return bad;
    if (ask.files)
        return request_answer(r, 201, render_job(&j));
    return job_wait(r, &j, 1, job_answer_accepted);
}

/* The script that the job would be; nothing of it is stored. */
static int dry_run(struct request *r, struct turn *t, const struct site_row *site, const struct job_ask *ask, struct err *e)
{
    const struct http_launch *l = &r->http->o.launch;
    struct job_row j = {.account = site->account, .site = site->id, .owner = r->who.user, .site_owner = site->owner, .site_name = site->name,
                        .queue_name = ask->queue->name, .queue_owner = ask->queue->owner, .app = ask->app ? ask->app : "docket",
                        .hash = "0000000000000000", .n = 1, .submission = "docket-dry-run", .settings = ask->settings, .queue = ask->queue->id,
                        .scale = NONE, .workers = ask->workers, .cores = ask->cores, .walltime_us = ask->walltime_us, .state = JOB_SUBMITTED,
                        .exitcode = NONE, .files = NONE, .submitted = t->now_us, .started = NONE, .finished = NONE, .seen = NONE};
    const char *text;
    if (!l->script)
        return err_refuse(e, ERR_NO_SITE, "this server starts no jobs");
    int bad = l->script(l->arg, site, &j, t->arena, &text, e);
    return bad ? bad : request_answer(r, 200, json_pack("{s:o}", "script", render_text(text)));
}

int api_launch_begin(struct request *r, struct turn *t, const struct api_launch_ask *ask, struct err *e)
{
    struct job_ask job;
    int bad = job_of_launch(ask->launch, ask->site, ask->queue, t->arena, &job, e);
    if (!bad && ask->launch->dry_run)
        return dry_run(r, t, ask->site, &job, e);
    if (!bad)
        bad = job_way_home(ask->site, e);
    if (!bad)
        bad = job_reach(r, t, ask->site, e);
    struct job_row *jobs = arena_array(t->arena, (size_t)ask->jobs, sizeof *jobs);
    for (int i = 0; !bad && i < ask->jobs; i++)
        bad = job_add(t, &r->who, &job, t->arena, &jobs[i], e);
    return bad ? bad : job_wait(r, jobs, ask->jobs, ask->answer);
}

int api_launch(struct request *r, struct turn *t, struct err *e)
{
    struct queue_ref ref = request_queue(r);
    struct job_launch l;
    struct queue_row q;
    struct site_row site;
    const json_t *body;
    if (job_waited(r))
        return job_wait_on(r, t, job_answer_accepted, e);
    int bad = request_json(r, &body, e);
    if (!bad)
        bad = job_read_launch(body, &l, e);
    if (!bad)
        bad = queue_find(t, &r->who, &ref, t->arena, &q, e);
    if (bad)
        return bad;
    struct site_ref at = job_site_ref(t->arena, l.site);
    bad = site_find(t, &r->who, &at, t->arena, &site, e);
        const struct api_launch_ask ask = {&site, &q, &l, 1, job_answer_accepted};
    return bad ? bad : api_launch_begin(r, t, &ask, e);
}
