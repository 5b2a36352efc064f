/* A site as the launcher sees it: jobs are started there, looked at, cancelled and cleaned away, and what they wrote is read. Which
 * kind of site it is, how it is reached and what is said to it is the matter of this folder (README.md). */
#ifndef DOCKET_LAUNCH_SITE_H
#define DOCKET_LAUNCH_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/loop.h"
#include "store/record.h"

/* A site that is being reached. It connects by itself when something is asked of it, and again when that was lost: at once if
 * the last try is long past, else it is away until 5 s, 10 s … 5 min after it. */
struct site_link;

/* Borrowed for the call. */
struct site_options {
    const char *kind;       /* local, ssh, slurm */
    const char *host;       /* "[user@]name" as ssh takes it; NULL or empty: this machine (local, slurm) */
    int port;               /* 0: as ssh has it */
    const char *ssh_config; /* for ssh -F; NULL: the user's own */
    const char *control;    /* path of the control connection's socket; its directory is ours, 0700. Only where there is a host */
};

/* A job by its folder ~/.APP/HASH_N. unique: its submission, which no other job anywhere has. batch: the scheduler's id or the
 * process, as far_start told it; NULL: not known. */
struct far_name {
    const char *app, *hash;
    int64_t n;
    const char *unique, *batch;
};

/* One job that is to be started; borrowed for the call, copied. */
struct far_job {
    const char *app, *hash;
    int64_t n;
    const char *unique;
    const char *settings;       /* of settings.json: one line, in which "unique" stands as a JSON text */
    const char *script;         /* job.sh; for a scheduler with its #SBATCH lines at the head */
    const char *token;          /* NULL: none */
    const char *const *options; /* for sbatch, NULL-ended; NULL: none */
    int files_fd;               /* a tar to be unpacked in files/, a regular file, read from its beginning; -1: none; taken */
    int64_t walltime_us;        /* kinds without a scheduler end it then; 0: none */
};

enum far_started {
    FAR_STARTED, /* now or by an earlier call */
    FAR_REFUSED, /* it never ran and never will: err has the far side's words */
    FAR_TAKEN,   /* that folder is another's: take the next n */
    FAR_UNKNOWN, /* whether it was started is not known, or could not be done just now (err): ask again */
};

struct far_start {
    enum far_started outcome;
    const char *batch; /* empty: it was cancelled before it began */
    struct err err;
};
typedef void far_start_fn(void *arg, const struct far_start *s);

/* One job as its site knows it. Times are ours. */
struct far_state {
    const char *app, *hash;
    int64_t n;
    const char *settings; /* of a job that was not among the known; else NULL */
    bool known;           /* it was named by the caller: the index of it */
    int index;
    enum job_state state; /* 0: nothing certain is known; it is as it was */
    const char *reason, *batch; /* NULL: none */
    int64_t exitcode, started_us, finished_us; /* NONE */
};

struct far_look {
    const struct err *err; /* NULL: it answered */
    const struct far_state *states;
    int count;
    int64_t offset_us;   /* our clock less the far side's */
    const char *message; /* what did not go well although it answered (a scheduler's command that failed); NULL: nothing */
};
typedef void far_look_fn(void *arg, const struct far_look *look);

/* err NULL: done. */
typedef void far_done_fn(void *arg, const struct err *err);

struct far_answer {
    const struct err *err;
    const char *text; /* lines, each with its newline */
    size_t n;
    const char *home; /* the far side's home directory */
};
typedef void far_answer_fn(void *arg, const struct far_answer *a);

/* port: where the far side listens. */
typedef void far_port_fn(void *arg, const struct err *err, int port);

enum far_part { FAR_STDOUT, FAR_STDERR, FAR_FILES };

typedef void site_changed_fn(void *arg);

/* Can these options be a link? ERR_BAD_FIELD: a kind that is not known, a host that is missing, not wanted or not allowed. Pure. */
int site_check_options(const struct site_options *o, struct err *e);

/* on_change: called from the loop when its state or message has changed. Options must have been checked. Never NULL. */
struct site_link *site_link_new(struct loop *l, const struct site_options *o, site_changed_fn *on_change, void *arg);

/* Ends its own connection; whatever has not been answered is answered with ERR_STOPPING, from inside. NULL does nothing. */
void site_link_free(struct site_link *k);

enum site_state site_link_state(const struct site_link *k);
const char *site_link_message(const struct site_link *k); /* NULL: nothing to say */
const char *site_control(const struct site_link *k);      /* NULL: there is no connection to be kept */
bool site_has_scheduler(const struct site_link *k);

/* Somebody asks for it: the next question tries to connect, however short ago the last try was. */
void site_link_retry(struct site_link *k);

/* What is asked below is answered once, from the loop, never from inside the call. ERR_SITE_AWAY, ERR_SITE_LOGIN: it could not be reached, or
 * the connection was lost; ERR_SITE_REFUSED: the far side's own words, one line without control characters. */

/* Can this be asked about: an app, a hash, a number, a submission? ERR_BAD_NAME. Nothing else gets into a path. Pure. */
int far_check_name(const struct far_name *name, struct err *e);

/* Starts a job. Can be repeated: one submission never runs twice. */
void site_start(struct site_link *k, const struct far_job *j, far_start_fn *fn, void *arg);

/* What is there: the states of the known jobs (those that were started and have not ended), and of all others found in the folders of these
 * apps. One round trip; another one when jobs are met that this link has not seen before. */
void site_look(struct site_link *k, const char *const *apps, int app_count, const struct far_name *known, int known_count,
               int64_t now_us, far_look_fn *fn, void *arg);

/* Answered once they were told to end; how they end is seen by looking. Those that have ended, or are not there, are done. */
void site_cancel(struct site_link *k, const struct far_name *jobs, int count, far_done_fn *fn, void *arg);

/* Removes their folders. Those that are not there are done. */
void site_clean(struct site_link *k, const struct far_name *jobs, int count, far_done_fn *fn, void *arg);

/* At most max bytes of what it printed, from a byte on, or a tar of all it made, appended to out_fd (a regular file, borrowed until
 * fn). More than max bytes of a tar are ERR_TOO_LARGE. */
void site_read(struct site_link *k, const struct far_name *job, enum far_part part, int64_t from, int64_t max, int out_fd,
               far_done_fn *fn, void *arg);

/* Any script of launch's own, in POSIX sh, begun in the home directory, its input in_fd (taken; -1: none). limit_us 0: a minute. */
void site_run(struct site_link *k, const char *script, int in_fd, int64_t limit_us, far_answer_fn *fn, void *arg);

/* A port of the far side's loopback that leads to one of ours, as long as the connection stands. far_port 0: any. Without a
 * host the port itself. */
void site_forward(struct site_link *k, int local_port, int far_port, far_port_fn *fn, void *arg);

#endif
