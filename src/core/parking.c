/* An array of queues with a list each: few queues are waited for at a time, each perhaps by thousands. */
#include "core/parking.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

struct lane {
    int64_t queue;
    struct list works;
};

struct parking {
    struct lane **lanes;
    int lane_count, count;
    int64_t next_us; /* no wait ends before this; NONE: unknown */
};

struct parking *parking_new(void)
{
    struct parking *p = calloc(1, sizeof *p);
    if (!p)
        abort();
    p->next_us = NONE;
    return p;
}

void parking_free(struct parking *p)
{
    if (!p)
        return;
    for (int i = 0; i < p->lane_count; i++)
        free(p->lanes[i]);
    free(p->lanes);
    free(p);
}

static struct lane *find(const struct parking *p, int64_t queue)
{
    for (int i = 0; i < p->lane_count; i++)
        if (p->lanes[i]->queue == queue)
            return p->lanes[i];
    return NULL;
}

static struct lane *make(struct parking *p, int64_t queue)
{
    struct lane *lane = calloc(1, sizeof *lane);
    struct lane **lanes = realloc(p->lanes, (size_t)(p->lane_count + 1) * sizeof *lanes);
    if (!lane || !lanes)
        abort();
    lane->queue = queue;
    list_init(&lane->works);
    p->lanes = lanes;
    p->lanes[p->lane_count++] = lane;
    return lane;
}

static void drop_if_empty(struct parking *p, struct lane *lane)
{
    if (!list_empty(&lane->works))
        return;
    for (int i = 0; i < p->lane_count; i++)
        if (p->lanes[i] == lane)
            p->lanes[i] = p->lanes[--p->lane_count];
    free(lane);
}

static void note_due(struct parking *p, int64_t due_us)
{
    if (p->next_us == NONE || due_us < p->next_us)
        p->next_us = due_us;
}

void parking_end(struct parking *p, struct work *w)
{
    w->parked_until_us = 0;
    note_due(p, 0);
}

void parking_add(struct parking *p, struct work *w)
{
    struct lane *lane = find(p, w->effects.queue);
    if (!lane)
        lane = make(p, w->effects.queue);
    LIST_EACH (node, &lane->works) {
        struct work *older = LIST_OF(struct work, parked, node);
        if (strcmp(older->parked_worker, w->effects.park_worker) == 0)
            parking_end(p, older);
    }
    w->parked_queue = w->effects.queue;
    w->parked_worker = w->effects.park_worker;
    w->parked_until_us = w->effects.park_until_us;
    note_due(p, w->parked_until_us);
    list_append(&lane->works, &w->parked);
    p->count++;
}

void parking_remove(struct parking *p, struct work *w)
{
    if (!list_linked(&w->parked))
        return;
    struct lane *lane = find(p, w->parked_queue);
    list_unlink(&w->parked);
    p->count--;
    drop_if_empty(p, lane);
}

struct list *parking_of(struct parking *p, int64_t queue)
{
    struct lane *lane = find(p, queue);
    return lane ? &lane->works : NULL;
}

int parking_overdue(struct parking *p, int64_t now_us, struct work **out, int max)
{
    if (p->next_us == NONE || p->next_us > now_us)
        return 0;
    int count = 0;
    int64_t next_us = NONE;
    for (int i = 0; i < p->lane_count; i++)
        LIST_EACH (node, &p->lanes[i]->works) {
            struct work *w = LIST_OF(struct work, parked, node);
            if (w->parked_until_us <= now_us && count < max) {
                w->over = true;
                out[count++] = w;
            }
            if (next_us == NONE || w->parked_until_us < next_us)
                next_us = w->parked_until_us;
        }
    p->next_us = next_us;
    return count;
}

int64_t parking_next_us(const struct parking *p) { return p->next_us; }
int parking_count(const struct parking *p) { return p->count; }

void parking_end_all(struct parking *p)
{
    for (int i = 0; i < p->lane_count; i++)
        LIST_EACH (node, &p->lanes[i]->works)
            parking_end(p, LIST_OF(struct work, parked, node));
}
