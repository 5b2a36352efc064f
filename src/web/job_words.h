/* What settings of sites and of jobs have in common: words that end up in a command line, a script or a path of another machine, and one
 * form for JSON that is stored. */
#ifndef DOCKET_WEB_JOB_WORDS_H
#define DOCKET_WEB_JOB_WORDS_H

#include "base/arena.h"
#include "base/json.h"
#include "core/site.h"

enum {
    JOB_WORD_MAX = 128,     /* bytes of a partition, an account and the like */
    JOB_OPTIONS_MAX = 64,   /* options for sbatch */
    JOB_OPTION_MAX = 4096,  /* bytes of one */
};

/* Each returns 0 (also for NULL), or ERR_BAD_FIELD that begins with `field`. */
int job_check_word(const char *field, const char *word, struct err *e);    /* no blank, no control character, no '-' first */
int job_check_line(const char *field, const char *text, struct err *e);    /* no control character */
int job_check_path(const char *field, const char *path, struct err *e);    /* absolute, no control character */
int job_check_app(const char *app, struct err *e);                         /* of ~/.APP: A-Z a-z 0-9 . _ - */
int job_check_options(const char *field, const json_t *options, struct err *e); /* an array of such lines */
int job_check_env(const json_t *env, struct err *e); /* names that a shell can export, texts; as large as a task's may be */

/* Appends the words of a line to an array, as a shell would take them apart: blanks between, '…', "…" and \ keep together; nothing is
 * expanded. 0; ERR_BAD_FIELD for a quote without its end. */
int job_split(const char *field, const char *line, json_t *words, struct err *e);

/* Compact text, names sorted; in the arena. */
const char *job_canonical(const json_t *value, struct arena *a);

/* What was read by the shape's table was refused with r: for ERR_UNKNOWN_FIELD the hint names the nearest that there is. Returns r. */
int job_hint_nearest(int r, const json_t *object, const struct json_shape *shape, struct err *e);

/* "SITE" or "OWNER/SITE"; parts in the arena. */
struct site_ref job_site_ref(struct arena *a, const char *text);

#endif
