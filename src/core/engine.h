/* What runs turns: one transaction for many works, tried until it can be committed, then carried out. */
#ifndef DOCKET_CORE_ENGINE_H
#define DOCKET_CORE_ENGINE_H

#include "core/turn.h"

/* An engine over an open store. Leases get their time anew (nobody could renew while there was no server).
 * 0 or < 0 as the store. */
int engine_init(struct engine *c, struct store *store, int64_t now_us, struct err *e);
void engine_done(struct engine *c); /* nothing may be parked any more */

/* Runs one turn over works[0..count). *out_taken: how many were taken (the rest is for the next turn: time was up);
 * done() has been called for each taken one that is not parked, and for parked ones that were answered.
 * 0; < 0: nothing could be committed and everyone was told; with engine->failed set the disk failed and the server ends. */
int engine_run(struct engine *c, struct work **works, int count, int64_t now_us, int *out_taken, struct err *e);

/* When a turn is due without any request: a lease or a wait ends, an operation goes on. NONE: not by itself. As of the last
 * turn: the first one is run without asking. */
int64_t engine_due(const struct engine *c, int64_t now_us);

/* Takes a parked work out (its client is gone, or it has been answered in full): a copy of the store made for it goes too.
 * It is not run or told again. One that is not parked is left alone. */
void engine_unpark(struct engine *c, struct work *w);

/* Ends the wait of a parked work: it is run a last time in the next turn and answered. */
void engine_end_wait(struct engine *c, struct work *w);

/* Ends all waits: each is run a last time in the next turn and answered. */
void engine_unpark_all(struct engine *c);

/* The disk failed and there will be no more turns: every parked work is told e. */
void engine_abandon(struct engine *c, const struct err *e);

#endif
