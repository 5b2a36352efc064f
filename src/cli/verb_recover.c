/* docket recover: running tasks are taken back from their workers and become pending. */
#include "base/cleanup.h"
#include "cli/steer.h"

static const struct option OPTIONS[] = {
    {"dead", 0, OPTION_FLAG, NULL, offsetof(struct steer_options, dead), 0, 0, "only those whose leases are over"},
    TASK_FILTER_OPTIONS(offsetof(struct steer_options, filter)),
    STEER_OPTIONS,
};

static int run_recover(struct verb_call *call, struct err *e)
{
    return steer_change(call, "recover", "taken back", e);
}

const struct verb verb_recover = {
    .name = "recover",
    .arguments = "QUEUE [ID…]",
    .summary = "take running tasks back from their workers",
    .help = "For workers that are known to be gone: a silent one loses its tasks by itself when\n"
            "their leases are over. Nothing is counted; what such a worker hands in later is\n"
            "kept beside its attempt and not accepted.\n\n"
            "  docket recover pictures --worker node17\n",
    STEER_TABLE,
    .args_max = -1,
    .run = run_recover,
};
