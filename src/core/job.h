/* Jobs: batch jobs that were started at a site, or are to be. What shall happen is written down first and then done by the launcher,
 * which tells here what became of it: so whatever breaks in between, nothing is started twice and nothing forgotten. */
#ifndef DOCKET_CORE_JOB_H
#define DOCKET_CORE_JOB_H

#include "core/queue.h"
#include "core/site.h"

const char *job_state_word(enum job_state state);   /* "submitted" */
enum job_state job_state_from(const char *word);    /* 0: there is none of that name */
bool job_is_open(const struct job_row *j);          /* something may still happen to it, or is to. Pure. */
bool job_has_ended(enum job_state state);           /* Pure. */

/* What is asked for. */
struct job_ask {
    struct site_ref site;
    const char *app;            /* NULL: "docket" */
    const char *identity;       /* what makes two jobs the same: their hash is of it */
    const char *settings;       /* JSON, without "unique": the launcher adds that */
    const char *name;           /* NULL: none */
    const struct queue_row *queue; /* its workers work that one; NULL: a plain job */
    int64_t scale;              /* NONE: of none */
    int64_t workers, cores;     /* 1 and 1 for a plain job */
    int64_t walltime_us;        /* 0: none */
    bool files;                 /* a directory comes with it: it is not started before that is here */
};

/* Writes down that a job is to be started: state submitted, JOB_WANT_START. 0; ERR_SITE_NOT_FOUND, ERR_FORBIDDEN, ERR_TOO_MANY (LIMIT_JOBS_OPEN
 * of them are open there). */
int job_add(struct turn *t, const struct who *who, const struct job_ask *ask, struct arena *a, struct job_row *out, struct err *e);

/* A job of the asker's (an admin: anybody's; the owner of a site: those there). 0; ERR_JOB_NOT_FOUND. */
int job_find(struct turn *t, const struct who *who, int64_t id, struct arena *a, struct job_row *out, struct err *e);

struct job_filter {
    int64_t site, queue; /* NONE: any */
    int64_t state;       /* NONE: any */
    bool open;           /* only open ones */
    int64_t before;      /* ids below; NONE: from the newest */
};

/* Newest first, at most max; what who may see. 0 or < 0. */
int job_list(struct turn *t, const struct who *who, const struct job_filter *f, int max, struct arena *a,
             struct job_row **out_rows, int *out_count, struct err *e);

/* Wants it cancelled: one that was never started is so at once. One that has ended is left alone. 0; ERR_JOB_NOT_FOUND, ERR_FORBIDDEN. */
int job_cancel(struct turn *t, const struct who *who, int64_t id, struct arena *a, struct job_row *out, struct err *e);

/* For its scale, which needs it no longer: the same, with the reason "cancelled by its scale: WHY". Was it called off so? 0 or < 0; pure. */
int job_call_off(struct turn *t, struct job_row *j, const char *why, struct err *e);
bool job_was_called_off(const struct job_row *j);

/* The same settings once more, under the next n. 0; ERR_JOB_NOT_FOUND, ERR_JOB_STATE while it is open, ERR_FORBIDDEN. */
int job_resubmit(struct turn *t, const struct who *who, int64_t id, struct arena *a, struct job_row *out, struct err *e);

/* Wants its folder at the site removed. 0; ERR_JOB_NOT_FOUND, ERR_JOB_STATE while it is open. */
int job_clean(struct turn *t, const struct who *who, int64_t id, struct arena *a, struct job_row *out, struct err *e);

/* The same of one that has ended, without anybody asking. 0 or < 0. */
int job_let_go(struct turn *t, struct job_row *j, struct err *e);

/* Its directory is here: it may be started now. 0 or < 0. */
int job_files_here(struct turn *t, struct job_row *j, int64_t bytes, struct err *e);

/* For a request that waits until the far side has spoken: *out_settled once the job is not to be started any more (it was, or was refused, or
 * cancelled); else park in job_lane(id). */
int64_t job_lane(int64_t id);

/* A submission that was refused, by whoever was told of that: the job is forgotten, as if it had never been. 0 or < 0. */
int job_forget(struct turn *t, const struct who *who, const struct job_row *j, struct err *e);

/* For the launcher --------------------------------------------------------------------------------------------------- */

/* Open jobs of a site with ids above `after`, the oldest first, at most max. 0 or < 0. */
int job_open(struct turn *t, int64_t site, int64_t after, int max, struct arena *a, struct job_row **out_rows, int *out_count,
             struct err *e);

/* Those of which something is wanted, the oldest first, at most max. 0 or < 0. */
int job_wanted(struct turn *t, int64_t site, int max, struct arena *a, struct job_row **out_rows, int *out_count, struct err *e);

/* Before it is started: a token that can only work its queue, of whoever has the job. Another of an earlier try ends. 0 or < 0. */
int job_give_token(struct turn *t, struct job_row *j, const uint8_t hash[CREDENTIAL_HASH_BYTES], struct err *e);

/* HASH_N is another's at its site: it takes the next n. 0 or < 0. */
int job_renumber(struct turn *t, int64_t id, struct err *e);

/* What became of it; NONE and NULL leave a part as it is. */
struct job_report {
    enum job_state state; /* 0: as it is */
    const char *reason, *batch;
    int64_t exitcode, started, finished;
    bool begun;   /* JOB_WANT_START was done */
    bool refused; /* … was refused, with `reason` */
    bool cleaned; /* JOB_WANT_CLEAN was done */
};

/* Writes it where it says something new, and nothing else; what ends with the job (the leases its workers hold, given back uncounted; its
 * token) ends with it. An id that is no more is passed over. 0 or < 0. */
int job_report(struct turn *t, int64_t id, const struct job_report *r, struct err *e);

/* A job found at a site that is not known here: it becomes one of the site's owner. *out_id NONE: it is there already. 0 or < 0. */
int job_adopt(struct turn *t, const struct site_row *site, const struct job_row *found, int64_t *out_id, struct err *e);

/* The id of the job that a worker belongs to, by its name ("job12.host.3"); NONE. Pure. */
int64_t job_of_worker(const char *worker);

/* For due.c: a lease of this worker ran out. Is that for its job, which has ended, was lost, waits to be begun anew, or is behind a site
 * that does not answer? Then nothing is counted. 0 or < 0. */
int job_excuses(struct turn *t, const char *worker, int64_t queue, bool *out, struct err *e);

#endif
