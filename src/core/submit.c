/* See submit.h. What an upload has taken is a row written in the same transaction as its tasks: a repeated request finds
 * its lines taken and adds nothing. */
#include "core/submit.h"

#include "core/task.h"

static int add_one(struct turn *t, const struct queue_row *q, const struct submit_task *in, struct task_full *task,
                   struct err *e)
{
    bool later = in->not_before != NONE && in->not_before > t->now_us;
    enum task_event event = later ? EV_SUBMITTED_LATER : EV_SUBMITTED;
    task->spec = in->spec;
    task->task = (struct task_row){
        .queue = q->id,
        .state = (enum task_state)task_next(TASK_STATES, event),
        .event = event,
        .priority = in->priority,
        .not_before = in->not_before,
        .created = t->now_us,
        .rev = store_next_rev(t->store),
    };
    return store_task_add(t->store, task, 1, e);
}

int submit_tasks(struct turn *t, const struct queue_row *q, const struct submit_task *tasks, int count,
                 struct arena *a, int64_t *out_ids, int *out_existed, struct err *e)
{
    struct task_full task;
    int existed = 0;
    for (int i = 0; i < count; i++) {
        int r = STORE_EMPTY;
        if (tasks[i].spec.key)
            r = store_task_by_key(t->store, q->id, tasks[i].spec.key, &out_ids[i], e);
        if (r == 0)
            existed++;
        if (r == STORE_EMPTY) {
            r = add_one(t, q, &tasks[i], &task, e);
            out_ids[i] = task.task.id;
        }
        if (r)
            return r;
    }
    if (existed < count)
        turn_gained(t, q->id);
    *out_existed = existed;
    return 0;
}

static int refuse_gap(const struct submit_upload *u, int64_t taken, struct err *e)
{
    int r = err_refuse(e, ERR_UPLOAD_GAP, "this body begins with line %lld; the next line to take is %lld",
                       (long long)u->from, (long long)taken + 1);
    err_hint(e, "send from=%lld", (long long)taken + 1);
    return r;
}

int submit_upload(struct turn *t, const struct queue_row *q, const struct submit_upload *u, struct arena *a,
                  struct upload_row *out, struct err *e)
{
    struct upload_row row = {0};
    int r = store_upload_get(t->store, q->id, u->name, &row, e);
    if (r < 0)
        return r;
    if (u->from > row.lines + 1)
        return refuse_gap(u, row.lines, e);
    int skip = 0, existed = 0;
    while (skip < u->count && u->lines[skip] <= row.lines)
        skip++;
    int64_t *ids = arena_array(a, (size_t)u->count + 1, sizeof *ids);
    r = submit_tasks(t, q, u->tasks + skip, u->count - skip, a, ids, &existed, e);
    if (r)
        return r;
    int64_t last = u->from + u->n - 1;
    row.lines = last > row.lines ? last : row.lines;
    row.added += u->count - skip - existed;
    row.existed += existed;
    *out = row;
    return store_upload_put(t->store, q->id, u->name, &row, e);
}

int submit_upload_look(struct turn *t, const struct queue_row *q, const char *name, struct upload_row *out,
                       struct err *e)
{
    int r = store_upload_get(t->store, q->id, name, out, e);
    if (r == STORE_EMPTY)
        return err_refuse(e, ERR_UPLOAD_NOT_FOUND, "nothing of this upload was taken");
    return r;
}
