/* When each client of a dataset was seen: asked for a table or handed one in. Memory, in the order of when; the store has it
 * to the minute, so that a restart forgets next to nothing. */
#ifndef DOCKET_CORE_CLIENTS_H
#define DOCKET_CORE_CLIENTS_H

#include "core/turn.h"

enum { CLIENTS_SECONDS = 86400 }; /* so long one is known */

struct clients;

struct clients *clients_new(void);
void clients_free(struct clients *c); /* NULL is fine */

/* Those of the last day, as the store has them. 0 or < 0. */
int clients_load(struct clients *c, struct store *s, int64_t now_us, struct err *e);

/* For handlers: one was seen. The store is told where it knows nothing of the last minute, memory by a note. 0 or < 0. */
int clients_see(struct turn *t, int64_t queue, const char *name, struct err *e);

/* A note of a committed turn: NOTE_CLIENT, NOTE_REMOVED. */
void clients_take(struct clients *c, const struct note *n);

/* How many were seen since, within the last day. */
int64_t clients_since(const struct clients *c, int64_t queue, int64_t since_us);

#endif
