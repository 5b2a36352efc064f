/* How tasks ended of late, by queue: memory only, fed by the effects of committed works. A queue has a window of a
 * fixed number of buckets over all it did since it last began to work: fine ones for what is recent, wider ones the
 * older it is, so that tasks of 10 ms and of hours are kept alike. */
#ifndef DOCKET_CORE_RATE_H
#define DOCKET_CORE_RATE_H

#include <stdint.h>

enum { RATE_BUCKETS = 64, RATE_QUEUES = 256 };

/* Tasks that ended: how many, the seconds that their last leases were held, and those that their commands ran, with the
 * sum of their squares. */
struct rate_sum {
    int64_t count;
    double held_s, ran_s, ran_s2;
};

/* What ended in a queue after begin_us: bucket i after the end of bucket i - 1 and up to its own end, which is the
 * moment of the last one in it. */
struct rate_window {
    int64_t queue, begin_us;
    int count;
    struct rate_bucket {
        int64_t end_us;
        struct rate_sum sum;
    } buckets[RATE_BUCKETS];
};

struct rates;

struct rates *rates_new(void);
void rates_free(struct rates *r);

/* These tasks of the queue ended now (count > 0). Work that began a good while after all that is known ended begins a
 * new window. Of more than RATE_QUEUES queues those silent the longest are forgotten. */
void rates_add(struct rates *r, int64_t queue, const struct rate_sum *ended, int64_t now_us);

/* What is known of a queue; NULL: nothing, or it has been silent for longer than it had worked. Borrowed until the next
 * rates_add. */
const struct rate_window *rates_of(const struct rates *r, int64_t queue, int64_t now_us);

/* Adds one task: how long its last lease was held, and its command ran. */
void rate_sum_task(struct rate_sum *a, int64_t held_us, int64_t ran_us);

/* Adds b to a. */
void rate_sum_add(struct rate_sum *a, const struct rate_sum *b);

#endif
