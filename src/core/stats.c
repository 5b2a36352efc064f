/* Rows sorted by the queue's id: a new queue has the highest, so a row is added at the end as a rule, and the row of
 * the note before is, as a rule, the one wanted again. */
#include "core/stats.h"

#include <stdlib.h>
#include <string.h>

const int64_t STATS_BOUNDS_US[STATS_BOUNDS] = {100,   250,    500,    1000,   2500,    5000,    10000,
                                               25000, 50000, 100000, 250000, 500000, 1000000, 2500000};

struct stats {
    struct stats_queue *rows;
    size_t count, room, last; /* last: where the row found last stands */
    struct stats_histogram turns, commits;
};

struct stats *stats_new(void)
{
    struct stats *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    return s;
}

void stats_free(struct stats *s)
{
    if (!s)
        return;
    free(s->rows);
    free(s);
}

/* Where the queue's row stands or would stand. */
static size_t place_of(const struct stats *s, int64_t queue)
{
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->rows[middle].queue < queue)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void make_room(struct stats *s)
{
    if (s->count < s->room)
        return;
    s->room = s->room ? s->room * 2 : 16;
    s->rows = realloc(s->rows, s->room * sizeof *s->rows);
    if (!s->rows)
        abort();
}

static struct stats_queue *row_for(struct stats *s, int64_t queue)
{
    if (s->last < s->count && s->rows[s->last].queue == queue)
        return &s->rows[s->last];
    size_t at = s->last = place_of(s, queue);
    if (at < s->count && s->rows[at].queue == queue)
        return &s->rows[at];
    make_room(s);
    memmove(s->rows + at + 1, s->rows + at, (s->count++ - at) * sizeof *s->rows);
    s->rows[at] = (struct stats_queue){.queue = queue};
    return &s->rows[at];
}

static void drop(struct stats *s, int64_t queue)
{
    size_t at = place_of(s, queue);
    if (at < s->count && s->rows[at].queue == queue)
        memmove(s->rows + at, s->rows + at + 1, (--s->count - at) * sizeof *s->rows);
}

void stats_take(struct stats *s, const struct note *n)
{
    if (n->kind == NOTE_REMOVED)
        drop(s, n->queue);
    if (n->kind == NOTE_REMOVED || n->kind == NOTE_SEEN || n->kind == NOTE_CLIENT)
        return;
    struct stats_queue *q = row_for(s, n->queue);
    switch (n->kind) {
    case NOTE_LEASED: q->leased++; break;
    case NOTE_CLOSED: q->attempts[n->outcome]++; break;
    case NOTE_ENDED: q->ended[n->state]++; break;
    case NOTE_LATE: q->late++; break;
    case NOTE_SEEN:
    case NOTE_CLIENT:
    case NOTE_REMOVED: break;
    }
}

static void observe(struct stats_histogram *h, int64_t us)
{
    int i = 0;
    while (i < STATS_BOUNDS && us > STATS_BOUNDS_US[i])
        i++;
    h->buckets[i]++;
    h->count++;
    h->sum_us += (uint64_t)us;
}

void stats_turn(struct stats *s, int64_t turn_us, int64_t commit_us)
{
    observe(&s->turns, turn_us);
    if (commit_us >= 0)
        observe(&s->commits, commit_us);
}

const struct stats_queue *stats_of(const struct stats *s, int64_t queue)
{
    size_t at = place_of(s, queue);
    return at < s->count && s->rows[at].queue == queue ? &s->rows[at] : NULL;
}

const struct stats_histogram *stats_turns(const struct stats *s) { return &s->turns; }
const struct stats_histogram *stats_commits(const struct stats *s) { return &s->commits; }
