/* What has happened to a table: who held it, what they handed in, and the name that has among the old manager's files. */
#ifndef DOCKET_CORE_TABLE_HISTORY_H
#define DOCKET_CORE_TABLE_HISTORY_H

#include "core/dataset.h"

/* One lease on it, open or over. */
struct history_attempt {
    int64_t lease, started;
    int64_t stored;      /* when something was handed in under it; NONE: nothing was */
    bool result, error;  /* what; both where a result told of errors, too */
    const char *client;
    const char *file;    /* of what was stored; NULL: nothing was */
};

/* The leases on a table, the oldest first; of more than a thousand the newest. Names are told apart where two were stored in the same
 * microsecond. 0 or < 0. */
int table_history(struct turn *t, int64_t task, const char *table, struct arena *a, struct history_attempt **out, int *out_count,
               struct err *e);

/* Was a result ever stored for it, whatever has happened since? 0 or < 0. */
int table_solved(struct turn *t, int64_t task, bool *out, struct err *e);

#endif
