/* docket create: a queue with its policy. */
#include "base/cleanup.h"
#include "cli/policy.h"
#include "cli/verb.h"

static const struct option OPTIONS[] = {POLICY_OPTIONS};

static int run_create(struct verb_call *call, struct err *e) { return policy_put(call, false, e); }

const struct verb verb_create = {
    .name = "create",
    .arguments = "QUEUE",
    .summary = "make a queue, with its policy",
    .help = "One that is there already gets the policy named. Adding a task makes a missing\n"
            "queue too, with the defaults.\n\n"
            "  docket create downloads --max-attempts 5 --backoff 10s\n",
    POLICY_TABLE,
    .run = run_create,
};
