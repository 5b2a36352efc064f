/* docket site check: find out what works at a site, and why the rest does not. */
#include "cli/site_verb.h"

#include <stdio.h>

static const struct option OPTIONS[] = {SITE_OPTIONS};

static int run_check(struct verb_call *call, struct err *e);

const struct verb site_word_check = {
    .name = "site check",
    .arguments = "SITE",
    .summary = "find out what works at a site, and why the rest does not",
    .help = "Whether it answers, its scheduler, the program, and the ways by which workers there could\n"
            "reach this server; where there is a scheduler a job of a minute tries them. What works is\n"
            "noted. It exits 1 where something that is needed does not work.\n\n"
            "  docket site check cluster\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct site_options),
    .args_min = 1,
    .args_max = 1,
    .run = run_check,
};

static int run_check(struct verb_call *call, struct err *e)
{
    const struct site_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    bool ok = false;
    int r = site_verb_check(call->args[0], e);
    if (!r)
        r = connect_open(&c, call, &o->connect, e);
    if (!r)
        r = site_verb_examine(&c, call->args[0], o->json, &ok, e);
    call->status = ok ? 0 : 1;
    return r;
}
