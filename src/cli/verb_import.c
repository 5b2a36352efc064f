/* docket import: what another system holds, taken over. Each word is a system, and a verb in a file of its own. */
#include "cli/verb.h"

extern const struct verb import_jentab;

static const struct verb *const WORDS[] = {&import_jentab, NULL};

const struct verb verb_import = {
    .name = "import",
    .arguments = "WORD …",
    .summary = "take over what another system holds",
    .help = "A dataset of CSV files is imported by docket tables import.\n\n",
    .args_min = 1,
    .args_max = 1,
    .words = WORDS,
    .run = verb_run_words,
};
