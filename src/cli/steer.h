/* What the verbs that steer queues and tasks have in common: `pause` and `resume`; `retry`, `rerun`, `recover`, `revive`,
 * `cancel` and `delete`. */
#ifndef DOCKET_CLI_STEER_H
#define DOCKET_CLI_STEER_H

#include <stdbool.h>

#include "base/err.h"
#include "base/limits.h"
#include "cli/connect.h"
#include "cli/out.h"
#include "cli/task_filter.h"
#include "cli/verb.h"

struct steer_options {
    struct connect_options connect;
    struct task_filter filter;
    int64_t older_us;     /* -1: any */
    const char *priority; /* NULL: as it is */
    bool all, killed, force, dead, json;
};

/* What the options are before parsing. */
extern const struct steer_options STEER_DEFAULTS;

#define STEER_PRIORITY_OPTION                                                                                         \
    {"priority", 0, OPTION_TEXT, "N", offsetof(struct steer_options, priority), 0, 0, "with this priority from now on"}
#define STEER_OLDER_OPTION                                                                                            \
    {"older-than", 0, OPTION_SECONDS, "TIME", offsetof(struct steer_options, older_us), 0, LIMIT_RETENTION_SECONDS,   \
     "only those that ended longer ago"}

/* The option rows of struct steer_options that all have. */
#define STEER_OPTIONS                                                                                                 \
    CONNECT_OPTIONS(offsetof(struct steer_options, connect)),                                                         \
    CONNECT_RUN_OPTION(offsetof(struct steer_options, connect)), OUT_JSON_OPTION(struct steer_options)

/* What their table entries have in common, with OPTIONS named so. */
#define STEER_TABLE                                                                                                   \
    .options = OPTIONS, .option_count = COUNT_OF(OPTIONS), .options_bytes = sizeof(struct steer_options),             \
    .defaults = &STEER_DEFAULTS, .flags = VERB_OPENS_DATA

/* pause, resume: POSTs `what`, prints "Q is DONE". */
int steer_switch(struct verb_call *call, const char *what, const char *done, struct err *e);

/* The others: POSTs `what` with the ids given, else the filter, waits until it is done, prints "N tasks DONE". */
int steer_change(struct verb_call *call, const char *what, const char *done, struct err *e);

/* Refuses what would happen to a whole queue that was not asked for in so many words (--all); says how much that would
 * be: "that would WHAT all of Q". */
int steer_refuse_all(struct verb_call *call, const char *what, struct err *e);

/* Were tasks chosen, by id or by option? */
bool steer_chooses(const struct verb_call *call);

#endif
