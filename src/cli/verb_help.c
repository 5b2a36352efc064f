/* docket help: what there is, or one verb in full. */
#include "cli/verb.h"

static int run_help(struct verb_call *call, struct err *e)
{
    const struct verb *v;
    if (call->arg_count == 0) {
        help_all();
        return 0;
    }
    int r = verb_find(call->args[0], &v, e);
    if (!r)
        help_verb(v);
    return r;
}

const struct verb verb_help = {
    .name = "help",
    .arguments = "[VERB]",
    .summary = "what there is, or one verb in full",
    .help = "  docket help run\n",
    .args_max = 1,
    .run = run_help,
};
