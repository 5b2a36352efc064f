/* docket site remove: forget a site at which no job is open. */
#include "cli/site_verb.h"

#include <stdio.h>

static const struct option OPTIONS[] = {SITE_OPTIONS};

static int run_remove(struct verb_call *call, struct err *e);

const struct verb site_word_remove = {
    .name = "site remove",
    .arguments = "SITE",
    .summary = "forget a site at which no job is open",
    .help = "What jobs that ended have left there stays: docket job clean removes it before.\n\n"
            "  docket site remove cluster\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct site_options),
    .args_min = 1,
    .args_max = 1,
    .run = run_remove,
};

static int run_remove(struct verb_call *call, struct err *e)
{
    const struct site_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *answer = NULL;
    int r = site_verb_call(call, &c, "DELETE", "", NULL, &answer, e);
    if (!r && o->json)
        out_json(answer);
    return r;
}
