/* The page that `docket top` writes: rows of so many columns, on a terminal or as plain lines. */
#ifndef DOCKET_CLI_TOP_PAGE_H
#define DOCKET_CLI_TOP_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum top_style { TOP_PLAIN, TOP_BOLD, TOP_DIM, TOP_CHOSEN, TOP_ALARM };

struct top_page {
    struct buf out;
    size_t width, height; /* height: rows there are; SIZE_MAX on plain lines */
    size_t row;           /* rows written */
    bool terminal;        /* with styles and the cursor moved; else lines without spaces at their ends */
};

/* A row; text is made safe and cut to the width. What is below the last row is not written. */
void top_page_row(struct top_page *p, enum top_style style, const char *text);

/* How many rows are free. */
size_t top_page_room(const struct top_page *p);

/* Ends the page: what stood below is wiped. */
void top_page_end(struct top_page *p);

/* A column of a table. */
struct top_column {
    const char *title;
    size_t width;
    int weight; /* columns that do not fit are left out, the lightest first */
    bool left;  /* text, not figures */
    void (*put)(struct buf *b, const void *row, size_t width);
};

/* Which columns fit beside a first one of at least `least`: a bit each. *out_first: the width left for the first. */
unsigned top_columns_choose(const struct top_column *columns, size_t count, size_t width, size_t least,
                            size_t *out_first);

/* The chosen columns of a row, or their titles where row is NULL, appended. */
void top_columns_put(struct buf *b, const struct top_column *columns, size_t count, unsigned chosen, const void *row);

/* n in at most width columns: 12,345, else 12.3k, 4.1M. */
void top_count(struct buf *b, int64_t n, size_t width);

#endif
