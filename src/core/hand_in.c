/* See hand_in.h. A lease that has run out does not make what was computed under it worthless: as long as nobody has finished the table,
 * the result is taken as if the client had just been handed it. */
#include "core/hand_in.h"

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "core/claim.h"
#include "core/clients.h"
#include "core/happen.h"
#include "core/lease.h"
#include "core/parking.h"
#include "core/task.h"

enum { ATTEMPTS_MOST = 1000 }; /* looked through for one of the client's */

/* Finding --------------------------------------------------------------------------------------------------------- */
static int refuse_not_held(const char *table, const char *client, struct err *e)
{
    CLEANUP(buf_done) struct buf shown = {0};
    text_cut(&shown, client, 100);
    int r = err_refuse(e, ERR_NOT_HELD, "the client '%s' does not hold the table '%.100s'", buf_text(&shown), table);
    err_hint(e, "getWork hands tables out; hand one in under the client's name that it was given to");
    return r;
}

/* The last attempt of the client's on the task. 0 or STORE_EMPTY. */
static int last_attempt(struct turn *t, const struct task_row *task, const char *client, struct attempt_row *out, struct err *e)
{
    struct lease_row open;
    int r = 0, looked = 0;
    for (int64_t id = task->lease; id != NONE && looked < ATTEMPTS_MOST; looked++) {
        r = store_attempt_get(t->store, id, t->arena, out, e);
        if (r == 0 && strcmp(out->worker, client) == 0)
            return 0;
        if (r == 0)
            id = out->prev;
        else if (r == STORE_EMPTY && (r = store_lease_get(t->store, id, t->arena, &open, e)) == 0)
            id = open.prev;
        if (r)
            return r;
    }
    return STORE_EMPTY;
}

static enum hand_in_way way_of(const struct attempt_row *before, const struct task_row *task, bool result)
{
    bool finished = before->outcome == ATTEMPT_SUCCEEDED || before->outcome == ATTEMPT_FAILED;
    bool lost = before->outcome == ATTEMPT_EXPIRED || before->outcome == ATTEMPT_CRASHED;
    if (finished || before->late_at != NONE)
        return HAND_IN_REPEATED;
    bool wanted = task->state != TASK_SUCCEEDED && task->event != EV_CANCELLED;
    return result && lost && wanted ? HAND_IN_LATE : HAND_IN_STALE;
}

int hand_in_find(struct turn *t, const struct dataset *d, const char *table, const char *client, bool result,
                 struct hand_in *out, struct err *e)
{
    struct lease_row lease = {0};
    struct attempt_row before;
    int64_t id;
    int r = dataset_table(t, d, table, &id, e);
    if (r == 0)
        r = store_task_get(t->store, id, &out->task, e);
    if (r == 0 && out->task.open)
        r = lease_of_task(t, &out->task, client, &lease, e);
    if (r)
        return r;
    if (lease.worker && strcmp(lease.worker, client) == 0) {
        out->way = HAND_IN_OPEN;
        out->lease = lease.id;
        out->open = lease;
        return 0;
    }
    r = last_attempt(t, &out->task, client, &before, e);
    bool other = r == 0 && before.outcome == (result ? ATTEMPT_FAILED : ATTEMPT_SUCCEEDED);
    if (r == STORE_EMPTY || other)
        return refuse_not_held(table, client, e);
    out->lease = r ? 0 : before.lease;
    out->way = r ? HAND_IN_STALE : way_of(&before, &out->task, result);
    return r;
}

/* Mapping --------------------------------------------------------------------------------------------------------- */
static int compare(const struct target_row *a, const struct target_row *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->a != b->a)
        return a->a < b->a ? -1 : 1;
    return a->b == b->b ? 0 : a->b < b->b ? -1 : 1;
}

/* The target, among those of the table, which stand in order; NULL. */
static struct target_row *find_target(struct target_row *targets, int count, const struct target_row *wanted)
{
    int from = 0, to = count;
    while (from < to) {
        int middle = from + (to - from) / 2, order = compare(&targets[middle], wanted);
        if (order == 0)
            return &targets[middle];
        from = order < 0 ? middle + 1 : from;
        to = order < 0 ? to : middle;
    }
    return NULL;
}

/* Without the prefix, wherever it stands in it. */
static const char *strip(const char *mapped, const char *prefix, struct arena *a)
{
    size_t n = strlen(prefix);
    const char *at = n ? strstr(mapped, prefix) : NULL;
    if (!at)
        return mapped;
    char *out = arena_alloc(a, strlen(mapped) + 1), *end = out;
    for (; at; mapped = at + n, at = strstr(mapped, prefix)) {
        memcpy(end, mapped, (size_t)(at - mapped));
        end += at - mapped;
    }
    strcpy(end, mapped);
    return out;
}

static int map_one(struct turn *t, int64_t task, struct target_row *target, const char *mapped, struct target_sums *sums,
                   struct err *e)
{
    if (target->mapped && strcmp(target->mapped, mapped) == 0)
        return 0;
    sums->mapped[target->kind] += !target->mapped;
    target->mapped = mapped;
    return store_target_map(t->store, task, target, e);
}

/* Writes what is mapped, and counts it in the table and in the dataset. */
static int map_all(struct turn *t, struct dataset_row *d, int64_t task, const struct hand_in_result *in, int *out_unknown,
                   struct err *e)
{
    struct coverage_row c = {0};
    struct target_row *targets;
    int count = 0, r = store_coverage_get(t->store, d->queue, task, &c, e);
    if (r == 0)
        r = store_target_list(t->store, task, t->arena, &targets, &count, e);
    struct target_sums before = c.sums;
    for (int i = 0; r == 0 && i < in->count; i++) {
        struct target_row *target = find_target(targets, count, &in->mapped[i]);
        *out_unknown += !target;
        if (target)
            r = map_one(t, task, target, strip(in->mapped[i].mapped, d->prefix, t->arena), &c.sums, e);
    }
    for (int kind = 1; kind < TARGET_KINDS; kind++)
        d->sums.mapped[kind] += c.sums.mapped[kind] - before.mapped[kind];
    d->flawed += (in->errors != NULL) - c.flawed;
    c.flawed = in->errors != NULL;
    if (r)
        return r == STORE_EMPTY ? err_fail(e, ERR_INTERNAL, "a table has lost its targets") : r;
    return store_coverage_set(t->store, d->queue, &c, e);
}

static int count_unknown(struct turn *t, int64_t task, const struct hand_in_result *in, int *out_unknown, struct err *e)
{
    struct target_row *targets;
    int count = 0, r = store_target_list(t->store, task, t->arena, &targets, &count, e);
    for (int i = 0; r == 0 && i < in->count; i++)
        *out_unknown += !find_target(targets, count, &in->mapped[i]);
    return r;
}

/* Handing in ------------------------------------------------------------------------------------------------------ */
/* The table goes to the client once more, and it has the result already. */
static int take_again(struct turn *t, const struct dataset *d, const char *client, struct hand_in *in, struct err *e)
{
    static const struct asked AGAIN = {EV_RERUN, 0, NONE};
    struct lease_row lease;
    int r = happen_already(&AGAIN, &in->task) ? 0 : happen(t, &AGAIN, &in->task, e);
    if (r == 0 && in->task.state == TASK_PENDING)
        r = claim_this(t, &d->queue, client, d->queue.lease_us, &in->task, e);
    else if (r == 0)
        r = claim_open(t, client, d->queue.lease_us, true, &in->task, &lease, e);
    in->lease = in->task.lease;
    return r;
}

/* Those who wait for a table hear that none is left. */
static void tell_end(struct turn *t, const struct dataset *d, const struct task_row *task)
{
    if (task->state >= TASK_SUCCEEDED && parking_of(t->engine->parking, d->queue.id))
        turn_gained(t, d->queue.id);
}

static int finish(struct turn *t, const struct dataset *d, const char *client, struct hand_in *in,
                  const struct finish_result *result, struct rate_sum *ended, int64_t *out_took_us, struct err *e)
{
    int r = in->way == HAND_IN_LATE ? take_again(t, d, client, in, e) : 0;
    if (r == 0 && in->way == HAND_IN_LATE)
        r = lease_of_task(t, &in->task, client, &in->open, e);
    if (r)
        return r;
    struct finish_result of_lease = *result;
    of_lease.lease = in->open.id;
    *out_took_us = t->now_us - in->open.started;
    r = finish_open(t, &d->queue, &in->open, &in->task, &of_lease, ended, e);
    tell_end(t, d, &in->task);
    return r;
}

static int keep_stale(struct turn *t, const struct dataset *d, const char *client, const struct hand_in *in,
                      const struct finish_result *result, struct err *e)
{
    struct finish_result of_lease = *result;
    struct rate_sum none = {0};
    enum finish_outcome outcome;
    const char *first;
    of_lease.lease = in->lease;
    return finish_task(t, &d->queue, client, &of_lease, &outcome, &first, &none, e);
}

int hand_in_result(struct turn *t, const struct dataset *d, const char *client, struct hand_in *in,
                   const struct hand_in_result *result, int *out_unknown, struct rate_sum *ended, struct err *e)
{
    struct dataset_row row = d->row;
    struct finish_result finished = {.result = result->body, .out_size = NONE, .err_size = NONE};
    int64_t took_us = 0;
    *out_unknown = 0;
    int r = clients_see(t, d->queue.id, client, e);
    if (r || in->way == HAND_IN_REPEATED)
        return r;
    if (result->errors)
        finished.err = (struct finish_bytes){result->errors, strlen(result->errors)};
    bool stale = in->way == HAND_IN_STALE;
    r = stale ? count_unknown(t, in->task.id, result, out_unknown, e) : map_all(t, &row, in->task.id, result, out_unknown, e);
    if (*out_unknown)
        finished.message = arena_printf(t->arena, "%d of %d mappings are of no target of the table", *out_unknown, result->count);
    if (r || stale)
        return r ? r : keep_stale(t, d, client, in, &finished, e);
    r = finish(t, d, client, in, &finished, ended, &took_us, e);
    row.results++;
    row.result_us += took_us;
    return r ? r : store_dataset_set(t->store, &row, e);
}

const char *hand_in_message(const char *text, size_t n, struct arena *a)
{
    CLEANUP(buf_done) struct buf safe = {0};
    size_t end = n, start;
    while (end && strchr(" \t\r\n", text[end - 1]))
        end--;
    for (start = end; start && text[start - 1] != '\n';)
        start--;
    if (end - start > LIMIT_MESSAGE / 4)
        end = start + LIMIT_MESSAGE / 4; /* escapes may make it longer */
    text_safe(&safe, text + start, end - start, false);
    return safe.len ? arena_strdup(a, buf_text(&safe)) : NULL;
}

int hand_in_error(struct turn *t, const struct dataset *d, const char *client, struct hand_in *in, const char *text, size_t n,
                  struct rate_sum *ended, struct err *e)
{
    struct dataset_row row = d->row;
    struct finish_result finished = {.exitcode = 1, .message = hand_in_message(text, n, t->arena), .err = {text, n}, .out_size = NONE,
                                     .err_size = NONE};
    int64_t took_us = 0;
    int r = clients_see(t, d->queue.id, client, e);
    if (r || in->way == HAND_IN_REPEATED)
        return r;
    if (in->way == HAND_IN_STALE)
        return keep_stale(t, d, client, in, &finished, e);
    if (in->task.failures + 1 < d->queue.max_attempts)
        in->task.priority--; /* those that nobody has tried so often come first */
    r = finish(t, d, client, in, &finished, ended, &took_us, e);
    row.errors++;
    row.error_us += took_us;
    return r ? r : store_dataset_set(t->store, &row, e);
}
