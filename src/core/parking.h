/* Who waits for a task of which queue: lists by queue, the longest waiting first. Memory only; rebuilt by the clients
 * after a restart. Private to core. */
#ifndef DOCKET_CORE_PARKING_H
#define DOCKET_CORE_PARKING_H

#include "core/turn.h"

struct parking *parking_new(void);
void parking_free(struct parking *p);

/* Parks w for the queue, worker and moment that its effects name. An older one of the same worker there is over now. */
void parking_add(struct parking *p, struct work *w);
void parking_remove(struct parking *p, struct work *w);

/* The list of works parked for a queue, longest waiting first; NULL if there are none. */
struct list *parking_of(struct parking *p, int64_t queue);

/* Marks up to max of those whose moment is now_us or before as over and lists them in out; they stay parked. Returns how
 * many. */
int parking_overdue(struct parking *p, int64_t now_us, struct work **out, int max);

/* The earliest moment a wait ends; NONE if nobody waits. */
int64_t parking_next_us(const struct parking *p);

int parking_count(const struct parking *p);

/* This wait ends now. */
void parking_end(struct parking *p, struct work *w);

/* All waits end now. */
void parking_end_all(struct parking *p);

#endif
