/* What happens by itself: leases that run out, waiting tasks whose time has come, dependents that are told, operations
 * that go on, and now and then housekeeping and the pass over the changes. One slice of each a turn. */
#ifndef DOCKET_CORE_DUE_H
#define DOCKET_CORE_DUE_H

#include "core/turn.h"

/* One slice of all that is due at turn->now_us. 0 or < 0. */
int due_run(struct turn *t, struct err *e);

/* When the next slice is due: now_us where an operation is open, NONE where nothing is. */
int due_next(struct store *s, int64_t now_us, int64_t *out_us, struct err *e);

#endif
