/* docket site sync: look at the jobs of a site now. */
#include "cli/site_verb.h"

#include <stdio.h>

static const struct option OPTIONS[] = {SITE_OPTIONS};

static int run_sync(struct verb_call *call, struct err *e);

const struct verb site_word_sync = {
    .name = "site sync",
    .arguments = "SITE",
    .summary = "look at the jobs of a site now",
    .help = "The server does this by itself, as often as the site's settings say.\n\n"
            "  docket site sync cluster\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct site_options),
    .args_min = 1,
    .args_max = 1,
    .run = run_sync,
};

static int run_sync(struct verb_call *call, struct err *e)
{
    const struct site_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    int r = site_verb_check(call->args[0], e);
    if (!r)
        r = connect_open(&c, call, &o->connect, e);
    return r ? r : site_verb_sync(&c, call->args[0], o->json, e);
}
