/* docket retry: failed tasks become pending, with their attempts counted anew. */
#include "base/cleanup.h"
#include "cli/steer.h"

static const struct option OPTIONS[] = {
    {"killed", 0, OPTION_FLAG, NULL, offsetof(struct steer_options, killed), 0, 0,
     "also those whose workers died too often"},
    TASK_FILTER_OPTIONS(offsetof(struct steer_options, filter)),
    STEER_PRIORITY_OPTION,
    STEER_OPTIONS,
};

static int run_retry(struct verb_call *call, struct err *e)
{
    return steer_change(call, "retry", "will be run again", e);
}

const struct verb verb_retry = {
    .name = "retry",
    .arguments = "QUEUE [ID…]",
    .summary = "run failed tasks again",
    .help = "All that failed, or those chosen by id or option. A cancelled task is taken\n"
            "only by its id.\n\n"
            "  docket retry pictures --exitcode 137\n",
    STEER_TABLE,
    .args_max = -1,
    .run = run_retry,
};
