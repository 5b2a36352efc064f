/* docket cancel: unfinished tasks become killed; what runs of them is stopped when its worker next renews its lease. */
#include "base/cleanup.h"
#include "cli/steer.h"

static const struct option OPTIONS[] = {
    {"all", 0, OPTION_FLAG, NULL, offsetof(struct steer_options, all), 0, 0, "everything that is not finished"},
    TASK_FILTER_OPTIONS(offsetof(struct steer_options, filter)),
    STEER_OPTIONS,
};

static int run_cancel(struct verb_call *call, struct err *e)
{
    const struct steer_options *o = call->options;
    if (!o->all && !steer_chooses(call))
        return steer_refuse_all(call, "cancel", e);
    return steer_change(call, "cancel", "cancelled", e);
}

const struct verb verb_cancel = {
    .name = "cancel",
    .arguments = "QUEUE ID… | --all",
    .summary = "stop tasks that are not finished",
    .help = "What waits is not run; what runs is stopped within a third of its lease (20 s\n"
            "by default).\n\n"
            "  docket cancel pictures 17 18\n"
            "  docket cancel pictures --state pending\n",
    STEER_TABLE,
    .args_max = -1,
    .run = run_cancel,
};
