/* Files whose rows name places in tables: targets, and right answers. A row is a table, a number or two, and a text. */
#ifndef DOCKET_CLI_TABLES_PLACES_H
#define DOCKET_CLI_TABLES_PLACES_H

#include "cli/tables_cells.h"
#include "cli/tables_folder.h"
#include "store/record.h"

enum { TABLES_NAMED = 3 };

/* What was met in one or several files. Valid when zeroed. */
struct tables_strangers {
    struct arena arena;
    int64_t rows;                   /* that are of tables not there */
    const char *some[TABLES_NAMED]; /* the first few of these tables */
    const char **all;               /* each of them, some again */
    size_t count, room;
};

void tables_strangers_done(struct tables_strangers *s);

/* How many different tables there were. */
int64_t tables_strangers_tables(struct tables_strangers *s);

enum tables_style {
    TABLES_TARGETS,  /* table, numbers, a text or not; a first row whose numbers are none names the columns */
    TABLES_ANSWERS,  /* the same, with a text */
    TABLES_SOLUTION, /* the first row says which column is what, by the names the challenge gives them */
};

/* Reads a file of `kind` into cells, in its own order of numbers. A text with invalid UTF-8 is mended (*replaced grows). 0; ERR_BAD_LINE
 * with file and line; < 0 ERR_FILE. */
int tables_places_read(const char *path, enum target_kind kind, enum tables_style style, struct tables_folder *f,
                       struct tables_cells *cells, struct tables_strangers *strangers, int64_t *replaced, struct err *e);

#endif
