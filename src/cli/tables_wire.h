/* The lines of an import (doc/PROTOCOL.md, "Datasets"), appended to what is sent. */
#ifndef DOCKET_CLI_TABLES_WIRE_H
#define DOCKET_CLI_TABLES_WIRE_H

#include "cli/tables_content.h"
#include "cli/tables_targets.h"
#include "cli/tables_truth.h"

struct tables_settings {
    enum tables_order order;
    const char *prefix;
    bool audit, analyze, open, gt, solution;
};

void tables_wire_begin(const struct tables_settings *s, struct buf *b);

/* Table number `table`; with its ending left open for what else there is to say of it, until tables_wire_close. */
struct tables_line {
    size_t table;
    const char *name;
    const struct tables_content *content;
    const struct tables_targets *targets;
    const struct tables_truth *gt, *solution; /* NULL: not given */
    const char *prefix;                       /* taken off what targets are mapped to */
};
void tables_wire_table(const struct tables_line *line, struct buf *b);
void tables_wire_close(struct buf *b);

/* What is in a table: "header" and "data", as members of an object. headless: it has no row of names. */
void tables_wire_content(const struct tables_content *c, bool headless, struct buf *b);

void tables_wire_end(size_t tables, const int64_t unknown[TARGET_KINDS], struct buf *b);

#endif
