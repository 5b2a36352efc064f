/* What a job's site is given: settings.json, the script that runs, options for its scheduler. */
#ifndef DOCKET_LAUNCH_COMPOSE_H
#define DOCKET_LAUNCH_COMPOSE_H

#include "core/job.h"
#include "launch/settings.h"

enum { COMPOSE_PROGRAM_WORDS = 4 };

/* What workers need at their site: the program there, and the way home. */
struct compose_home {
    const char *program[COMPOSE_PROGRAM_WORDS + 1]; /* its words, NULL-ended */
    const char *url, *pin;                          /* pin NULL: its certificate is looked at */
};

struct composed {
    const char *settings;       /* one line of JSON, with the submission in it */
    const char *script;
    const char *const *options; /* for sbatch, NULL-ended */
};

/* In the arena. home: for workers; NULL for a plain job. 0; ERR_BAD_FIELD, ERR_TOO_LARGE: a template or a setting that cannot be used;
 * ERR_FILE: a template that cannot be read. */
int compose(const struct job_row *j, const struct place_settings *place, bool scheduler, const struct compose_home *home, struct arena *a,
            struct composed *out, struct err *e);

#endif
