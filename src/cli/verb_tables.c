/* docket tables: datasets, whose tasks are tables. Each of its words is a verb in a file of its own, listed in tables.def. */
#include "cli/verb.h"

#define X(word) extern const struct verb tables_##word;
#include "cli/tables.def"
#undef X

static const struct verb *const WORDS[] = {
#define X(word) &tables_##word,
#include "cli/tables.def"
#undef X
    NULL,
};

const struct verb verb_tables = {
    .name = "tables",
    .arguments = "WORD …",
    .summary = "datasets: tables as tasks, with cells, columns and pairs of columns to be mapped",
    .help = "A dataset is a queue whose tasks are tables. Runners take a table, map its targets\n"
            "and hand in what they found; what was mapped, what is missing and how good it is\n"
            "is told here.\n\n",
    .args_min = 1,
    .args_max = 1,
    .words = WORDS,
    .run = verb_run_words,
};
