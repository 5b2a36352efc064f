/* What core asks of the store when tasks are claimed and finished (src/core/claim.c, finish.c, lease.c, task.c), in the same
 * order, and nothing else: the store's share of a cycle. */
#ifndef DOCKET_BENCH_STORE_CYCLE_H
#define DOCKET_BENCH_STORE_CYCLE_H

#include "store/store.h"

/* Claims up to max tasks of a queue; the ids of their leases. What was read dies with the arena. 0 or < 0 as the store. */
int store_cycle_claim(struct store *s, int64_t queue, int max, int64_t now_us, struct arena *a, int64_t *out_leases,
                      int *out_count, struct err *e);

/* Finishes the tasks under these leases with exit code 0. */
int store_cycle_finish(struct store *s, const int64_t *leases, int count, int64_t now_us, struct arena *a, struct err *e);

#endif
