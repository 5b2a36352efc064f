/* What was counted since the start: by queue, what happened to its tasks; and how long turns and commits took. Memory
 * only, fed by the notes of committed turns. A counter never goes down. */
#ifndef DOCKET_CORE_STATS_H
#define DOCKET_CORE_STATS_H

#include "core/turn.h"

/* The upper bounds of the histograms, in µs, rising; one more bucket holds what is above the last. */
enum { STATS_BOUNDS = 14 };
extern const int64_t STATS_BOUNDS_US[STATS_BOUNDS];

struct stats_histogram {
    uint64_t buckets[STATS_BOUNDS + 1]; /* each by itself, not summed up */
    uint64_t count, sum_us;
};

struct stats_queue {
    int64_t queue;
    uint64_t leased;                      /* tasks handed out */
    uint64_t attempts[ATTEMPT_OUTCOMES];  /* leases closed, by how */
    uint64_t ended[TASK_STATES];          /* tasks that ended, by state */
    uint64_t late;                        /* results that came too late */
};

struct stats *stats_new(void);
void stats_free(struct stats *s); /* NULL is fine */

/* A note of a committed turn. */
void stats_take(struct stats *s, const struct note *n);

/* A turn took so long; its commit so long (-1: nothing was written). */
void stats_turn(struct stats *s, int64_t turn_us, int64_t commit_us);

/* Of one queue; NULL where nothing was counted yet. Borrowed until the next turn. */
const struct stats_queue *stats_of(const struct stats *s, int64_t queue);
const struct stats_histogram *stats_turns(const struct stats *s);
const struct stats_histogram *stats_commits(const struct stats *s);

#endif
