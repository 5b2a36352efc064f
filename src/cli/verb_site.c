/* docket site: places where jobs run. Each of its words is a verb in a file of its own, listed in site.def; alone it lists them. */
#include "cli/site_verb.h"

#define X(word) extern const struct verb site_word_##word;
#include "cli/site.def"
#undef X

static const struct verb *const WORDS[] = {
#define X(word) &site_word_##word,
#include "cli/site.def"
#undef X
    NULL,
};

static const struct option OPTIONS[] = {SITE_OPTIONS};

const struct verb verb_site = {
    .name = "site",
    .arguments = "WORD …",
    .summary = "places where jobs run: this machine, hosts reached by ssh, Slurm",
    .help = "What runs at a site runs as the system user that the server runs as (or whom its\n"
            "ssh signs in as): share one only with people whom you would let use that account.\n"
            "A site of somebody else is OWNER/SITE. Without a word, sites are listed.\n\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct site_options),
    .words = WORDS,
    .flags = VERB_OPENS_DATA,
    .run = site_verb_list,
};
