/* What the files of this folder share: the kinds of sites, the connection, what is said to a far side and what it answers. */
#ifndef DOCKET_LAUNCH_SITE_INNER_H
#define DOCKET_LAUNCH_SITE_INNER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/command.h"
#include "base/list.h"
#include "launch/site.h"

/* ---- jobs: what was seen of one, and what state that is (job.c) */

/* Seconds of the far side's clock; NONE. */
struct far_row { /* a scheduler's row of it */
    const char *state, *reason; /* reason NULL: not told */
    int64_t began, ended, exitcode;
};

struct far_seen {
    const char *status, *pid, *exit, *cancel; /* the first lines of those files; NULL: there is none */
    bool folder;                 /* it has one, with settings.json in it */
    bool folders;                /* the folder of its app is there */
    const char *boot;            /* which boot of the far side this was */
    const char *process;         /* the start time of the process that has its number; NULL: there is none */
    bool asked;                  /* processes were looked at after pid was read */
    bool scheduler;              /* the scheduler answered */
    const struct far_row *row;   /* what it said of this job, or its accounts; NULL: nothing */
    bool accounts;               /* row is of the accounts */
};

struct far_verdict {
    enum job_state state; /* 0: nothing certain */
    char reason[256];     /* empty: none */
    int64_t exitcode, began, ended; /* seconds of the far side's clock; NONE */
    const char *doubt;    /* not where it should be: lost, for this reason, if that is still so a minute later; NULL */
};

/* Of a process that was begun in a session of its own; of a job that a scheduler has. Pure. */
void far_judge_process(const struct far_seen *seen, struct far_verdict *out);
void far_judge_batch(const struct far_seen *seen, struct far_verdict *out);

/* A positive number in the text up to `end`, NONE if it is not one. Pure. */
int64_t far_number(const char *text, char end);

/* ---- kinds (local.c, ssh.c, slurm.c; their table is in site.c) */

enum site_host { SITE_HOST_NEVER, SITE_HOST_ALWAYS, SITE_HOST_MAY };

struct site_kind {
    const char *name;
    enum site_host host;
    const char *how; /* far.sh's word for how its jobs are begun */
    bool has_scheduler;
    void (*judge)(const struct far_seen *seen, struct far_verdict *out);
};

extern const struct site_kind SITE_KIND_LOCAL, SITE_KIND_SSH, SITE_KIND_SLURM;

/* ---- words to the far side and its answers (far.c) */

extern const char FAR_SH[];   /* far.sh */
extern const char FAR_BOOT[]; /* a line for any login shell: reads the length of a script, the script, and runs it if it is whole */

/* The whole of what stands before the input: length, far.sh and the call, a line of sh (or lines). */
void far_compose(struct buf *out, const char *call);

int far_check_app(const char *app, struct err *e);
bool far_is_folder(const char *name, int64_t *out_n); /* "HASH_N" */

struct far_reply {
    char *lines; /* behind the head, before `end`; each with its newline */
    size_t n;
    int64_t epoch;
    const char *boot, *home;
};

/* Takes an answer of n bytes, with a NUL behind them, apart, in place. 0; ERR_SITE_AWAY: it is not whole. */
int far_read_reply(char *text, size_t n, struct far_reply *out, struct err *e);

/* The first line of lines that says `failed` or `refused` as an error (ERR_SITE_AWAY, ERR_SITE_REFUSED); 0: there is none. */
int far_read_trouble(const char *lines, struct err *e);

/* One line for people: no control characters, at most so much. */
void far_clean_words(const char *words, size_t n, char *out, size_t room);

/* ---- looking (look.c) */

struct look_ask {
    const char *const *apps;
    int app_count;
    const struct far_name *known;
    int known_count;
};

/* Of one job that was found, or should have been. */
struct look_found {
    const char *app, *name; /* name: HASH_N */
    int64_t n;
    int index;              /* of the known one; -1 */
    struct far_seen seen;
    const char *batch;
};

struct look_answer {
    struct look_found *found;
    int count;
    const char *message; /* a scheduler's command failed; NULL */
};

void look_compose(struct buf *call, const struct site_kind *kind, const struct look_ask *ask);

/* Takes lines apart, in place; what is made lives in the arena. 0; ERR_SITE_AWAY where the far side could not look;
 * ERR_SITE_REFUSED where it makes no sense. */
int look_read(struct far_reply *reply, const struct look_ask *ask, struct arena *a, struct look_answer *out, struct err *e);

/* The settings in an answer of far_settings: calls back with each. */
typedef void look_settings_fn(void *arg, const char *app, const char *name, const char *settings);
void look_read_settings(struct far_reply *reply, look_settings_fn *fn, void *arg);

/* ---- the control connection (connection.c) */

struct connection;

/* Called when it is known whether it stands. */
typedef void connection_fn(void *arg);

struct connection *connection_new(struct loop *l, const struct site_options *o, connection_fn *on_settled, void *arg);
void connection_free(struct connection *c);

/* Is it there? false: finds out, or makes it, and says so by on_settled; never from inside. */
bool connection_want(struct connection *c);
void connection_retry(struct connection *c);
void connection_doubt(struct connection *c); /* a call through it was lost */
enum site_state connection_state(const struct connection *c);
const char *connection_message(const struct connection *c);
const char *connection_path(const struct connection *c);

/* The argv of an ssh through it: NULL-ended, in the arena. option: more before the host (pairs), or NULL; tail: behind the host, or NULL. */
const char *const *connection_argv(const struct connection *c, struct arena *a, const char *const *options, const char *tail);

#endif
