/* One task that `docket load` adds: a command, or an object of NDJSON, checked and made the line that is sent. */
#ifndef DOCKET_CLI_LOAD_LINE_H
#define DOCKET_CLI_LOAD_LINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct load_line_options {
    const json_t *base; /* fields for tasks that do not name them */
    bool unique;        /* a command's key is a hash of it, unless it has one */
    int64_t *waits;     /* is added how many tasks each waits for */
};

/* May tasks have these fields, as far as can be told without the server? 0; ERR_BAD_FIELD. */
int load_line_check_base(const json_t *base, struct err *e);

/* Append the task as one line of NDJSON; key NULL: none of its own. 0; ERR_BAD_LINE, ERR_BAD_JSON, ERR_BAD_FIELD,
 * ERR_UNKNOWN_FIELD with the reason, and nothing is appended. */
int load_line_command(const struct load_line_options *o, const struct buf *key, const char *command, size_t n,
                      struct buf *out, struct err *e);
int load_line_object(const struct load_line_options *o, const char *line, size_t n, struct buf *out, struct err *e);

#endif
