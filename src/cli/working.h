/* A worker for one queue, from a command line: what `work` and `do` share. */
#ifndef DOCKET_CLI_WORKING_H
#define DOCKET_CLI_WORKING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "cli/connect.h"
#include "cli/verb.h"

struct working_options {
    struct connect_options connect;
    int64_t jobs;            /* 0: the number of cores */
    int64_t batch;           /* 0: found from how long tasks take */
    int64_t idle_timeout_us; /* -1: never */
    int64_t life_us;         /* 0: for ever */
    int64_t walltime_until;  /* when the batch job around it ends, seconds since 1970; 0: not said */
    int64_t reserve_us;      /* -1: found from how long tasks take */
    const char *logs, *name, *script; /* NULL: none */
    bool quiet;
};

#define WORKING_EPOCH_MOST INT64_C(253402300799) /* the year 9999 */
#define WORKING_AT(member) offsetof(struct working_options, member)
#define WORKING_JOBS_OPTION(help) {"jobs", 'j', OPTION_INT, "N", WORKING_AT(jobs), 1, LIMIT_JOBS, help}
#define WORKING_IDLE_OPTION(name, help)                                                                               \
    {name, 0, OPTION_SECONDS, "TIME", WORKING_AT(idle_timeout_us), 0, LIMIT_LEASE_SECONDS, help}

/* The option rows that both have. */
#define WORKING_OPTIONS                                                                                               \
    {"script", 0, OPTION_TEXT, "S", WORKING_AT(script), 0, 0, "run S with each task's text as its arguments"},        \
    {"batch", 0, OPTION_INT, "N", WORKING_AT(batch), 1, LIMIT_AHEAD,                                                  \
     "tasks to hold ahead; about a second's unless given"},                                                           \
    {"time-limit", 0, OPTION_SECONDS, "TIME", WORKING_AT(life_us), 1, LIMIT_TIME_LIMIT_SECONDS, "end after so long"}, \
    {"walltime-until", 0, OPTION_INT, "EPOCH", WORKING_AT(walltime_until), 1, WORKING_EPOCH_MOST,                      \
     "when the batch job it is in ends, in seconds since 1970, else SLURM_JOB_END_TIME in a job of Slurm"},            \
    {"reserve", 0, OPTION_SECONDS, "TIME", WORKING_AT(reserve_us), 0, LIMIT_TIME_LIMIT_SECONDS,                        \
     "take no more tasks when less is left; as long as the longest so far, 10 s to 1 h, unless given"},               \
    {"logs", 0, OPTION_TEXT, "DIR", WORKING_AT(logs), 0, 0, "also keep all output, in ID.out and ID.err there"},      \
    {"name", 0, OPTION_TEXT, "NAME", WORKING_AT(name), 0, 0, "the worker's name; else made of host and process"},     \
    {"quiet", 'q', OPTION_FLAG, NULL, WORKING_AT(quiet), 0, 0, "no progress"},                                        \
    CONNECT_OPTIONS(WORKING_AT(connect))

/* What their table entries have in common, with OPTIONS and DEFAULTS named so. */
#define WORKING_TABLE                                                                                                 \
    .options = OPTIONS, .option_count = COUNT_OF(OPTIONS), .options_bytes = sizeof(struct working_options),           \
    .defaults = &DEFAULTS, .args_min = 1, .args_max = 1, .flags = VERB_RUNS_COMMANDS, .run = working_run

/* Works on the queue until a signal or one of the limits ends it. 0; ERR_USAGE; < 0 ERR_FILE for a script that is not
 * there; as connect_open; what ended the worker. */
int working_run(struct verb_call *call, struct err *e);

#endif
