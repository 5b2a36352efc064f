/* What a task wrote, passed on: as bytes, or made safe for a terminal. */
#ifndef DOCKET_CLI_OUT_BYTES_H
#define DOCKET_CLI_OUT_BYTES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

/* Writes the bytes in value (a string, or {"base64"}, or nothing) to `to`; made safe if that is a terminal, unless raw.
 * *out_count is how many there were. 0; ERR_BAD_FIELD named `name`. */
int out_bytes(FILE *to, const json_t *value, const char *name, bool raw, size_t *out_count, struct err *e);

#endif
