/* One table, read whole. */
#ifndef DOCKET_CLI_TABLES_CONTENT_H
#define DOCKET_CLI_TABLES_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* Valid when zeroed; its room is used again by the next. */
struct tables_content {
    struct buf bytes;           /* of all cells, each with a NUL behind it */
    size_t *cells;              /* where each begins: row by row, as many as the row has */
    size_t cell_count, cell_room;
    size_t *rows; /* which cell each row begins with, and one more */
    size_t row_count, row_room, columns;
    int64_t replaced; /* bytes that were not UTF-8, of all tables read so far */
};

void tables_content_done(struct tables_content *c);

/* 0; ERR_BAD_LINE: not CSV, or too large to be handed out; < 0 ERR_FILE. */
int tables_content_read(struct tables_content *c, const char *path, struct err *e);

/* The same without keeping anything: how many rows, and how many columns the widest has. */
int tables_content_measure(const char *path, int32_t *out_rows, int32_t *out_columns, struct err *e);

/* A cell, "" behind the end of its row. */
const char *tables_content_cell(const struct tables_content *c, size_t row, size_t column);

/* Appends the columns as a JSON array of arrays. typed: a column of nothing but numbers, or of True and False, as such (as those
 * whose tables have no row of names get them); else text. */
void tables_content_put(const struct tables_content *c, bool typed, struct buf *b);

#endif
