/* docket site check: find out what works at a site, and why the rest does not. */
#include "cli/site_verb.h"

#include <stdio.h>

struct check_options {
    struct site_options base; /* first */
    bool job;
};

static const struct option OPTIONS[] = {
    {"job", 0, OPTION_FLAG, NULL, offsetof(struct check_options, job), 0, 0, "start a short job as well"},
    SITE_OPTIONS};

static int run_check(struct verb_call *call, struct err *e);

const struct verb site_word_check = {
    .name = "site check",
    .arguments = "SITE",
    .summary = "find out what works at a site, and why the rest does not",
    .help = "Whether it answers, its scheduler, the program, and the ways by which workers there could\n"
            "reach this server; with --job from within a job of a minute, too. What works is noted.\n"
            "It exits 1 where something that is needed does not work.\n\n"
            "  docket site check cluster --job\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct check_options),
    .args_min = 1,
    .args_max = 1,
    .run = run_check,
};

static int run_check(struct verb_call *call, struct err *e)
{
    const struct check_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    bool ok = false;
    int r = site_verb_check(call->args[0], e);
    if (!r)
        r = connect_open(&c, call, &o->base.connect, e);
    if (!r)
        r = site_verb_examine(&c, call->args[0], o->job, o->base.json, &ok, e);
    call->status = ok ? 0 : 1;
    return r;
}
