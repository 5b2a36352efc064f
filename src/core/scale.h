/* Scales: as many batch jobs for a queue at a site as its backlog deserves, within bounds and a budget. A scale belongs to whoever made it;
 * its jobs are theirs. What happens is decided by scale_decide.c; here it is read, and written as intents in the same transaction, so that
 * bounds and budget hold whatever breaks in between. */
#ifndef DOCKET_CORE_SCALE_H
#define DOCKET_CORE_SCALE_H

#include "core/job.h"
#include "core/scale_decide.h"

/* What is asked for; the job is one of a launch. */
struct scale_ask {
    int64_t min_jobs, max_jobs, tasks_per_worker;
    int64_t budget_us; /* NONE: none */
    bool paused;
    const struct job_ask *job;
};

/* Makes one, or gives it other settings; unless it is paused it begins anew to count what was refused. 0; ERR_BAD_FIELD: min
 * above max, a budget without a walltime or too small for one job; ERR_TOO_MANY: LIMIT_SCALES. */
int scale_put(struct turn *t, const struct who *who, const struct queue_row *q, const struct site_row *site, const struct scale_ask *ask,
              struct arena *a, struct scale_row *out, bool *out_made, struct err *e);

/* The same without writing anything: what it would be. */
int scale_try(struct turn *t, const struct who *who, const struct queue_row *q, const struct site_row *site, const struct scale_ask *ask,
              struct arena *a, struct scale_row *out, struct err *e);

/* Of a queue that who may see, at a site. 0; ERR_SCALE_NOT_FOUND. */
int scale_find(struct turn *t, const struct who *who, const struct queue_row *q, const struct site_row *site, struct arena *a,
               struct scale_row *out, struct err *e);

/* Those of a queue (NONE: of any), as far as who may see them: their own, and those of their queues; an admin all. 0 or < 0. */
int scale_list(struct turn *t, const struct who *who, int64_t queue, struct arena *a, struct scale_row **out_rows, int *out_count,
               struct err *e);

/* No more jobs are started for it: those that have not begun are cancelled, those that run go on to their end. *out_cancelled: how many. 0 or
 * < 0. */
int scale_remove(struct turn *t, const struct who *who, const struct scale_row *c, int64_t *out_cancelled, struct err *e);

/* A scale with what is known of it. */
struct scale_view {
    const struct scale_row *row; /* set */
    struct scale_plan plan;
    int64_t jobs[JOB_STATES];    /* open ones */
    int64_t backlog;
    int64_t forecast_us;         /* of cores, for the backlog; NONE: unknown */
};
int scale_look(struct turn *t, struct arena *a, struct scale_view *out, struct err *e);

/* For the launcher: looks, decides, and wants jobs started or cancelled. app: of the jobs' folders; NULL: docket's. *out_pending: are any of
 * its queue's tasks? *out_done: was anything wanted? A scale that is no more is passed over. 0 or < 0. */
struct scale_turn {
    int64_t id;
    const char *app;
    int64_t calm_us; /* for how long no task has been pending, as the launcher knows */
};
int scale_run(struct turn *t, const struct scale_turn *ask, struct arena *a, bool *out_pending, struct err *e);

/* For job.c: a job of a scale was and is now; called before `is` is written. 0 or < 0. */
int scale_note(struct turn *t, const struct job_row *was, const struct job_row *is, bool refused, struct err *e);

#endif
