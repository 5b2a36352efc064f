/* What the words of `docket job` share. */
#ifndef DOCKET_CLI_JOB_VERB_H
#define DOCKET_CLI_JOB_VERB_H

#include <jansson.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "cli/ask.h"
#include "cli/connect.h"
#include "cli/out.h"
#include "cli/verb.h"

struct job_options {
    struct connect_options connect;
    bool json;
};

/* The last rows of an option table, for a struct with a member `base` that is struct job_options. */
#define JOB_OPTIONS(type)                                           \
    CONNECT_OPTIONS(offsetof(type, base.connect)),                  \
    {"json", 0, OPTION_FLAG, NULL, offsetof(type, base.json), 0, 0, "print JSON as the server gives it"}

/* For those that have none of their own. */
struct job_plain {
    struct job_options base;
};
#define JOB_PLAIN .options = OPTIONS, .option_count = COUNT_OF(OPTIONS), .options_bytes = sizeof(struct job_plain)

/* Of `list`, and of `docket job` without a word. */
struct job_list_options {
    struct job_options base;
    const char *site, *state, *queue;
    int64_t limit;
};
#define JOB_LIST_OPTIONS                                                                                                   \
    {"site", 0, OPTION_TEXT, "SITE", offsetof(struct job_list_options, site), 0, 0, "only jobs there"},                     \
    {"state", 0, OPTION_TEXT, "JOBSTATE", offsetof(struct job_list_options, state), 0, 0,                                   \
     "only jobs in this state: submitted, pending, running, finished, failed, cancelled, lost"},                            \
    {"queue", 0, OPTION_TEXT, "QUEUE", offsetof(struct job_list_options, queue), 0, 0, "only jobs whose workers work on it"}, \
    {"limit", 0, OPTION_INT, "N", offsetof(struct job_list_options, limit), 1, INT64_MAX, "at most so many, the newest; 50 unless given"}, \
    JOB_OPTIONS(struct job_list_options)
int job_verb_list(struct verb_call *call, struct err *e);

/* Is every argument the id of a job? 0; ERR_USAGE. */
int job_verb_check_ids(const struct verb_call *call, struct err *e);

/* "/api/v1/jobs/ID" with tail behind it. */
char *job_verb_path(struct arena *a, const char *id, const char *tail);

/* Its state as people read it: cancelling while that is not confirmed; the age of what was seen last where that is old. In the arena. */
const char *job_verb_state(struct arena *a, const json_t *job);

/* "docket job 17: running" and its reason, a line. */
void job_verb_say(struct arena *a, const json_t *job);

/* How long ago a time of an answer was; -1: it is none. */
int64_t job_verb_age_us(const json_t *time);

/* POST or DELETE for each id of the arguments; what became of each is printed. 0, or as the first that was refused; the others are done all
 * the same. */
int job_verb_each(struct verb_call *call, const struct job_options *o, const char *method, const char *tail, struct err *e);

#endif
