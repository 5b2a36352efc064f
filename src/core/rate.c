/* Windows of all queues, sorted by queue. A bucket takes what comes within 1/256 of what its window spans; when all
 * are used, neighbours are joined where both together are narrow against their age (an exponential histogram: Datar,
 * Gionis, Indyk, Motwani, "Maintaining stream statistics over sliding windows", 2002). So an end costs a search and
 * three additions, and now and then a walk over 64 buckets. */
#include "core/rate.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum {
    FINEST = 256,   /* the width of a new bucket: this part of the window's span */
    AGE_PARTS = 12, /* of joined ones: this part of their age, at least */
    ROOM_LEAST = RATE_BUCKETS / 4,
};

struct rates {
    struct rate_window *windows[RATE_QUEUES];
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
    for (int i = 0; r && i < r->count; i++)
        free(r->windows[i]);
    free(r);
}

void rate_sum_task(struct rate_sum *a, int64_t held_us, int64_t ran_us)
{
    double held_s = (double)held_us / CLOCK_SECOND, ran_s = (double)ran_us / CLOCK_SECOND;
    rate_sum_add(a, &(struct rate_sum){1, held_s, ran_s, ran_s * ran_s});
}

void rate_sum_add(struct rate_sum *a, const struct rate_sum *b)
{
    a->count += b->count;
    a->held_s += b->held_s;
    a->ran_s += b->ran_s;
    a->ran_s2 += b->ran_s2;
}

static int64_t begin_of(const struct rate_window *w, int bucket)
{
    return bucket ? w->buckets[bucket - 1].end_us : w->begin_us;
}

static int64_t last_of(const struct rate_window *w) { return w->buckets[w->count - 1].end_us; }

/* The place of the first window whose queue is not less. */
static int place_of(const struct rates *r, int64_t queue)
{
    int low = 0, high = r->count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (r->windows[middle]->queue < queue)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct rate_window *find(const struct rates *r, int64_t queue)
{
    int place = place_of(r, queue);
    return place < r->count && r->windows[place]->queue == queue ? r->windows[place] : NULL;
}

static void forget_most_silent(struct rates *r)
{
    int silent = 0;
    for (int i = 1; i < r->count; i++)
        if (last_of(r->windows[i]) < last_of(r->windows[silent]))
            silent = i;
    free(r->windows[silent]);
    r->count--;
    memmove(&r->windows[silent], &r->windows[silent + 1], (size_t)(r->count - silent) * sizeof(struct rate_window *));
}

static struct rate_window *make(struct rates *r, int64_t queue)
{
    struct rate_window *w = calloc(1, sizeof *w);
    if (!w)
        abort();
    if (r->count == RATE_QUEUES)
        forget_most_silent(r);
    int place = place_of(r, queue);
    memmove(&r->windows[place + 1], &r->windows[place], (size_t)(r->count - place) * sizeof(struct rate_window *));
    r->windows[place] = w;
    r->count++;
    w->queue = queue;
    return w;
}

/* Joins neighbours, both together no wider than a part of their age; leaves the newest alone. */
static void join(struct rate_window *w, int64_t now_us, int64_t parts)
{
    int kept = 0;
    int64_t begin_us = w->begin_us; /* of the one kept last */
    for (int i = 1; i < w->count; i++) {
        struct rate_bucket *older = &w->buckets[kept], *next = &w->buckets[i];
        if (i < w->count - 1 && (next->end_us - begin_us) * parts <= now_us - begin_us) {
            rate_sum_add(&older->sum, &next->sum);
            older->end_us = next->end_us;
        } else {
            begin_us = older->end_us;
            w->buckets[++kept] = *next;
        }
    }
    w->count = kept + 1;
}

static void make_room(struct rate_window *w, int64_t now_us)
{
    for (int64_t parts = AGE_PARTS; w->count > RATE_BUCKETS - ROOM_LEAST; parts = parts > 1 ? parts / 2 : 1)
        join(w, now_us, parts);
}

/* Did the queue rest before this work began: much longer than a task takes, or than passes from one end to the next? */
static bool has_rested(const struct rate_window *w, int64_t began_us)
{
    int64_t rest_us = began_us - last_of(w);
    if (rest_us <= CLOCK_SECOND)
        return false;
    struct rate_sum all = {0};
    for (int i = 0; i < w->count; i++)
        rate_sum_add(&all, &w->buckets[i].sum);
    double rest_s = (double)rest_us / CLOCK_SECOND, span_s = (double)(last_of(w) - w->begin_us) / CLOCK_SECOND;
    return rest_s * (double)all.count > 4 * (all.held_s > 2 * span_s ? all.held_s : 2 * span_s);
}

static bool fits_newest(const struct rate_window *w, int64_t now_us)
{
    return now_us == last_of(w) || (now_us - begin_of(w, w->count - 1)) * FINEST < now_us - w->begin_us;
}

void rates_add(struct rates *r, int64_t queue, const struct rate_sum *ended, int64_t now_us)
{
    int64_t began_us = now_us - (int64_t)(ended->held_s / (double)ended->count * CLOCK_SECOND);
    struct rate_window *w = find(r, queue);
    if (!w)
        w = make(r, queue);
    if (!w->count || has_rested(w, began_us)) {
        w->begin_us = began_us;
        w->count = 0;
    }
    if (!w->count || !fits_newest(w, now_us)) {
        if (w->count == RATE_BUCKETS)
            make_room(w, now_us);
        w->buckets[w->count++] = (struct rate_bucket){0};
    }
    w->buckets[w->count - 1].end_us = now_us;
    rate_sum_add(&w->buckets[w->count - 1].sum, ended);
}

const struct rate_window *rates_of(const struct rates *r, int64_t queue, int64_t now_us)
{
    enum { SILENT_LEAST_S = 60 };
    const struct rate_window *w = find(r, queue);
    if (!w)
        return NULL;
    int64_t silent_us = now_us - last_of(w);
    bool forgotten = silent_us > SILENT_LEAST_S * CLOCK_SECOND && silent_us > last_of(w) - w->begin_us;
    return forgotten ? NULL : w;
}
