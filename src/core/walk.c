/* See walk.h. Where few may meet the filter, ids are looked for among the narrow halves of tasks, which is cheap, and what is
 * found is read as a whole. */
#include "core/walk.h"

#include "base/limits.h"

int walk_turn_begin(struct engine *c, struct arena *a, struct turn *out, struct err *e)
{
    *out = (struct turn){.engine = c, .store = c->store, .now_us = store_newest_us(c->store), .arena = a};
    return store_look_begin(c->store, e);
}

void walk_turn_end(struct turn *t) { store_look_end(t->store); }

int walk_begin(struct turn *t, const struct queue_row *q, int64_t state, int64_t exitcode, struct walk *out, struct err *e)
{
    *out = (struct walk){.filter = {.queue = q->id, .state = state, .exitcode = exitcode, .before = NONE}};
    return store_task_newest(t->store, &out->filter.upto, e);
}

int walk_one(struct turn *t, const struct task_full *task, struct arena *a, struct walk_task *out, struct err *e)
{
    *out = (struct walk_task){.full = *task};
    return store_dependency_list(t->store, task->task.id, LIMIT_AFTER, a, &out->needs, &out->need_count, e);
}

static int check_queue(struct turn *t, const struct walk *w, struct err *e)
{
    struct queue_row q;
    int r = store_queue_by_id(t->store, w->filter.queue, t->arena, &q, e);
    bool gone = r == STORE_EMPTY || (r == 0 && q.deleted != NONE);
    return gone ? err_refuse(e, ERR_QUEUE_NOT_FOUND, "the queue was removed meanwhile") : r;
}

/* Where nearly all that are looked at are met they are read as a whole at once. */
static bool is_dense(const struct task_filter *f)
{
    return f->exitcode == NONE && (f->state == NONE || f->state == TASK_FAILED || f->state == TASK_KILLED);
}

static int find(struct turn *t, const struct walk *w, int max, struct arena *a, struct task_full **out, int *out_count,
                int64_t *out_next, struct err *e)
{
    int64_t *ids;
    if (is_dense(&w->filter))
        return store_task_list(t->store, &w->filter, max, a, out, out_count, out_next, e);
    int r = store_task_ids(t->store, &w->filter, max, a, &ids, out_count, out_next, e);
    *out = arena_array(a, r ? 1 : (size_t)*out_count + 1, sizeof **out);
    for (int i = 0; r == 0 && i < *out_count; i++)
        r = store_task_full(t->store, ids[i], a, &(*out)[i], e);
    return r;
}

int walk_step(struct turn *t, struct walk *w, int max, struct arena *a, struct walk_task **out, int *out_count,
              struct err *e)
{
    struct task_full *full;
    int64_t next;
    int count = 0;
    int r = check_queue(t, w, e);
    if (r == 0)
        r = find(t, w, max, a, &full, &count, &next, e);
    if (r)
        return r;
    struct walk_task *tasks = arena_array(a, (size_t)count + 1, sizeof *tasks);
    for (int i = 0; r == 0 && i < count; i++)
        r = walk_one(t, &full[i], a, &tasks[i], e);
    if (r)
        return r;
    w->over = next == NONE;
    w->filter.after = next;
    *out = tasks;
    *out_count = count;
    return 0;
}
