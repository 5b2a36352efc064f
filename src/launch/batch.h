/* The script of a job: what a scheduler is given, or what runs detached. It comes from a template, ours (batch.sh, batch_job.sh) or a file
 * of the site's, so that people can read what is submitted, and change it. Nothing here asks anybody. */
#ifndef DOCKET_LAUNCH_BATCH_H
#define DOCKET_LAUNCH_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

struct batch_variable {
    const char *name, *value;
};

/* What each worker is called with. */
struct batch_worker {
    const char *const *program; /* its first words, NULL-ended: {"/home/u/.docket/0.1.0/bin/docket"}, {"python3", ".../docket.py"} */
    const char *queue;          /* "OWNER/NAME" */
    int64_t job;                /* its workers are called job<ID>.HOST.<K> */
    const char *server, *pin;   /* where home is; pin NULL: its certificate is looked at */
    const char *script;         /* as in docket do --script; NULL: none */
    int64_t idle_us, reserve_us; /* < 0: not said */
};

struct batch_ask {
    const char *name;                 /* for people */
    bool scheduler;                   /* with #SBATCH lines */
    int64_t workers, cores;           /* cores of each */
    int64_t nodes;                    /* 0: not said */
    int64_t walltime_us;              /* 0: none */
    const char *partition, *account, *qos; /* NULL or "": not said */
    const struct batch_variable *env; /* for what runs there */
    int env_count;
    const struct batch_worker *worker; /* NULL: a plain job, */
    const char *command;               /* which runs this, as the shell reads it */
    const char *template, *template_file; /* the site's own, and what the file is called; NULL: ours */
};

/* Appends the script to out. In a template {{NAME}} is a value: a quoted word of the shell, in #SBATCH lines as it is; {{command}} and
 * {{environment}} are commands. An #SBATCH line with a value that was not said is left out. 0; ERR_BAD_FIELD: a value that no such line can
 * carry, a variable of the environment that jobs are not given, an unknown {{NAME}} (naming file and line); ERR_TOO_LARGE (LIMIT_SCRIPT).
 * Pure. */
int batch_render(const struct batch_ask *ask, struct buf *out, struct err *e);

/* May a job be given a variable of that name? Names as shells have them, but for those by which programs are made to load or run something
 * before they begin, and those that are the scheduler's or ours. Pure. */
bool batch_env_is_safe(const char *name);

/* How many nodes so many workers need: as many on each as have their cores there. 0: not even one has. Pure. */
int64_t batch_nodes(int64_t workers, int64_t cores_per_worker, int64_t cores_per_node);

#endif
