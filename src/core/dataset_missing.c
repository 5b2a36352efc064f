/* See dataset_missing.h. */
#include "core/dataset_missing.h"

#include <string.h>

#include "base/limits.h"
#include "core/table_history.h"

size_t missing_bytes(int max)
{
    return sizeof(struct missing) + (size_t)max * (TARGET_KINDS - 1) * MISSING_WHICHES * sizeof(struct missing_table);
}

struct missing_table *missing_list(struct missing *m, enum target_kind kind, enum missing_which which)
{
    return m->rows + (size_t)m->max * ((kind - 1) * MISSING_WHICHES + which);
}

/* In front of the first that lacks less: of those that lack as much the older table stands first. */
static void insert(struct missing *m, enum target_kind kind, const struct missing_table *row)
{
    struct missing_table *list = missing_list(m, kind, MISSING_PART);
    int *count = &m->counts[kind][MISSING_PART], from = 0, to = *count;
    while (from < to) {
        int middle = from + (to - from) / 2;
        bool lacks_less = list[middle].total - list[middle].done < row->total - row->done;
        from = lacks_less ? from : middle + 1;
        to = lacks_less ? middle : to;
    }
    if (from == m->max)
        return;
    *count += *count < m->max;
    memmove(list + from + 1, list + from, (size_t)(*count - 1 - from) * sizeof *list);
    list[from] = *row;
}

/* Does any list still want a table without a mapping, and is this one? Only then its past is looked at. */
static bool may_lack_all(const struct missing *m, const struct coverage_row *row)
{
    for (int kind = 1; kind < TARGET_KINDS; kind++)
        if (row->sums.total[kind] && !row->sums.mapped[kind] && m->counts[kind][MISSING_ALL] < m->max)
            return true;
    return false;
}

static int add(struct turn *t, struct missing *m, const struct coverage_row *row, struct err *e)
{
    bool solved = false;
    int r = may_lack_all(m, row) ? table_solved(t, row->task, &solved, e) : 0;
    for (int kind = 1; r == 0 && kind < TARGET_KINDS; kind++) {
        struct missing_table one = {row->task, row->sums.total[kind], row->sums.mapped[kind]};
        int *count = &m->counts[kind][MISSING_ALL];
        if (one.done && one.done < one.total)
            insert(m, (enum target_kind)kind, &one);
        else if (solved && one.total && !one.done && *count < m->max)
            missing_list(m, (enum target_kind)kind, MISSING_ALL)[(*count)++] = one;
    }
    return r;
}

int missing_slice(struct turn *t, const struct dataset *d, struct missing *m, struct err *e)
{
    struct coverage_row *rows;
    int count = 0, i = 0, r = store_coverage_walk(t->store, d->queue.id, m->after, LIMIT_SLICE_ROWS, t->arena, &rows, &count, e);
    for (; r == 0 && i < count && (i == 0 || !turn_is_long(t)); i++) {
        r = add(t, m, &rows[i], e);
        m->after = rows[i].task;
    }
    m->done = i == count && count < LIMIT_SLICE_ROWS;
    return r;
}
