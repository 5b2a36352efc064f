/* Jobs as they are asked for: a command with what belongs to it, or workers for a queue. What is asked becomes the settings that go to
 * the site, as JSON in one form, and what makes two jobs the same. */
#ifndef DOCKET_WEB_JOB_READ_H
#define DOCKET_WEB_JOB_READ_H

#include "base/json.h"
#include "base/limits.h"
#include "core/job.h"
#include "web/job_words.h"

/* Workers for a queue. */
struct job_launch {
    const char *site; /* NULL: not said */
    int64_t workers, cores, walltime_us, nodes; /* cores: of each worker; 0: not said */
    const char *partition, *account, *script;
    const json_t *env, *options;
    bool keep_env, dry_run;
    bool stay; /* its workers wait for more tasks, however long */
};
#define JOB_LAUNCH_NONE {.workers = 1}

/* The rows of its members but for site, in a struct that has it `at` bytes from its beginning. */
#define JOB_LAUNCH_FIELD(at, name, member, kind, least, most, flags) {name, kind, (at) + offsetof(struct job_launch, member), least, most, flags, NULL}
#define JOB_LAUNCH_FIELDS(at)                                                                                                     \
    JOB_LAUNCH_FIELD(at, "workers", workers, JSON_KIND_INT, 1, LIMIT_LAUNCH, 0),                                                  \
    JOB_LAUNCH_FIELD(at, "cores_per_worker", cores, JSON_KIND_INT, 1, LIMIT_LAUNCH, JSON_NULLABLE),                               \
    JOB_LAUNCH_FIELD(at, "walltime", walltime_us, JSON_KIND_SECONDS, 1, LIMIT_TIME_LIMIT_SECONDS, JSON_NULLABLE),                 \
    JOB_LAUNCH_FIELD(at, "partition", partition, JSON_KIND_TEXT, 1, JOB_WORD_MAX, JSON_NULLABLE),                                 \
    JOB_LAUNCH_FIELD(at, "nodes", nodes, JSON_KIND_INT, 1, LIMIT_LAUNCH, JSON_NULLABLE),                                          \
    JOB_LAUNCH_FIELD(at, "account", account, JSON_KIND_TEXT, 1, JOB_WORD_MAX, JSON_NULLABLE),                                     \
    JOB_LAUNCH_FIELD(at, "script", script, JSON_KIND_TEXT, 1, LIMIT_CWD, JSON_NULLABLE),                                          \
    JOB_LAUNCH_FIELD(at, "env", env, JSON_KIND_OBJECT, 0, 0, JSON_NULLABLE),                                                      \
    JOB_LAUNCH_FIELD(at, "keep_env", keep_env, JSON_KIND_BOOL, 0, 0, 0),                                                          \
    JOB_LAUNCH_FIELD(at, "options", options, JSON_KIND_ARRAY, 0, JOB_OPTIONS_MAX, JSON_NULLABLE),                                 \
    JOB_LAUNCH_FIELD(at, "dry_run", dry_run, JSON_KIND_BOOL, 0, 0, 0)

extern const struct json_shape job_launch_shape, job_add_shape;

/* Reads a body by job_launch_shape. 0; ERR_BAD_FIELD, ERR_UNKNOWN_FIELD. */
int job_read_launch(const json_t *body, struct job_launch *out, struct err *e);

/* What no table says. 0; ERR_BAD_FIELD. */
int job_check_launch(const struct job_launch *l, struct err *e);

/* Fits what is asked of workers to the site. 0; ERR_BAD_FIELD, ERR_TOO_LARGE. Texts in the arena. */
int job_of_launch(const struct job_launch *l, const struct site_row *site, const struct queue_row *q, struct arena *a, struct job_ask *out,
                  struct err *e);

/* A command, read by job_add_shape: out->site is what it names, and the rest but for what the site says; then that. */
int job_read_add(const json_t *body, struct arena *a, struct job_ask *out, struct err *e);
int job_fit(const struct site_row *site, struct arena *a, struct job_ask *ask, struct err *e);

#endif
