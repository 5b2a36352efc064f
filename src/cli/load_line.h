/* One line of a file that `docket load` reads, checked and made the task that is sent. */
#ifndef DOCKET_CLI_LOAD_LINE_H
#define DOCKET_CLI_LOAD_LINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct load_line_options {
    const json_t *base; /* fields for tasks that do not name them */
    bool ndjson;        /* lines are objects; else commands */
    bool keyed;         /* a command's key is a hash of it, unless it has one */
};

/* Appends the task as one line of NDJSON. 0; ERR_BAD_LINE, ERR_BAD_JSON, ERR_BAD_FIELD, ERR_UNKNOWN_FIELD with the
 * reason, and nothing is appended. */
int load_line_append(const struct load_line_options *o, const char *line, size_t n, struct buf *out, struct err *e);

#endif
