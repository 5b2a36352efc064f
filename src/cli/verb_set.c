/* docket set: another policy for a queue. */
#include "base/cleanup.h"
#include "cli/policy.h"
#include "cli/verb.h"

static const struct option OPTIONS[] = {POLICY_OPTIONS};

static int run_set(struct verb_call *call, struct err *e) { return policy_put(call, true, e); }

const struct verb verb_set = {
    .name = "set",
    .arguments = "QUEUE",
    .summary = "change the policy of a queue",
    .help = "What is not named stays as it is; with nothing named it is shown. It applies to\n"
            "what happens from now on: leases that are open keep their end.\n\n"
            "  docket set downloads --lease 10m --retention 30d\n",
    POLICY_TABLE,
    .run = run_set,
};
