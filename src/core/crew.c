/* A lane per queue that had workers, in it the workers by name, with each its open leases in the order of their ids,
 * which is the order they were given in. Whoever has left is dropped when somebody new comes to the lane, so a lane
 * never holds more than were there together. */
#include "core/crew.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

struct held {
    int64_t lease, started;
};

struct worker {
    char *name;
    int64_t seen, finished, failed;
    struct held *held;
    size_t held_count, held_room;
};

struct lane {
    int64_t queue;
    struct worker **workers;
    size_t count, room;
};

struct crew {
    struct lane *lanes; /* by queue */
    size_t count, room;
};

static void *must(void *p)
{
    if (!p)
        abort();
    return p;
}

/* An array with room for one more; its elements have so many bytes each. */
static void *grown(void *array, size_t count, size_t *room, size_t each)
{
    if (count < *room)
        return array;
    *room = *room ? *room * 2 : 4;
    return must(realloc(array, *room * each));
}

static void free_worker(struct worker *w)
{
    free(w->held);
    free(w->name);
    free(w);
}

struct crew *crew_new(void) { return must(calloc(1, sizeof(struct crew))); }

static void empty_lane(struct lane *l)
{
    for (size_t i = 0; i < l->count; i++)
        free_worker(l->workers[i]);
    free(l->workers);
}

void crew_free(struct crew *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->count; i++)
        empty_lane(&p->lanes[i]);
    free(p->lanes);
    free(p);
}

static size_t lane_place(const struct crew *p, int64_t queue)
{
    size_t low = 0, high = p->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (p->lanes[middle].queue < queue)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct lane *find_lane(const struct crew *p, int64_t queue)
{
    size_t at = lane_place(p, queue);
    return at < p->count && p->lanes[at].queue == queue ? &p->lanes[at] : NULL;
}

static struct lane *lane_for(struct crew *p, int64_t queue)
{
    size_t at = lane_place(p, queue);
    if (at < p->count && p->lanes[at].queue == queue)
        return &p->lanes[at];
    p->lanes = grown(p->lanes, p->count, &p->room, sizeof *p->lanes);
    memmove(p->lanes + at + 1, p->lanes + at, (p->count++ - at) * sizeof *p->lanes);
    p->lanes[at] = (struct lane){.queue = queue};
    return &p->lanes[at];
}

/* Where the first worker stands whose name is not before it. */
static size_t worker_place(const struct lane *l, const char *name)
{
    size_t low = 0, high = l->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(l->workers[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_there(const struct worker *w, int64_t now_us)
{
    return w->held_count || now_us - w->seen <= CREW_SECONDS * CLOCK_SECOND;
}

static void drop_departed(struct lane *l, int64_t now_us)
{
    size_t kept = 0;
    for (size_t i = 0; i < l->count; i++)
        if (is_there(l->workers[i], now_us))
            l->workers[kept++] = l->workers[i];
        else
            free_worker(l->workers[i]);
    l->count = kept;
}

static struct worker *worker_for(struct crew *p, int64_t queue, const char *name, int64_t now_us)
{
    struct lane *l = lane_for(p, queue);
    size_t at = worker_place(l, name);
    if (at < l->count && strcmp(l->workers[at]->name, name) == 0)
        return l->workers[at];
    drop_departed(l, now_us);
    at = worker_place(l, name);
    l->workers = grown(l->workers, l->count, &l->room, sizeof *l->workers);
    memmove(l->workers + at + 1, l->workers + at, (l->count++ - at) * sizeof *l->workers);
    struct worker *w = l->workers[at] = must(calloc(1, sizeof *w));
    w->name = must(strdup(name));
    w->seen = now_us;
    return w;
}

static void hold(struct worker *w, int64_t lease, int64_t started)
{
    w->held = grown(w->held, w->held_count, &w->held_room, sizeof *w->held);
    w->held[w->held_count++] = (struct held){lease, started};
}

static void let_go(struct worker *w, int64_t lease)
{
    size_t i = 0;
    while (i < w->held_count && w->held[i].lease != lease)
        i++;
    if (i < w->held_count)
        memmove(w->held + i, w->held + i + 1, (--w->held_count - i) * sizeof *w->held);
}

static void on_lease(void *arg, const struct lease_row *l, int64_t seen)
{
    struct worker *w = worker_for(arg, l->queue, l->worker, seen);
    hold(w, l->id, l->started);
    w->seen = seen > w->seen ? seen : w->seen;
}

int crew_load(struct crew *p, struct store *s, struct err *e)
{
    return store_lease_each(s, on_lease, p, e);
}

static void drop_lane(struct crew *p, int64_t queue)
{
    size_t at = lane_place(p, queue);
    if (at == p->count || p->lanes[at].queue != queue)
        return;
    empty_lane(&p->lanes[at]);
    memmove(p->lanes + at, p->lanes + at + 1, (--p->count - at) * sizeof *p->lanes);
}

void crew_take(struct crew *p, const struct note *n, int64_t now_us)
{
    if (n->kind == NOTE_REMOVED)
        drop_lane(p, n->queue);
    if (!n->worker || n->kind == NOTE_CLIENT)
        return;
    struct worker *w = worker_for(p, n->queue, n->worker, now_us);
    if (n->kind == NOTE_LEASED) {
        hold(w, n->lease, n->at);
    } else if (n->kind == NOTE_CLOSED) {
        let_go(w, n->lease);
        w->finished += n->outcome == ATTEMPT_SUCCEEDED || n->outcome == ATTEMPT_FAILED;
        w->failed += n->outcome == ATTEMPT_FAILED;
    } else if (n->kind == NOTE_SEEN) {
        w->seen = n->at;
    }
}

int64_t crew_count(const struct crew *p, int64_t queue, int64_t now_us)
{
    const struct lane *l = find_lane(p, queue);
    int64_t n = 0;
    for (size_t i = 0; l && i < l->count; i++)
        n += is_there(l->workers[i], now_us);
    return n;
}

int64_t crew_seen(const struct crew *p, int64_t queue)
{
    const struct lane *l = find_lane(p, queue);
    int64_t seen = NONE;
    for (size_t i = 0; l && i < l->count; i++)
        if (l->workers[i]->seen > seen)
            seen = l->workers[i]->seen;
    return seen;
}

int crew_list(const struct crew *p, int64_t queue, int64_t now_us, const char *after, int max,
                  struct crew_worker *out, bool *out_more)
{
    const struct lane *l = find_lane(p, queue);
    int count = 0;
    *out_more = false;
    for (size_t i = l ? worker_place(l, after) : 0; l && i < l->count; i++) {
        const struct worker *w = l->workers[i];
        if (!is_there(w, now_us) || strcmp(w->name, after) == 0)
            continue;
        *out_more = count == max;
        if (*out_more)
            break;
        out[count++] = (struct crew_worker){
            .name = w->name,
            .seen = w->seen,
            .leases = (int64_t)w->held_count,
            .oldest_started = w->held_count ? w->held[0].started : NONE,
            .finished = w->finished,
            .failed = w->failed,
        };
    }
    return count;
}
