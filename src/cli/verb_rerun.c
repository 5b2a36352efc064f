/* docket rerun: tasks that have ended become pending again, however they ended. */
#include "base/cleanup.h"
#include "cli/steer.h"

static const struct option OPTIONS[] = {
    TASK_FILTER_OPTIONS(offsetof(struct steer_options, filter)),
    STEER_OLDER_OPTION,
    STEER_PRIORITY_OPTION,
    STEER_OPTIONS,
};

static int run_rerun(struct verb_call *call, struct err *e)
{
    return steer_change(call, "rerun", "will be run again", e);
}

const struct verb verb_rerun = {
    .name = "rerun",
    .arguments = "QUEUE [ID…]",
    .summary = "run tasks again, also those that succeeded",
    .help = "All that have ended, or those chosen by id or option; attempts are counted anew.\n"
            "What waited for them and has begun is not taken back.\n\n"
            "  docket rerun pictures --state succeeded --worker node17\n",
    STEER_TABLE,
    .args_max = -1,
    .run = run_rerun,
};
