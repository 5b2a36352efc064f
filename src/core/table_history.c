/* See table_history.h. Leases of a task are a chain from the newest to the oldest. */
#include "core/table_history.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

enum { PAST_MOST = 1000, STAMP_BYTES = 64 };

/* As the old manager wrote it: the server's local time with each character between digits and T made a line, and no fraction where
 * there is none. */
static const char *file_name(struct arena *a, int64_t at_us, const char *table)
{
    time_t seconds = (time_t)(at_us / CLOCK_SECOND);
    int64_t fraction = at_us % CLOCK_SECOND;
    char stamp[STAMP_BYTES];
    struct tm local;
    localtime_r(&seconds, &local);
    strftime(stamp, sizeof stamp, "%Y_%m_%dT%H_%M_%S", &local);
    if (!fraction)
        return arena_printf(a, "%s_%s", stamp, table);
    return arena_printf(a, "%s_%06lld_%s", stamp, (long long)fraction, table);
}

static bool is_result(const struct attempt_row *row)
{
    return row->outcome == ATTEMPT_SUCCEEDED || (row->late_at != NONE && row->late_exitcode == 0);
}

static bool is_error(const struct attempt_row *row)
{
    return row->outcome == ATTEMPT_FAILED || (row->late_at != NONE && row->late_exitcode != 0);
}

/* The chain's link with this id, closed or still open. 0; STORE_EMPTY; < 0. */
static int link_of(struct turn *t, int64_t id, struct arena *a, struct attempt_row *out, struct err *e)
{
    struct lease_row open;
    int r = store_attempt_get(t->store, id, a, out, e);
    if (r != STORE_EMPTY)
        return r;
    r = store_lease_get(t->store, id, a, &open, e);
    *out = (struct attempt_row){.lease = id, .prev = open.prev, .worker = open.worker, .started = open.started, .late_at = NONE};
    return r;
}

static int read_attempt(struct turn *t, const struct attempt_row *row, struct history_attempt *out, struct err *e)
{
    int64_t size = 0;
    bool raw;
    *out = (struct history_attempt){.lease = row->lease, .started = row->started, .stored = NONE, .client = row->worker,
                                 .result = is_result(row), .error = is_error(row)};
    if (out->result || out->error)
        out->stored = row->late_at != NONE ? row->late_at : row->finished;
    if (!out->result)
        return 0;
    int r = store_body_size(t->store, BODY_STDERR, row->lease, &size, &raw, e);
    out->error = r == 0 && size > 0;
    return r < 0 ? r : 0;
}

static void turn_round(struct history_attempt *rows, int count)
{
    for (int i = 0; i < count / 2; i++) {
        struct history_attempt first = rows[i];
        rows[i] = rows[count - 1 - i];
        rows[count - 1 - i] = first;
    }
}

static void name_files(struct history_attempt *rows, int count, const char *table, struct arena *a)
{
    for (int i = 0; i < count; i++) {
        if (rows[i].stored == NONE)
            continue;
        for (int k = 0; k < i; k++)
            if (rows[k].stored == rows[i].stored)
                rows[i].stored++, k = -1; /* among those before it, too, this may be somebody's */
        rows[i].file = file_name(a, rows[i].stored, table);
    }
}

int table_history(struct turn *t, int64_t task, const char *table, struct arena *a, struct history_attempt **out, int *out_count,
               struct err *e)
{
    struct task_row row;
    struct attempt_row link;
    int count = 0, room = 0, r = store_task_get(t->store, task, &row, e);
    struct history_attempt *rows = NULL;
    for (int64_t id = r == 0 ? row.lease : NONE; r == 0 && id != NONE && count < PAST_MOST; id = link.prev) {
        if (count == room) {
            struct history_attempt *more = arena_array(a, (size_t)(room = room ? 4 * room : 4), sizeof *more);
            if (count)
                memcpy(more, rows, (size_t)count * sizeof *rows);
            rows = more;
        }
        r = link_of(t, id, a, &link, e);
        if (r == 0)
            r = read_attempt(t, &link, &rows[count++], e);
    }
    if (r < 0)
        return r;
    turn_round(rows, count);
    name_files(rows, count, table, a);
    *out = rows;
    *out_count = count;
    return 0;
}

int table_solved(struct turn *t, int64_t task, bool *out, struct err *e)
{
    struct task_row row;
    struct attempt_row link;
    int r = store_task_get(t->store, task, &row, e), looked = 0;
    *out = r == 0 && row.state == TASK_SUCCEEDED;
    for (int64_t id = r == 0 ? row.lease : NONE; r == 0 && !*out && id != NONE && looked < PAST_MOST; id = link.prev, looked++) {
        r = link_of(t, id, t->arena, &link, e);
        *out = r == 0 && is_result(&link);
    }
    return r < 0 ? r : 0;
}
