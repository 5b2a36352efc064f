/* CSV files as people publish them, row by row and of any size: read by libcsv, leniently (a quote inside an unquoted field is a
 * character). Rows end in LF, CRLF or CR; blank lines are none; a byte order mark is skipped. */
#ifndef DOCKET_CLI_TABLES_CSV_H
#define DOCKET_CLI_TABLES_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { TABLES_CSV_END = ERR_COUNT, TABLES_CSV_ROW_BYTES = 16 * 1024 * 1024 };

/* Its bytes are followed by a NUL. */
struct tables_csv_field {
    char *bytes;
    size_t n;
};

struct tables_csv {
    const char *path;                /* borrowed */
    int64_t line;                    /* on which the row handed out last began */
    struct tables_csv_field *fields; /* of it, until the next */
    size_t count;
    struct tables_csv_parse *parse;
};

/* Opens it; trim: blanks around fields do not belong to them. 0; < 0 ERR_FILE. tables_csv_done closes it; fine on a zeroed one. */
int tables_csv_open(struct tables_csv *c, const char *path, bool trim, struct err *e);
void tables_csv_done(struct tables_csv *c);

/* The next row. 0; TABLES_CSV_END; ERR_BAD_LINE with file and line: a quote without an end, a row longer than TABLES_CSV_ROW_BYTES;
 * < 0 ERR_FILE. */
int tables_csv_next(struct tables_csv *c, struct err *e);

#endif
