/* What a job's site is given: settings.json, the script that runs, options for its scheduler. */
#ifndef DOCKET_LAUNCH_COMPOSE_H
#define DOCKET_LAUNCH_COMPOSE_H

#include "core/job.h"
#include "launch/settings.h"

struct composed {
    const char *settings;       /* one line of JSON, with the submission in it */
    const char *script;
    const char *const *options; /* for sbatch, NULL-ended */
};

/* In the arena. 0; ERR_BAD_FIELD, ERR_SETTINGS: a template or a setting that cannot be used. */
int compose(const struct job_row *j, const struct place_settings *place, bool scheduler, struct arena *a, struct composed *out,
            struct err *e);

#endif
