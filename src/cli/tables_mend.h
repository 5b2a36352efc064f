/* Text of files that should be UTF-8. */
#ifndef DOCKET_CLI_TABLES_MEND_H
#define DOCKET_CLI_TABLES_MEND_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Appends n bytes; those that are not UTF-8, and NUL, become U+FFFD. Returns how many did. */
int64_t tables_mend(struct buf *b, const char *bytes, size_t n);

#endif
