/* docket pause: a queue hands out nothing until it is resumed. */
#include "base/cleanup.h"
#include "cli/steer.h"

static const struct option OPTIONS[] = {STEER_OPTIONS};

static int run_pause(struct verb_call *call, struct err *e) { return steer_switch(call, "pause", "paused", e); }

const struct verb verb_pause = {
    .name = "pause",
    .arguments = "QUEUE",
    .summary = "hand out no tasks of a queue; what runs goes on",
    .help = "  docket pause pictures\n",
    STEER_TABLE,
    .args_max = 1,
    .run = run_pause,
};
