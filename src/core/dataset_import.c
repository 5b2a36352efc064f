/* See dataset_import.h. Until its end an import is a queue that is being removed, under a name that none can have: nothing that looks
 * for queues finds it. Whatever goes wrong, its sender's death too, it needs only to be left alone: housekeeping lets the
 * removal go on. */
#include "core/dataset_import.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "core/body.h"
#include "core/happen.h"
#include "core/journal.h"
#include "core/remove.h"
#include "core/submit.h"

static int check_free(struct turn *t, const char *owner, const char *name, struct err *e)
{
    struct queue_row q;
    int r = store_queue_by_name(t->store, owner, name, t->arena, &q, e);
    if (r)
        return r == STORE_EMPTY ? 0 : r;
    r = err_refuse(e, ERR_QUEUE_EXISTS, "there is a queue '%.60s' already", name);
    err_hint(e, "take another name, or remove that one: docket delete %.60s", name);
    return r;
}

static const struct queue_policy POLICY = {
    .lease_us = DATASET_LEASE_SECONDS * CLOCK_SECOND,
    .face_lease_us = DATASET_LEASE_SECONDS * CLOCK_SECOND,
    .max_attempts = DATASET_ATTEMPTS,
    .max_crashes = DATASET_CRASHES,
    .speculate = 1,
    .backoff_us = NONE,
    .cascade = NONE,
    .retention_us = NONE,
};

static int hide(struct turn *t, struct queue_row *q, struct err *e)
{
    q->name = arena_printf(t->arena, "/%lld", (long long)q->id);
    q->deleted = t->now_us;
    return store_queue_set(t->store, q, e);
}

int import_begin(struct turn *t, const struct who *who, const struct queue_ref *ref, const struct dataset_row *settings,
                 struct arena *a, struct import *out, struct err *e)
{
    struct queue_row q;
    const char *owner = ref->owner ? ref->owner : who->user;
    int r = who_may(who, owner) ? check_free(t, owner, ref->name, e) : 0; /* to others none of his is there; making one is refused */
    if (r == 0)
        r = queue_make(t, who, ref, &POLICY, a, &q, e);
    if (r == 0)
        r = hide(t, &q, e);
    if (r)
        return r;
    struct dataset_row row = *settings;
    row.queue = q.id;
    row.touched = t->now_us;
    *out = (struct import){.queue = q.id};
    return store_dataset_add(t->store, &row, e);
}

/* The dataset that is being made, and its queue. */
static int find(struct turn *t, const struct import *import, struct dataset *out, struct err *e)
{
    int r = store_queue_by_id(t->store, import->queue, t->arena, &out->queue, e);
    if (r == 0)
        r = store_dataset_get(t->store, import->queue, t->arena, &out->row, e);
    if (r == STORE_EMPTY || (r == 0 && (out->row.whole || !out->row.touched)))
        return err_refuse(e, ERR_QUEUE_NOT_FOUND, "the import was given up meanwhile: begin again");
    return r;
}

int import_touch(struct turn *t, const struct import *import, struct err *e)
{
    struct dataset d;
    int r = find(t, import, &d, e);
    d.row.touched = t->now_us;
    return r ? r : store_dataset_set(t->store, &d.row, e);
}

static int check_name(struct turn *t, const struct queue_row *q, const char *name, struct err *e)
{
    int64_t task;
    size_t n = strlen(name);
    if (n < 1 || n > LIMIT_KEY)
        return err_refuse(e, ERR_BAD_FIELD, "the name of a table has 1 to %d bytes", LIMIT_KEY);
    int r = store_task_by_key(t->store, q->id, name, &task, e);
    if (r == 0)
        return err_refuse(e, ERR_BAD_FIELD, "the table '%.100s' has come already", name);
    return r == STORE_EMPTY ? 0 : r;
}

/* What is too long for a row becomes a body, as an uploaded payload is. */
static int put_body(struct turn *t, const struct queue_row *q, const char *name, const char *bytes, size_t n, struct err *e)
{
    struct body b;
    size_t at = 0, some = 0;
    int r = body_of_payload(t, q, name, true, &b, e);
    if (r == 0)
        r = body_begin(t, &b, 0, e);
    for (; r == 0 && at < n; at += some)
        r = body_append(t, &b, (int64_t)at, bytes + at, n - at, &some, e);
    return r;
}

static int submit(struct turn *t, const struct queue_row *q, const struct import_table *table, int64_t *out_task, struct err *e)
{
    bool large = table->payload_n > LIMIT_BODY;
    struct submit_task task = {.spec = {.key = table->name, .payload = large ? NULL : table->payload, .time_limit_us = NONE},
                               .payload_upload = large ? table->name : NULL, .not_before = NONE};
    int existed;
    int r = large ? put_body(t, q, table->name, table->payload, table->payload_n, e) : 0;
    return r ? r : submit_tasks(t, q, &task, 1, SUBMIT_IN_ORDER, t->arena, out_task, &existed, NULL, e);
}

static int add_targets(struct turn *t, const struct import_table *table, struct coverage_row *c, int64_t *repeated,
                       struct err *e)
{
    int r = 0;
    for (int i = 0; r == 0 && i < table->target_count; i++) {
        const struct target_row *target = &table->targets[i];
        bool new;
        r = store_target_add(t->store, c->task, target, &new, e);
        c->sums.total[target->kind] += new;
        c->sums.mapped[target->kind] += new && target->mapped;
        *repeated += !new;
    }
    return r;
}

static int add_truths(struct turn *t, int64_t task, const struct import_table *table, struct err *e)
{
    int r = 0;
    for (int source = TRUTH_SHOWN; source <= TRUTH_SOLUTION; source++)
        for (int i = 0; r == 0 && i < table->truth_counts[source]; i++)
            r = store_truth_add(t->store, task, (enum truth_source)source, &table->truths[source][i], e);
    return r;
}

int import_table(struct turn *t, struct import *import, const struct import_table *table, struct err *e)
{
    struct dataset d;
    struct coverage_row c = {0};
    int r = find(t, import, &d, e);
    if (r == 0)
        r = check_name(t, &d.queue, table->name, e);
    if (r == 0)
        r = submit(t, &d.queue, table, &c.task, e);
    if (r == 0)
        r = add_targets(t, table, &c, &import->repeated, e);
    if (r == 0)
        r = add_truths(t, c.task, table, e);
    if (r == 0 && (table->past_count || table->returned))
        r = import_past(t, &d.row, c.task, table->past, table->past_count, table->returned, &c, e);
    if (r == 0)
        r = store_coverage_add(t->store, import->queue, &c, e);
    if (r == 0 && c.flawed)
        r = store_coverage_set(t->store, import->queue, &c, e);
    if (r)
        return r;
    for (int kind = 1; kind < TARGET_KINDS; kind++) {
        d.row.sums.total[kind] += c.sums.total[kind];
        d.row.sums.mapped[kind] += c.sums.mapped[kind];
    }
    import->tables++;
    return store_dataset_set(t->store, &d.row, e);
}

int import_end(struct turn *t, const struct who *who, const struct queue_ref *ref, const struct import *import,
               const int64_t unknown[TARGET_KINDS], struct arena *a, struct dataset *out, struct err *e)
{
    int r = find(t, import, out, e);
    if (r == 0)
        r = check_free(t, out->queue.owner, ref->name, e);
    if (r)
        return r;
    out->queue.name = arena_strdup(a, ref->name);
    out->queue.owner = arena_strdup(a, out->queue.owner);
    out->queue.deleted = NONE;
    out->queue.rev = store_next_rev(t->store);
    out->row.whole = true;
    memcpy(out->row.unknown, unknown, sizeof out->row.unknown);
    r = store_queue_set(t->store, &out->queue, e);
    if (r == 0)
        r = store_dataset_set(t->store, &out->row, e);
    const char *detail = arena_printf(t->arena, "%lld tables", (long long)import->tables);
    turn_gained(t, out->queue.id);
    return r ? r : journal_note(t, who, "import", &out->queue, NONE, detail, e);
}

int import_replace(struct turn *t, const struct who *who, const struct dataset *d, int64_t task, const char *payload, size_t n,
                   struct err *e)
{
    static const struct asked AGAIN = {EV_RERUN, 0, NONE};
    struct task_full full;
    bool large = n > LIMIT_BODY;
    int r = store_task_full(t->store, task, t->arena, &full, e);
    if (r)
        return r;
    if (full.task.state == TASK_RUNNING)
        return err_refuse(e, ERR_TASK_STATE, "a runner holds the table at the moment");
    if (full.spec.payload_body != NONE)
        r = store_body_drop(t->store, BODY_PAYLOAD, full.spec.payload_body, e);
    full.spec.payload_body = full.spec.payload_size = NONE;
    full.spec.payload = large ? NULL : payload;
    if (r == 0 && large)
        r = put_body(t, &d->queue, full.spec.key, payload, n, e);
    if (r == 0 && large)
        r = body_take_payload(t, &d->queue, full.spec.key, &full.spec.payload_body, &full.spec.payload_size, e);
    if (r == 0)
        r = store_spec_set_payload(t->store, task, &full.spec, e);
    if (r == 0)
        r = journal_note(t, who, "replace table", &d->queue, task, full.spec.key, e);
    return r || happen_already(&AGAIN, &full.task) ? r : happen(t, &AGAIN, &full.task, e);
}

int import_sweep(struct turn *t, struct err *e)
{
    int64_t queue, operation;
    struct dataset_row row;
    int r = store_dataset_stale(t->store, t->now_us - IMPORT_PATIENCE_SECONDS * CLOCK_SECOND, &queue, e);
    if (r)
        return r < 0 ? r : 0;
    r = store_dataset_get(t->store, queue, t->arena, &row, e);
    row.touched = 0; /* given up */
    if (r == 0)
        r = store_dataset_set(t->store, &row, e);
    return r ? r : remove_hidden(t, queue, "import", &operation, e);
}
