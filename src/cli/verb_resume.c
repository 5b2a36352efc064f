/* docket resume: a paused queue hands out tasks again. */
#include "base/cleanup.h"
#include "cli/steer.h"

static const struct option OPTIONS[] = {STEER_OPTIONS};

static int run_resume(struct verb_call *call, struct err *e) { return steer_switch(call, "resume", "active", e); }

const struct verb verb_resume = {
    .name = "resume",
    .arguments = "QUEUE",
    .summary = "hand out tasks of a paused queue again",
    .help = "  docket resume pictures\n",
    STEER_TABLE,
    .args_max = 1,
    .run = run_resume,
};
