/* A ring of 60 one-second buckets for each queue that finished something. */
#include "core/rate.h"

#include <stdlib.h>

#include "base/clock.h"

enum { SECONDS = 60 };

struct ring {
    int64_t queue, second; /* the newest second that has a bucket */
    int64_t buckets[SECONDS];
};

struct rates {
    struct ring *rings;
    int count;
};

struct rates *rates_new(void)
{
    struct rates *r = calloc(1, sizeof *r);
    if (!r)
        abort();
    return r;
}

void rates_free(struct rates *r)
{
    if (!r)
        return;
    free(r->rings);
    free(r);
}

static struct ring *find(const struct rates *r, int64_t queue)
{
    for (int i = 0; i < r->count; i++)
        if (r->rings[i].queue == queue)
            return &r->rings[i];
    return NULL;
}

static struct ring *make(struct rates *r, int64_t queue, int64_t second)
{
    struct ring *rings = realloc(r->rings, (size_t)(r->count + 1) * sizeof *rings);
    if (!rings)
        abort();
    r->rings = rings;
    rings[r->count] = (struct ring){.queue = queue, .second = second};
    return &rings[r->count++];
}

void rates_add(struct rates *r, int64_t queue, int n, int64_t now_us)
{
    int64_t second = now_us / CLOCK_SECOND;
    struct ring *ring = find(r, queue);
    if (!ring)
        ring = make(r, queue, second);
    if (second - ring->second >= SECONDS)
        *ring = (struct ring){.queue = queue, .second = second};
    while (ring->second < second)
        ring->buckets[++ring->second % SECONDS] = 0;
    ring->buckets[second % SECONDS] += n;
}

int64_t rates_recent(const struct rates *r, int64_t queue, int64_t now_us, int64_t *out_span_s)
{
    int64_t sum = 0, now_s = now_us / CLOCK_SECOND, first = now_s + 1;
    const struct ring *ring = find(r, queue);
    for (int64_t s = now_s - SECONDS + 1; ring && s <= ring->second; s++) {
        if (s <= ring->second - SECONDS || s < 0)
            continue;
        sum += ring->buckets[s % SECONDS];
        if (ring->buckets[s % SECONDS] && s < first)
            first = s;
    }
    *out_span_s = now_s + 1 - first;
    return sum;
}
