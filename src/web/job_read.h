/* Jobs as they are asked for: a command with what belongs to it, or workers for a queue. What is asked becomes the settings that go to
 * the site, as JSON in one form, and what makes two jobs the same. */
#ifndef DOCKET_WEB_JOB_READ_H
#define DOCKET_WEB_JOB_READ_H

#include "base/json.h"
#include "core/job.h"

/* Workers for a queue. */
struct job_launch {
    const char *site; /* NULL: not said */
    int64_t workers, cores, walltime_us, nodes; /* cores: of each worker; 0: not said */
    const char *partition, *account, *script;
    const json_t *env, *options;
    bool keep_env, dry_run;
};
#define JOB_LAUNCH_NONE {.workers = 1}

extern const struct json_shape job_launch_shape, job_add_shape;

/* Reads a body by job_launch_shape. 0; ERR_BAD_FIELD, ERR_UNKNOWN_FIELD. */
int job_read_launch(const json_t *body, struct job_launch *out, struct err *e);

/* Fits what is asked of workers to the site. 0; ERR_BAD_FIELD, ERR_TOO_LARGE. Texts in the arena. */
int job_of_launch(const struct job_launch *l, const struct site_row *site, const struct queue_row *q, struct arena *a, struct job_ask *out,
                  struct err *e);

/* A command, read by job_add_shape: out->site is what it names, and the rest but for what the site says; then that. */
int job_read_add(const json_t *body, struct arena *a, struct job_ask *out, struct err *e);
int job_fit(const struct site_row *site, struct arena *a, struct job_ask *ask, struct err *e);

#endif
