/* Right answers for a dataset: what is shown to whoever asks for a table (gt), or what results are compared with (solution). */
#ifndef DOCKET_CLI_TABLES_TRUTH_H
#define DOCKET_CLI_TABLES_TRUTH_H

#include "cli/tables_files.h"
#include "cli/tables_places.h"

/* Valid when zeroed. */
struct tables_truth {
    bool given;
    struct tables_files files;
    struct tables_cells cells[TARGET_KINDS]; /* sorted by table */
    struct tables_strangers strangers[TARGET_KINDS];
    int64_t replaced;
};

void tables_truth_done(struct tables_truth *t);

/* Reads what `paths` hold (files, or folders with cea.csv, cta.csv, cpa.csv); none: nothing is given. option is its name, for words. 0;
 * ERR_USAGE: no such file, or none of the three; ERR_BAD_LINE; < 0 ERR_FILE. */
int tables_truth_read(struct tables_truth *t, struct arena *a, const struct option_list *paths, const char *option,
                      enum tables_style style, struct tables_folder *f, struct err *e);

#endif
