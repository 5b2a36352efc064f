/* What a command line says, as the fields of a request's body. Values that are no UTF-8 are refused (ERR_USAGE), named as the option --NAME. */
#ifndef DOCKET_CLI_FIELDS_H
#define DOCKET_CLI_FIELDS_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/options.h"

/* Each returns 0 or ERR_USAGE; what was not given (NULL; no values) adds nothing. */
int fields_text(json_t *body, const char *name, const char *text, struct err *e);
int fields_list(json_t *body, const char *name, const char *const *values, size_t count, struct err *e);
int fields_env(json_t *body, const struct option_list *list, struct err *e); /* NAME=VALUE each, as the object "env" */

/* One word is a command as the shell reads it; of several each is a word of it. Appended to b. */
void fields_command(char *const *words, int count, struct buf *b);

#endif
