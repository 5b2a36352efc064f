/* See clients.h. A lane per queue: its clients by name, to find one, and in a list in the order they were seen in, to count. Whoever was
 * not seen for a day is dropped when another one comes. */
#include "core/clients.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/list.h"

#define DAY_US (CLIENTS_SECONDS * CLOCK_SECOND)
#define KEPT_US (60 * CLOCK_SECOND) /* how stale the store's row may be */

struct client {
    struct list node; /* of its lane, the one seen last at the end */
    int64_t seen, stored;
    char name[];
};

struct lane {
    int64_t queue;
    struct list seen;
    struct client **names;
    size_t count, room;
};

struct clients {
    struct lane **lanes;
    size_t count, room;
};

static void *must(void *p)
{
    if (!p)
        abort();
    return p;
}

struct clients *clients_new(void) { return must(calloc(1, sizeof(struct clients))); }

static void free_lane(struct lane *l)
{
    for (size_t i = 0; i < l->count; i++)
        free(l->names[i]);
    free(l->names);
    free(l);
}

void clients_free(struct clients *c)
{
    for (size_t i = 0; c && i < c->count; i++)
        free_lane(c->lanes[i]);
    if (c)
        free(c->lanes);
    free(c);
}

static struct lane *find_lane(const struct clients *c, int64_t queue)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->lanes[i]->queue == queue)
            return c->lanes[i];
    return NULL;
}

static struct lane *lane_for(struct clients *c, int64_t queue)
{
    struct lane *l = find_lane(c, queue);
    if (l)
        return l;
    if (c->count == c->room) {
        c->room = c->room ? 2 * c->room : 4;
        c->lanes = must(realloc(c->lanes, c->room * sizeof(struct lane *)));
    }
    l = c->lanes[c->count++] = must(calloc(1, sizeof *l));
    l->queue = queue;
    list_init(&l->seen);
    return l;
}

/* Where the name stands, or would. */
static size_t place_of(const struct lane *l, const char *name, bool *out_there)
{
    size_t from = 0, to = l->count;
    *out_there = false;
    while (from < to && !*out_there) {
        size_t middle = from + (to - from) / 2;
        int order = strcmp(l->names[middle]->name, name);
        *out_there = order == 0;
        if (order == 0)
            return middle;
        from = order < 0 ? middle + 1 : from;
        to = order < 0 ? to : middle;
    }
    return from;
}

static void drop(struct lane *l, struct client *gone)
{
    bool there;
    size_t at = place_of(l, gone->name, &there);
    memmove(l->names + at, l->names + at + 1, (--l->count - at) * sizeof *l->names);
    list_unlink(&gone->node);
    free(gone);
}

static void drop_old(struct lane *l, int64_t now_us)
{
    LIST_EACH (node, &l->seen) {
        struct client *oldest = LIST_OF(struct client, node, node);
        if (oldest->seen > now_us - DAY_US)
            return;
        drop(l, oldest);
    }
}

static struct client *client_for(struct lane *l, const char *name, int64_t now_us)
{
    bool there;
    size_t at = place_of(l, name, &there);
    if (there)
        return l->names[at];
    drop_old(l, now_us);
    at = place_of(l, name, &there);
    if (l->count == l->room) {
        l->room = l->room ? 2 * l->room : 16;
        l->names = must(realloc(l->names, l->room * sizeof *l->names));
    }
    size_t n = strlen(name) + 1;
    struct client *new = must(calloc(1, sizeof *new + n));
    memcpy(new->name, name, n);
    memmove(l->names + at + 1, l->names + at, (l->count++ - at) * sizeof *l->names);
    l->names[at] = new;
    list_append(&l->seen, &new->node);
    return new;
}

static void see(struct clients *c, int64_t queue, const char *name, int64_t at_us, bool stored)
{
    struct lane *l = lane_for(c, queue);
    struct client *one = client_for(l, name, at_us);
    one->seen = at_us;
    if (stored)
        one->stored = at_us;
    list_unlink(&one->node);
    list_append(&l->seen, &one->node);
}

int clients_load(struct clients *c, struct store *s, int64_t now_us, struct err *e)
{
    struct arena a = {0};
    struct client_row *rows;
    int count = 0;
    int r = store_client_list(s, now_us - DAY_US, &a, &rows, &count, e);
    for (int i = 0; r == 0 && i < count; i++)
        see(c, rows[i].queue, rows[i].name, rows[i].seen, true);
    arena_done(&a);
    return r;
}

static int64_t stored_of(const struct clients *c, int64_t queue, const char *name)
{
    const struct lane *l = find_lane(c, queue);
    bool there = false;
    size_t at = l ? place_of(l, name, &there) : 0;
    return there ? l->names[at]->stored : 0;
}

int clients_see(struct turn *t, int64_t queue, const char *name, struct err *e)
{
    bool store = stored_of(t->engine->clients, queue, name) <= t->now_us - KEPT_US;
    turn_note(t, (struct note){NOTE_CLIENT, queue, .lease = store, .at = t->now_us, .worker = name});
    return store ? store_client_put(t->store, &(struct client_row){queue, t->now_us, name}, e) : 0;
}

static void drop_lane(struct clients *c, int64_t queue)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->lanes[i]->queue == queue) {
            free_lane(c->lanes[i]);
            c->lanes[i] = c->lanes[--c->count];
            return;
        }
}

void clients_take(struct clients *c, const struct note *n)
{
    if (n->kind == NOTE_REMOVED)
        drop_lane(c, n->queue);
    if (n->kind == NOTE_CLIENT)
        see(c, n->queue, n->worker, n->at, n->lease);
}

int64_t clients_since(const struct clients *c, int64_t queue, int64_t since_us)
{
    const struct lane *l = find_lane(c, queue);
    int64_t n = 0;
    for (const struct list *node = l ? l->seen.prev : NULL; l && node != &l->seen; node = node->prev)
        if (LIST_OF(struct client, node, node)->seen >= since_us)
            n++;
        else
            break;
    return n;
}
