/* Which workers are there: seen in the last three minutes, or holding a lease. Memory only: at start it is read from the
 * open leases, then fed by the notes of committed turns. */
#ifndef DOCKET_CORE_CREW_H
#define DOCKET_CORE_CREW_H

#include "core/turn.h"

enum { CREW_SECONDS = 180 };

struct crew_worker {
    const char *name; /* borrowed until the next turn */
    int64_t seen;
    int64_t leases, oldest_started; /* open ones; when the oldest was given, NONE without any */
    int64_t finished, failed;       /* results accepted since it came or the server started; of these, not 0 */
};

struct crew *crew_new(void);
void crew_free(struct crew *p); /* NULL is fine */

/* The holders of the leases that are open in the store. 0 or < 0. */
int crew_load(struct crew *p, struct store *s, struct err *e);

/* A note of a committed turn. */
void crew_take(struct crew *p, const struct note *n, int64_t now_us);

/* How many workers a queue has. */
int64_t crew_count(const struct crew *p, int64_t queue, int64_t now_us);

/* When one of them was seen last; NONE: nobody since the start. */
int64_t crew_seen(const struct crew *p, int64_t queue);

/* Up to max of them by name, after the name `after` ("": from the first). Returns how many; *out_more: are there more? */
int crew_list(const struct crew *p, int64_t queue, int64_t now_us, const char *after, int max,
                  struct crew_worker *out, bool *out_more);

#endif
