/* See scale.h. */
#include "core/scale.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "core/eta.h"
#include "core/journal.h"

enum { LEASES_LOOKED_AT = 1 };
static const int64_t HOUR_US = 3600 * CLOCK_SECOND;

static double hours(int64_t us) { return (double)us / (double)HOUR_US; }

static int check_budget(const struct scale_ask *ask, struct err *e)
{
    int64_t whole = scale_whole(ask->job->walltime_us, ask->job->workers * ask->job->cores);
    if (ask->budget_us == NONE)
        return 0;
    if (!ask->job->walltime_us)
        return err_refuse(e, ERR_BAD_FIELD, "a budget needs a walltime: without one nobody can tell what a job will cost");
    if (whole > ask->budget_us)
        return err_refuse(e, ERR_BAD_FIELD, "a budget of %.2f core-hours is not enough for one job, which may need %.2f", hours(ask->budget_us),
                          hours(whole));
    return 0;
}

static int check(const struct scale_ask *ask, struct err *e)
{
    if (ask->min_jobs > ask->max_jobs)
        return err_refuse(e, ERR_BAD_FIELD, "min_jobs (%lld) is above max_jobs (%lld)", (long long)ask->min_jobs, (long long)ask->max_jobs);
    return check_budget(ask, e);
}

static int note(struct turn *t, const struct who *who, const char *action, const struct queue_row *q, const char *site, struct err *e)
{
    return journal_note(t, who, action, q, NONE, arena_printf(t->arena, "at %s", site), e);
}

static int add(struct turn *t, const struct who *who, struct scale_row *c, struct err *e)
{
    struct scale_row *rows;
    int count;
    int r = store_scale_list(t->store, NONE, LIMIT_SCALES, t->arena, &rows, &count, e);
    if (r == 0 && count == LIMIT_SCALES)
        r = err_refuse(e, ERR_TOO_MANY, "there are %d scales already", count);
    if (r == 0)
        r = store_account_ensure(t->store, who->user, t->now_us, &c->account, e);
    return r ? r : store_scale_add(t->store, c, e);
}

/* Whoever changes something has seen what was counted, and wants it tried anew. */
static void fill(struct scale_row *c, const struct scale_ask *ask, int64_t now_us)
{
    if (!ask->paused) {
        c->refused = c->unbegun = 0;
        c->message = NULL;
        c->at = now_us;
    }
    c->settings = ask->job->settings;
    c->min_jobs = ask->min_jobs;
    c->max_jobs = ask->max_jobs;
    c->tasks_per_worker = ask->tasks_per_worker;
    c->workers = ask->job->workers;
    c->cores = ask->job->cores;
    c->walltime_us = ask->job->walltime_us;
    c->budget_us = ask->budget_us;
    c->paused = ask->paused;
}

/* The one that is there, or a new one, as it is to be. */
static int prepare(struct turn *t, const struct who *who, const struct queue_row *q, const struct site_row *site, const struct scale_ask *ask,
                   struct arena *a, struct scale_row *out, bool *out_new, struct err *e)
{
    int r = check(ask, e);
    if (r == 0)
        r = store_scale_get(t->store, q->id, site->id, a, out, e);
    *out_new = r == STORE_EMPTY;
    if (r < 0 || (r && !*out_new))
        return r;
    if (!*out_new && !who_may(who, out->owner))
        return err_refuse(e, ERR_FORBIDDEN, "this scale is %s's: its jobs start in that name", out->owner);
    if (*out_new)
        *out = (struct scale_row){.id = NONE, .queue = q->id, .site = site->id, .owner = who->user, .queue_owner = q->owner, .queue_name = q->name,
                                  .site_owner = site->owner, .site_name = site->name, .at = t->now_us};
    fill(out, ask, t->now_us);
    return 0;
}

int scale_try(struct turn *t, const struct who *who, const struct queue_row *q, const struct site_row *site, const struct scale_ask *ask,
              struct arena *a, struct scale_row *out, struct err *e)
{
    bool is_new;
    return prepare(t, who, q, site, ask, a, out, &is_new, e);
}

int scale_put(struct turn *t, const struct who *who, const struct queue_row *q, const struct site_row *site, const struct scale_ask *ask,
              struct arena *a, struct scale_row *out, bool *out_made, struct err *e)
{
    int r = prepare(t, who, q, site, ask, a, out, out_made, e);
    if (r == 0)
        r = *out_made ? add(t, who, out, e) : store_scale_set(t->store, out, e);
    t->stirred = true;
    return r ? r : note(t, who, *out_made ? "scale" : "change scale", q, site->name, e);
}

int scale_find(struct turn *t, const struct who *who, const struct queue_row *q, const struct site_row *site, struct arena *a,
               struct scale_row *out, struct err *e)
{
    int r = who->scope == SCOPE_WORKER ? STORE_EMPTY : store_scale_get(t->store, q->id, site->id, a, out, e);
    return r == STORE_EMPTY ? err_refuse(e, ERR_SCALE_NOT_FOUND, "the queue '%s' is not scaled at '%s'", q->name, site->name) : r;
}

int scale_list(struct turn *t, const struct who *who, int64_t queue, struct arena *a, struct scale_row **out_rows, int *out_count,
               struct err *e)
{
    int kept = 0, r = store_scale_list(t->store, queue, LIMIT_SCALES, a, out_rows, out_count, e);
    if (r)
        return r;
    for (int i = 0; i < *out_count; i++) {
        const struct scale_row *c = &(*out_rows)[i];
        if (who_may(who, c->owner) || who_may(who, c->queue_owner))
            (*out_rows)[kept++] = *c;
    }
    *out_count = kept;
    return 0;
}

int scale_remove(struct turn *t, const struct who *who, const struct scale_row *c, int64_t *out_cancelled, struct err *e)
{
    struct queue_row q;
    struct job_row *jobs;
    int count;
    *out_cancelled = 0;
    if (!who_may(who, c->owner) && !who_may(who, c->queue_owner))
        return err_refuse(e, ERR_FORBIDDEN, "this scale is %s's", c->owner);
    int r = store_scale_jobs(t->store, c->id, LIMIT_JOBS_OPEN, t->arena, &jobs, &count, e);
    for (int i = 0; r == 0 && i < count; i++) {
        if (jobs[i].state >= JOB_RUNNING || jobs[i].wanted == JOB_WANT_CANCEL)
            continue;
        r = job_call_off(t, &jobs[i], "it was switched off", e);
        ++*out_cancelled;
    }
    if (r == 0)
        r = store_scale_remove(t->store, c->id, e);
    if (r == 0)
        r = store_queue_by_id(t->store, c->queue, t->arena, &q, e);
    return r ? r : note(t, who, "end scale", &q, c->site_name, e);
}

/* Does a worker of the job hold a task? */
static int look_busy(struct turn *t, const struct job_row *j, struct scale_job *out, struct err *e)
{
    struct lease_row *leases;
    int count = 0, r = 0;
    if (j->state == JOB_RUNNING)
        r = store_lease_of_workers(t->store, j->queue, arena_printf(t->arena, "job%lld.", (long long)j->id),
                                   arena_printf(t->arena, "job%lld/", (long long)j->id), LEASES_LOOKED_AT, t->arena, &leases, &count, e);
    out->busy = count > 0;
    return r;
}

static int look_jobs(struct turn *t, struct scale_view *v, struct arena *a, struct job_row **out_rows, struct scale_sight *s, struct err *e)
{
    int count;
    int r = store_scale_jobs(t->store, v->row->id, LIMIT_JOBS_OPEN, a, out_rows, &count, e);
    if (r)
        return r;
    struct scale_job *jobs = arena_array(a, (size_t)count + 1, sizeof *jobs);
    for (int i = 0; r == 0 && i < count; i++) {
        const struct job_row *j = &(*out_rows)[i];
        if (job_has_ended(j->state))
            continue;
        v->jobs[j->state]++;
        (*out_rows)[s->count] = *j;
        jobs[s->count] = (struct scale_job){.id = j->id, .state = j->state, .leaving = j->wanted == JOB_WANT_CANCEL, .cores = j->workers * j->cores,
                                            .walltime_us = j->walltime_us, .started_us = j->started};
        if (!s->pending) /* else nobody is idle */
            r = look_busy(t, j, &jobs[s->count], e);
        s->count++;
    }
    s->jobs = jobs;
    return r;
}

static int look(struct turn *t, int64_t calm_us, struct arena *a, struct scale_view *v, struct job_row **out_rows, struct scale_sight *s,
                struct err *e)
{
    struct queue_row q;
    int64_t counts[TASK_STATES];
    int r = store_queue_by_id(t->store, v->row->queue, a, &q, e);
    if (r == 0)
        r = store_counts(t->store, q.id, counts, e);
    if (r)
        return r;
    *s = (struct scale_sight){.pending = q.paused ? 0 : counts[TASK_PENDING], .running = counts[TASK_RUNNING], .calm_us = calm_us, .now_us = t->now_us};
    v->backlog = counts[TASK_PENDING] + counts[TASK_RUNNING];
    v->forecast_us = scale_forecast(rates_of(t->engine->rates, q.id, t->now_us), v->backlog, v->row->cores);
    r = look_jobs(t, v, a, out_rows, s, e);
    if (r == 0)
        scale_decide(v->row, s, &v->plan);
    return r;
}

int scale_look(struct turn *t, struct arena *a, struct scale_view *out, struct err *e)
{
    struct scale_sight s;
    struct job_row *rows;
    memset(out->jobs, 0, sizeof out->jobs);
    return look(t, 0, a, out, &rows, &s, e);
}

/* Whose the jobs are: whoever has the scale, as the account is now. */
static int owner_of(struct turn *t, const struct scale_row *c, struct who *out, struct err *e)
{
    struct account_row account = {.role = ACCOUNT_USER};
    int r = store_account_get(t->store, c->owner, t->arena, &account, e);
    *out = (struct who){.user = c->owner, .role = account.role, .scope = SCOPE_ALL, .queue = NONE};
    return r < 0 ? r : 0;
}

static const char *how_to_resume(struct turn *t, const struct scale_row *c)
{
    return arena_printf(t->arena, "docket scale %s --site %s --resume", c->queue_name, c->site_name);
}

static int pause(struct turn *t, struct scale_row *c, const char *why, struct err *e)
{
    c->paused = true;
    c->message = arena_printf(t->arena, "%s; when that is mended: %s", why, how_to_resume(t, c));
    return store_scale_set(t->store, c, e);
}

/* A site that has no room now may have some later; one that is no longer there for the scale's owner will not be. */
static int start(struct turn *t, struct scale_row *c, const char *app, int64_t count, struct arena *a, struct err *e)
{
    struct who who;
    struct queue_row q;
    struct job_row made;
    int r = owner_of(t, c, &who, e);
    if (r == 0)
        r = store_queue_by_id(t->store, c->queue, a, &q, e);
    const struct job_ask ask = {.site = {c->site_owner, c->site_name}, .app = app, .identity = c->settings, .settings = c->settings,
                                .queue = &q, .scale = c->id, .workers = c->workers, .cores = c->cores, .walltime_us = c->walltime_us};
    for (int64_t i = 0; r == 0 && i < count; i++)
        r = job_add(t, &who, &ask, a, &made, e);
    if (r <= 0 || e->code == ERR_TOO_MANY)
        return r < 0 ? r : 0;
    return pause(t, c, arena_strdup(t->arena, e->text), e);
}

int scale_run(struct turn *t, const struct scale_turn *ask, struct arena *a, bool *out_pending, struct err *e)
{
    struct scale_row c;
    struct scale_view v = {.row = &c};
    struct scale_sight s;
    struct job_row *rows;
    *out_pending = true;
    int r = store_scale_by_id(t->store, ask->id, a, &c, e);
    if (r == 0)
        r = look(t, ask->calm_us, a, &v, &rows, &s, e);
    if (r)
        return r < 0 ? r : 0;
    *out_pending = s.pending > 0;
    for (int i = 0; r == 0 && i < v.plan.cancel_count; i++)
        for (int k = 0; r == 0 && k < s.count; k++)
            if (rows[k].id == v.plan.cancel[i])
                r = job_call_off(t, &rows[k], scale_going_words(v.plan.going[i]), e);
    return r || !v.plan.start ? r : start(t, &c, ask->app, v.plan.start, a, e);
}

/* The oldest of those that its site did not take are forgotten. */
static int forget_refused(struct turn *t, const struct scale_row *c, struct err *e)
{
    struct who who;
    struct job_row *rows;
    int count = 0;
    int r = owner_of(t, c, &who, e);
    if (r == 0)
        r = store_scale_refused(t->store, c->id, SCALE_REFUSED_KEPT - 1, LIMIT_SLICE_ROWS, t->arena, &rows, &count, e); /* and the new one */
    for (int i = 0; r == 0 && i < count; i++)
        r = job_forget(t, &who, &rows[i], e);
    return r;
}

static const char *why_paused(struct turn *t, const struct scale_row *c, const struct job_row *j)
{
    const char *words = j->reason ? j->reason : "no reason was given";
    if (c->refused >= SCALE_REFUSED_MOST)
        return arena_printf(t->arena, "paused: %lld submissions were refused one after the other, at last with: %s", (long long)c->refused, words);
    return arena_printf(t->arena, "paused: %lld jobs ended one after the other before they had begun, at last with: %s", (long long)c->unbegun,
                        words);
}

int scale_note(struct turn *t, const struct job_row *was, const struct job_row *is, bool refused, struct err *e)
{
    struct scale_row c;
    bool paused;
    int r = is->scale == NONE ? STORE_EMPTY : store_scale_by_id(t->store, is->scale, t->arena, &c, e);
    if (r)
        return r < 0 ? r : 0;
    const struct scale_row before = c;
    scale_count(&c, was, is, refused, job_was_called_off(is), t->now_us, &paused);
    if (refused)
        r = forget_refused(t, &c, e);
    if (r || paused)
        return r ? r : pause(t, &c, why_paused(t, &c, is), e);
    bool same = before.spent_us == c.spent_us && before.refused == c.refused && before.unbegun == c.unbegun && before.at == c.at;
    return same ? 0 : store_scale_set(t->store, &c, e);
}
