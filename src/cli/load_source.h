/* What `docket load` reads: the lines of a file, the rows of a CSV file or the values of an array, all of them as the
 * NDJSON of an upload. Line N of the upload is line N of the file (a row stands in its first line, its other lines are
 * blank ones), or the Nth value: what the server counts is what the user can look up. */
#ifndef DOCKET_CLI_LOAD_SOURCE_H
#define DOCKET_CLI_LOAD_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/array_spec.h"
#include "cli/line_reader.h"
#include "cli/load_line.h"
#include "cli/row_reader.h"
#include "cli/template.h"

/* Which source, and what becomes of it. Exactly one of file, csv and array is set; each goes with the last two. */
struct load_source_options {
    const char *file, *csv, *array;
    const char *each, *key; /* templates; key NULL: none */
    bool ndjson;            /* lines are objects, as in *.ndjson and *.jsonl */
    bool listing;           /* lines are what `qdo tasks` printed (task_listing.h) */
    unsigned states;        /* of those, the ones taken: 1 << state; 0: what is left to do */
    struct load_line_options line;
    const char *not_before; /* as it was given, NULL: not */
};

struct load_source {
    const struct load_kind *kind;
    struct load_source_options options;
    struct arena arena;
    struct line_reader lines;
    struct row_reader rows;
    struct array_spec values;
    struct template each, key;
    struct buf command, key_text; /* of the task that is being made */
    const char *name;   /* "data.csv", "stdin", "--array" */
    const char *unit;   /* what is counted: "line" or "value" */
    const char *upload; /* the name of the upload: the same for the same source with the same options, as long as
                         * nothing in it changes; one of chance for what cannot be read twice */
    bool again;         /* it can be read twice */
    int64_t line;       /* of the upload, handed out so far */
    int64_t tasks;      /* the same */
    int64_t waits;      /* for how many tasks these wait, together */
    int64_t left_out;   /* of a listing: tasks in other states than were asked for, passed so far */
    int64_t total;      /* tasks there will be; -1: not known */
};

/* Opens it and reads the templates. 0; ERR_USAGE, ERR_BAD_LINE, < 0 ERR_FILE. load_source_done ends it; fine on a
 * zeroed one. */
int load_source_open(struct load_source *s, const struct load_source_options *o, struct err *e);
void load_source_done(struct load_source *s);

/* Appends the next line of the upload, or the lines of one row. 0; LOAD_SOURCE_END; what is wrong with that line, row
 * or value, by its number; < 0 ERR_FILE. */
enum { LOAD_SOURCE_END = LINE_READER_END };
int load_source_next(struct load_source *s, struct buf *out, struct err *e);

/* Looks at all of it, if that can be done twice, and goes back to its beginning: whatever load_source_next would refuse
 * is refused here. Sets total and upload. on_look is called now and then. */
int load_source_check(struct load_source *s, void (*on_look)(void *arg, int64_t tasks), void *arg, struct err *e);

/* Passes over the first `lines` of the upload, which were taken before, unjudged. 0; < 0 ERR_FILE. */
int load_source_skip(struct load_source *s, int64_t lines, struct err *e);

#endif
