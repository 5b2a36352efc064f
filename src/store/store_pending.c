/* The list of pending tasks: a row is a run of tasks with the same queue and priority whose ids have no gap. What is added
 * together is one row instead of as many as there are tasks, and a claim moves the beginning of the first. */
#include "store/store_inner.h"

static int add_run(struct store *s, const struct store_run *run, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_PENDING_ADD, "iiii", run->queue, run->priority, run->last, run->first);
}

/* A run that was read in this transaction stands there as it was read, so it is found by its key and its beginning. */
static int write_cut(struct store *s, const struct store_cut *c, struct err *e)
{
    int64_t changed = 0;
    int r = c->next > c->run.last
                ? db_do(s->db, e, &changed, SQL_PENDING_REMOVE, "iiii", c->run.queue, c->run.priority, c->run.last,
                        c->run.first)
                : db_do(s->db, e, &changed, SQL_PENDING_SHORTEN, "iiiii", c->run.queue, c->run.priority, c->run.last,
                        c->run.first, c->next);
    return r || changed ? r : err_fail(e, ERR_INTERNAL, "pending task %lld stands on no list", (long long)c->run.first);
}

int store_pending_flush(struct store *s, struct err *e)
{
    struct store_run run = s->run;
    struct store_cut c = s->cut;
    s->run.last = s->cut.next = 0;
    int r = c.next ? write_cut(s, &c, e) : 0;
    return r == 0 && run.last ? add_run(s, &run, e) : r;
}

int store_pending_add(struct store *s, int64_t queue, int64_t priority, int64_t task, struct err *e)
{
    if (s->run.last && s->run.queue == queue && s->run.priority == priority && s->run.last + 1 == task) {
        s->run.last = task;
        return 0;
    }
    int r = store_pending_flush(s, e);
    s->run = (struct store_run){queue, priority, task, task};
    return r;
}

/* Takes a task out of the run it stands in, whose rest becomes one run or two. */
static int cut(struct store *s, const struct store_run *run, int64_t task, struct err *e)
{
    int r = db_do(s->db, e, NULL, SQL_PENDING_REMOVE, "iiii", run->queue, run->priority, run->last, run->first);
    if (r == 0 && run->first < task)
        r = add_run(s, &(struct store_run){run->queue, run->priority, run->first, task - 1}, e);
    if (r == 0 && task < run->last)
        r = add_run(s, &(struct store_run){run->queue, run->priority, task + 1, run->last}, e);
    return r;
}

static int find(struct store *s, int64_t queue, int64_t priority, int64_t task, struct store_run *out, struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_PENDING_FIND, "iii", queue, priority, task);
    int r = db_next(q, e);
    if (r == 1)
        *out = (struct store_run){queue, priority, .last = db_int(q, 0), .first = db_int(q, 1)};
    return store_found(q, r);
}

int store_pending_remove(struct store *s, int64_t queue, int64_t priority, int64_t task, int64_t run, struct err *e)
{
    struct store_run at = {0};
    if (run && s->cut.next == task && s->cut.run.last == run) { /* ids are of one queue and one place in it */
        s->cut.next++;
        return 0;
    }
    int r = store_pending_flush(s, e);
    if (r == 0 && run) {
        s->cut = (struct store_cut){{queue, priority, task, run}, task + 1};
        return 0;
    }
    if (r == 0)
        r = find(s, queue, priority, task, &at, e);
    if (r == STORE_EMPTY || (r == 0 && at.first > task))
        return err_fail(e, ERR_INTERNAL, "pending task %lld stands on no list", (long long)task);
    return r ? r : cut(s, &at, task, e);
}
