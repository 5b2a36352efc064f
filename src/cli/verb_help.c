/* docket help: what there is, or one verb in full; and the same for man and for the shell. */
#include "base/cleanup.h"
#include "cli/completion.h"
#include "cli/manual.h"
#include "cli/verb.h"

struct help_options {
    const char *completion;
    bool man;
};

#define AT(member) offsetof(struct help_options, member)
static const struct option OPTIONS[] = {
    {"man", 0, OPTION_FLAG, NULL, AT(man), 0, 0, "as a page of the manual, in roff"},
    {"completion", 0, OPTION_TEXT, "SHELL", AT(completion), 0, 0, "the script that completes command lines; for bash"},
};

static int run_help(struct verb_call *call, struct err *e)
{
    const struct help_options *o = call->options;
    const char *name = call->arg_count ? call->args[0] : NULL;
    const struct verb *v;
    int used;
    if (o->completion)
        return completion_print(o->completion, e);
    if (o->man)
        return manual_print(name ? name : "docket", e);
    if (!name) {
        help_all();
        return 0;
    }
    int r = verb_of_call(call->arg_count, call->args, &v, &used, e);
    if (!r)
        help_verb(v);
    return r;
}

const struct verb verb_help = {
    .name = "help",
    .arguments = "[VERB [NAME]]",
    .summary = "what there is, or one verb in full",
    .help = "With --man it is what man shows: docket(1) without a VERB, docket.conf(5) for\n"
            "docket.conf, qdo(1) for qdo.\n\n"
            "  docket help run\n"
            "  docket help --man run | man -l -\n"
            "  source <(docket help --completion bash)\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct help_options),
    .args_max = 2,
    .run = run_help,
};
