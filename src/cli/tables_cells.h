/* A long list of places in tables, each with a text or without: targets, right answers. Twenty bytes each and their texts. */
#ifndef DOCKET_CLI_TABLES_CELLS_H
#define DOCKET_CLI_TABLES_CELLS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct tables_cell {
    uint32_t table; /* its number */
    int32_t a, b;
    uint32_t text; /* where it begins among the texts; 0: none */
    uint32_t line; /* of the file it came from */
};

/* Valid when zeroed. */
struct tables_cells {
    struct tables_cell *all;
    size_t count, room;
    struct buf texts; /* each ended by a NUL */
    uint32_t *first;  /* by table, and one more: where its cells begin, once they are sorted */
};

void tables_cells_done(struct tables_cells *c);

/* text NULL: none. -1: there are too many, or their texts are too long (4 GiB). */
int tables_cells_add(struct tables_cells *c, uint32_t table, int32_t a, int32_t b, const char *text, int64_t line);

/* Puts those of a table together, in the order they came; tables are 0 to tables - 1. */
void tables_cells_sort(struct tables_cells *c, size_t tables);

/* Those of one table, once sorted; borrowed. */
const struct tables_cell *tables_cells_of(const struct tables_cells *c, size_t table, size_t *out_count);

/* How many name a place of a table that another named before, once sorted. */
size_t tables_cells_repeated(const struct tables_cells *c);

/* NULL: it has none. */
const char *tables_cells_text(const struct tables_cells *c, const struct tables_cell *cell);

#endif
