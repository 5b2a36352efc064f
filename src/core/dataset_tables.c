/* See dataset_tables.h. */
#include "core/dataset_tables.h"

#include <string.h>

#include "base/limits.h"

static int choose_missing(const char *missing, const char *of, int64_t *flags, struct err *e)
{
    enum target_kind kind = dataset_kind_from(of ? of : "cea");
    if (!kind)
        return err_refuse(e, ERR_BAD_FIELD, "of must be cea, cta or cpa");
    if (!missing)
        return 0;
    bool all = strcmp(missing, "all") == 0;
    if (!all && strcmp(missing, "part") != 0)
        return err_refuse(e, ERR_BAD_FIELD, "missing must be all or part");
    *flags |= (all ? OPERATION_NONE_MAPPED : OPERATION_SOME_MISSING) | (int64_t)OPERATION_CEA << (kind - 1);
    return 0;
}

int dataset_choose(bool errors, const char *missing, const char *of, int64_t *out_flags, struct err *e)
{
    if (errors && missing)
        return err_refuse(e, ERR_BAD_FIELD, "errors and missing do not go together");
    *out_flags = errors ? OPERATION_NO_RESULT : 0;
    return choose_missing(missing, of, out_flags, e);
}

int dataset_tables(struct turn *t, const struct dataset *d, int64_t flags, int64_t after, int max, struct arena *a,
                   struct table_row **out, int *out_count, int64_t *out_next, struct err *e)
{
    struct table_row *rows;
    int looked = 0, at = 0, count = 0;
    int r = store_table_walk(t->store, d->queue.id, after, flags ? LIMIT_PAGE : max, a, &rows, &looked, e);
    for (; r == 0 && at < looked && count < max; at++)
        if (happen_table_meets(flags, rows[at].state, &rows[at].coverage))
            rows[count++] = rows[at];
    bool all = at == looked && looked < (flags ? LIMIT_PAGE : max);
    *out = rows;
    *out_count = count;
    *out_next = r || all ? NONE : at ? rows[at - 1].coverage.task : after;
    return r;
}

int dataset_table_look(struct turn *t, const struct dataset *d, const char *name, struct arena *a, struct table_row *out, struct err *e)
{
    struct table_row *row;
    int64_t task;
    int count = 0, r = dataset_table(t, d, name, &task, e);
    if (r == 0)
        r = store_table_walk(t->store, d->queue.id, task - 1, 1, a, &row, &count, e);
    if (r == 0 && (!count || row->coverage.task != task))
        r = err_fail(e, ERR_INTERNAL, "a table has lost its coverage");
    if (r == 0)
        *out = *row;
    return r;
}

bool dataset_table_failed(const struct table_row *table)
{
    return table->state == TASK_FAILED || table->state == TASK_KILLED || table->coverage.flawed;
}

int dataset_table_error(struct turn *t, const struct who *who, const struct dataset *d, const char *name, struct body *out,
                        struct err *e)
{
    struct look_task task = {0};
    int64_t id;
    int r = dataset_table(t, d, name, &id, e);
    *out = (struct body){0};
    if (r == 0)
        r = look_task(t, who, id, true, t->arena, &task, e);
    for (int i = 0; r == 0 && !out->size && i < task.attempt_count; i++)
        r = body_look(t, BODY_STDERR, task.attempts[i].lease, out, e);
    if (r == 0 && !out->size)
        r = err_refuse(e, ERR_OUTPUT_NOT_FOUND, "no error was handed in for this table; it is %s",
                       task_state_word(task.full.task.state));
    return r;
}

static struct asked again(int64_t flags) { return (struct asked){EV_RERUN, OPERATION_RESET | flags, NONE}; }

int dataset_reset(struct turn *t, const struct who *who, const struct dataset *d, int64_t flags, struct operation_sum *out,
                  int64_t *out_operation, struct err *e)
{
    struct operation_filter all = {.state = NONE, .exitcode = NONE, .before = NONE};
    struct asked asked = again(flags);
    return operation_filter(t, who, &d->queue, &asked, &all, out, out_operation, e);
}

int dataset_reset_named(struct turn *t, const struct who *who, const struct dataset *d, const char *const *names, int count,
                        struct operation_sum *out, struct err *e)
{
    int64_t *ids = arena_array(t->arena, (size_t)count + 1, sizeof *ids);
    struct asked asked = again(0);
    int r = 0;
    for (int i = 0; r == 0 && i < count; i++)
        r = dataset_table(t, d, names[i], &ids[i], e);
    return r ? r : operation_ids(t, who, &d->queue, &asked, ids, count, out, e);
}
