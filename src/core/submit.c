/* See submit.h. A key that stands is not added again: the row of task_key says which task has it. */
#include "core/submit.h"

#include "core/body.h"
#include "core/graph.h"
#include "core/task.h"

/* What stands between a task and being handed out. */
static enum task_event first_event(const struct turn *t, const struct submit_task *in, int64_t unmet)
{
    if (unmet)
        return EV_SUBMITTED_HELD;
    return in->not_before != NONE && in->not_before > t->now_us ? EV_SUBMITTED_LATER : EV_SUBMITTED;
}

static int add_one(struct turn *t, const struct queue_row *q, const struct submit_task *in, int64_t unmet,
                   struct task_row *out, struct err *e)
{
    enum task_event event = first_event(t, in, unmet);
    struct task_full task = {.spec = in->spec, .task = {
        .queue = q->id,
        .state = (enum task_state)task_next(TASK_STATES, event),
        .event = event,
        .priority = in->priority,
        .unmet = unmet,
        .lease = NONE,
        .exitcode = NONE,
        .not_before = in->not_before,
        .created = t->now_us,
        .started = NONE,
        .finished = NONE,
    }};
    task.spec.payload_body = task.spec.payload_size = NONE;
    int r = 0;
    if (in->payload_upload)
        r = body_take_payload(t, q, in->payload_upload, &task.spec.payload_body, &task.spec.payload_size, e);
    if (r)
        return r;
    task.task.rev = store_next_rev(t->store); /* not before it is certain that there is a task: a refusal has no revision */
    r = store_task_add(t->store, &task, 1, e);
    *out = task.task;
    return r;
}

int submit_check(struct turn *t, const struct queue_row *q, const struct submit_task *task, struct err *e)
{
    struct body body;
    int64_t id;
    int r = STORE_EMPTY;
    if (!task->payload_upload)
        return 0;
    if (task->spec.key)
        r = store_task_by_key(t->store, q->id, task->spec.key, &id, e);
    return r == STORE_EMPTY ? body_of_payload(t, q, task->payload_upload, false, &body, e) : r;
}

/* What task waits for is written down; where that has ended badly already and the queue says so, it ends too (nobody
 * need be told: only tasks of this request can wait for it, and they know). */
static int tie(struct turn *t, const struct queue_row *q, struct task_row *task, const struct graph_node *n,
               const int64_t *ids, struct err *e)
{
    int r = 0;
    for (int i = 0; r == 0 && i < n->need_count; i++) {
        const struct graph_need *need = &n->needs[i];
        int64_t id = need->index < 0 ? need->id : ids[need->index];
        r = store_dependency_add(t->store, task->id, id, need->state.met, need->state.across, e);
    }
    return r == 0 && n->bad && q->cascade ? task_move(t, task, EV_DEPENDENCY_ENDED, e) : r;
}

static int add_nodes(struct turn *t, const struct queue_row *q, const struct submit_task *tasks,
                     const struct graph *g, struct arena *a, int64_t *out_ids, struct err *e)
{
    struct task_row *rows = arena_array(a, (size_t)g->count + 1, sizeof *rows);
    int r = 0;
    for (int i = 0; r == 0 && i < g->count; i++) {
        const struct graph_node *n = &g->nodes[i];
        if (n->id != NONE || n->same >= 0) {
            out_ids[i] = n->id != NONE ? n->id : out_ids[n->same];
            continue;
        }
        r = add_one(t, q, &tasks[i], n->unmet, &rows[i], e);
        out_ids[i] = rows[i].id;
    }
    for (int i = 0; r == 0 && i < g->count; i++)
        if (g->nodes[i].need_count)
            r = tie(t, q, &rows[i], &g->nodes[i], out_ids, e);
    return r;
}

int submit_tasks(struct turn *t, const struct queue_row *q, const struct submit_task *tasks, int count,
                 enum submit_order order, struct arena *a, int64_t *out_ids, int *out_existed, int *out_bad,
                 struct err *e)
{
    struct graph g;
    int bad = 0;
    int r = graph_read(t, q, tasks, count, order, a, &g, &bad, e);
    if (out_bad)
        *out_bad = bad;
    if (r == 0)
        r = add_nodes(t, q, tasks, &g, a, out_ids, e);
    if (r)
        return r;
    if (g.existed < count)
        turn_gained(t, q->id);
    *out_existed = g.existed;
    return 0;
}
