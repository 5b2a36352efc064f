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
    bool names_ids = call->arg_count > (o->connect.run ? 0 : 1);
    if (!names_ids && !o->all && task_filter_is_empty(&o->filter)) {
        int r = err_refuse(e, ERR_USAGE, "which tasks? docket cancel %s", call->verb->arguments);
        err_hint(e, "more about it: docket cancel --help");
        return r;
    }
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
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct steer_options),
    .args_max = -1,
    .flags = VERB_OPENS_DATA,
    .run = run_cancel,
};
