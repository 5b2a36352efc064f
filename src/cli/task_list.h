/* The tasks of a queue as lines: what `tasks` prints, and `task` when it is given a queue. */
#ifndef DOCKET_CLI_TASK_LIST_H
#define DOCKET_CLI_TASK_LIST_H

#include <stdbool.h>

#include "base/err.h"
#include "cli/connect.h"
#include "cli/out.h"
#include "cli/task_filter.h"
#include "cli/verb.h"

struct task_list_options {
    struct connect_options connect;
    struct task_filter filter;
    const char *text;
    int64_t limit;
    bool all, qdo, json; /* qdo: as task_listing.h has it */
};

extern const struct task_list_options TASK_LIST_DEFAULTS, TASK_LIST_QDO_DEFAULTS;

#define TASK_LIST_OPTIONS                                                                                             \
    TASK_FILTER_OPTIONS(offsetof(struct task_list_options, filter)),                                                  \
    {"text", 0, OPTION_TEXT, "TEXT", offsetof(struct task_list_options, text), 0, 0, "only commands that hold it"},   \
    {"limit", 0, OPTION_INT, "N", offsetof(struct task_list_options, limit), 1, INT64_MAX, "at most so many; 100"},   \
    {"all", 0, OPTION_FLAG, NULL, offsetof(struct task_list_options, all), 0, 0, "however many there are"},           \
    CONNECT_OPTIONS(offsetof(struct task_list_options, connect)),                                                     \
    CONNECT_RUN_OPTION(offsetof(struct task_list_options, connect)), OUT_JSON_OPTION(struct task_list_options)

/* Prints a header and a line a task, or with --json an object a line. */
int task_list_print(struct verb_call *call, struct err *e);

#endif
