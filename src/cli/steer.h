/* What `pause` and `resume`, `retry` and `cancel` have in common. */
#ifndef DOCKET_CLI_STEER_H
#define DOCKET_CLI_STEER_H

#include <stdbool.h>

#include "base/err.h"
#include "cli/connect.h"
#include "cli/out.h"
#include "cli/task_filter.h"
#include "cli/verb.h"

struct steer_options {
    struct connect_options connect;
    struct task_filter filter;
    bool all, killed, json;
};

/* The option rows of struct steer_options that all four have. */
#define STEER_OPTIONS                                                                                                 \
    CONNECT_OPTIONS(offsetof(struct steer_options, connect)),                                                         \
    CONNECT_RUN_OPTION(offsetof(struct steer_options, connect)), OUT_JSON_OPTION(struct steer_options)

/* pause, resume: POSTs `what`, prints "Q is DONE". */
int steer_switch(struct verb_call *call, const char *what, const char *done, struct err *e);

/* retry, cancel: POSTs `what` with the ids given, else the filter, waits until it is done, prints "N tasks DONE". */
int steer_change(struct verb_call *call, const char *what, const char *done, struct err *e);

#endif
