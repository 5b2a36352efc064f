/* What is not broken yet but should be looked at: told by /healthz and /metrics. */
#ifndef DOCKET_CORE_WARNING_H
#define DOCKET_CORE_WARNING_H

#include "store/record.h"

enum warning {
    WARNING_LOG, /* the write-ahead log is LIMIT_LOG or larger: something keeps it from being moved into the database */
    WARNING_COUNT
};

/* Does it apply? Pure. */
bool warning_holds(enum warning w, const struct store_size *size);

const char *warning_code(enum warning w); /* stable: "log_large" */
const char *warning_text(enum warning w); /* in words */

#endif
