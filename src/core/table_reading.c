/* See table_reading.h. */
#include "core/table_reading.h"

#include <string.h>

enum { STEP_ROWS = 500 };

void table_reading_done(struct table_reading *g) { arena_done(&g->arena); }

static int check_queue(struct turn *t, const struct table_reading *g, struct err *e)
{
    struct queue_row q;
    int r = store_queue_by_id(t->store, g->queue, t->arena, &q, e);
    bool gone = r == STORE_EMPTY || (r == 0 && q.deleted != NONE);
    return gone ? err_refuse(e, ERR_QUEUE_NOT_FOUND, "the dataset was removed meanwhile") : r;
}

static bool is_wanted(const struct table_reading *g, const struct coverage_row *c)
{
    int64_t mapped = c->sums.mapped[g->kind], total = c->sums.total[g->kind];
    if (g->wish == TABLE_WISH_ALL)
        return true;
    return g->wish == TABLE_WISH_MAPPED ? mapped > 0 : mapped < total;
}

/* The table's targets are read from the beginning. */
static int begin(struct turn *t, struct table_reading *g, struct err *e)
{
    arena_done(&g->arena);
    g->targets = NULL;
    g->count = g->room = 0;
    g->at = (struct target_row){g->kind ? g->kind : TARGET_CEA, -1, 0, NULL};
    int r = store_task_get(t->store, g->task, &g->state, e);
    if (r == 0)
        r = store_table_name(t->store, g->task, &g->arena, &g->name, e);
    g->inside = r == 0; /* a table that was removed is passed over */
    return r < 0 ? r : 0;
}

static int next_table(struct turn *t, struct table_reading *g, struct err *e)
{
    struct coverage_row *row;
    int count = 0, r = store_coverage_walk(t->store, g->queue, g->task, 1, t->arena, &row, &count, e);
    g->over = r == 0 && !count;
    if (r || g->over)
        return r ? r : check_queue(t, g, e);
    g->task = row->task;
    return is_wanted(g, row) ? begin(t, g, e) : 0;
}

static void keep(struct table_reading *g, const struct target_row *rows, int count)
{
    if (g->count + count > g->room) {
        g->room = 2 * (g->count + count);
        struct target_row *more = arena_array(&g->arena, (size_t)g->room, sizeof *more);
        if (g->count)
            memcpy(more, g->targets, (size_t)g->count * sizeof *more);
        g->targets = more;
    }
    for (int i = 0; i < count; i++)
        if (g->wish == TABLE_WISH_ALL || (g->wish == TABLE_WISH_MAPPED) == (rows[i].mapped != NULL))
            g->targets[g->count++] = rows[i];
}

/* All targets are here: if the table is still what it was, so are they of one moment. */
static int settle(struct turn *t, struct table_reading *g, struct err *e)
{
    struct task_row now;
    int r = store_task_get(t->store, g->task, &now, e);
    if (r == 0 && now.rev != g->state.rev)
        return begin(t, g, e);
    g->inside = false;
    g->whole = r == 0;
    return r < 0 ? r : 0;
}

static int read_some(struct turn *t, struct table_reading *g, struct err *e)
{
    struct target_row *rows;
    int count = 0, r = store_target_walk(t->store, g->task, &g->at, STEP_ROWS, &g->arena, &rows, &count, e);
    if (r)
        return r;
    keep(g, rows, count);
    if (count == STEP_ROWS) {
        g->at = rows[count - 1];
        return 0;
    }
    bool more = !g->kind && g->at.kind + 1 < TARGET_KINDS;
    g->at = (struct target_row){g->at.kind + 1, -1, 0, NULL};
    return more ? 0 : settle(t, g, e);
}

int table_reading_step(struct turn *t, struct table_reading *g, struct err *e)
{
    g->whole = false;
    return g->inside ? read_some(t, g, e) : next_table(t, g, e);
}
