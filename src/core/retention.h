/* Finished tasks of queues that keep them only so long; tombstones that nobody will read any more; old journal entries. */
#ifndef DOCKET_CORE_RETENTION_H
#define DOCKET_CORE_RETENTION_H

#include "core/turn.h"

enum {
    RETENTION_UNNAMED_SECONDS = 3600,     /* tombstones stay so long for readers without a name */
    RETENTION_NAMED_SECONDS = 7 * 86400,  /* and at most so long for named ones */
};

/* When a queue with this retention is looked at again after now_us. Pure. */
int64_t retention_next(int64_t retention_us, int64_t now_us);

/* One slice: an operation for the queue that is due, some tombstones and journal entries less. *out_more: there are more
 * of those. 0 or < 0. */
int retention_slice(struct turn *t, bool *out_more, struct err *e);

/* When the next slice is due by itself, the last one having been at last_us; NONE if none is. 0 or < 0. */
int retention_due(struct store *s, int64_t last_us, int64_t *out_us, struct err *e);

#endif
