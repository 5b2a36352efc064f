/* The targets of a dataset: its files, read whole, and which way round its cells are written. */
#ifndef DOCKET_CLI_TABLES_TARGETS_H
#define DOCKET_CLI_TABLES_TARGETS_H

#include "cli/tables_files.h"
#include "cli/tables_places.h"

/* Cells are written with the column first, or with the row first. */
enum tables_order { TABLES_ORDER_UNSAID, TABLES_COL_ROW, TABLES_ROW_COL };

enum tables_fit {
    TABLES_FIT_SAID,  /* the order was said */
    TABLES_FIT_FOUND, /* it fits better than the other */
    TABLES_FIT_BOTH,  /* both fit alike: column first, as the old manager read them */
    TABLES_FIT_NONE,  /* there are no cells */
};

/* Valid when zeroed. */
struct tables_targets {
    struct tables_files files;
    struct tables_cells cells[TARGET_KINDS]; /* sorted by table; those of CEA are row, column */
    struct tables_strangers strangers[TARGET_KINDS];
    int64_t outside[TARGET_KINDS]; /* of their table, but not so many that it stopped the import */
    int64_t replaced;
    enum tables_order order;
    enum tables_fit fit;
};

void tables_targets_done(struct tables_targets *t);

/* "row-col", "col-row", "2019", "2020"; NULL is unsaid. 0; ERR_USAGE. */
int tables_order_from(const char *word, enum tables_order *out, struct err *e);
const char *tables_order_word(enum tables_order order);

/* Reads t->files. 0; ERR_BAD_LINE; < 0 ERR_FILE. */
int tables_targets_read(struct tables_targets *t, struct tables_folder *f, struct err *e);

/* Once the tables of the folder are measured: settles the order, and where nothing was said finds it. 0; ERR_BAD_LINE: of the targets
 * of a file more than one in a hundred lies outside its table; it names some, and the order that would fit. */
int tables_targets_settle(struct tables_targets *t, const struct tables_folder *f, enum tables_order said, struct err *e);

/* Has the table no row of names: is one of its cells in row 0? */
bool tables_targets_headless(const struct tables_targets *t, size_t table);

#endif
