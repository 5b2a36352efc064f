/* docket revive: killed tasks become pending, cancelled ones too. */
#include "base/cleanup.h"
#include "cli/steer.h"

static const struct option OPTIONS[] = {
    {"worker", 0, OPTION_TEXT, "NAME", offsetof(struct steer_options, filter.worker), 0, 0,
     "only those of this worker"},
    STEER_PRIORITY_OPTION,
    STEER_OPTIONS,
};

static const struct steer_options QDO_DEFAULTS = {.older_us = -1, .priority = "2"};

static int run_revive(struct verb_call *call, struct err *e)
{
    return steer_change(call, "revive", "will be run", e);
}

const struct verb verb_revive = {
    .name = "revive",
    .arguments = "QUEUE [ID…]",
    .summary = "run killed tasks after all",
    .help = "All that were killed, by crashes or by cancelling, or those chosen. Called\n"
            "as qdo they get priority 2 unless --priority says another.\n\n"
            "  docket revive pictures --priority 2\n",
    STEER_TABLE,
    .qdo_defaults = &QDO_DEFAULTS,
    .args_max = -1,
    .run = run_revive,
};
