/* See dataset_work.h. Stragglers are handed out a second time only when so few tables are left that a runner has nothing better to
 * do; the first result wins. */
#include "core/dataset_work.h"

#include <string.h>

#include "core/claim.h"
#include "core/clients.h"

static int read_payload(struct turn *t, const struct spec_row *s, struct arena *a, struct dataset_package *out, struct err *e)
{
    out->payload = s->payload ? s->payload : "{}";
    out->payload_n = strlen(out->payload);
    if (s->payload_body == NONE)
        return 0;
    int r = store_body_range(t->store, BODY_PAYLOAD, s->payload_body, 0, s->payload_size, a, &out->payload, &out->payload_n, e);
    return r == STORE_EMPTY ? err_fail(e, ERR_INTERNAL, "a table has lost its body") : r;
}

static int read_package(struct turn *t, const struct task_full *task, struct arena *a, struct dataset_package *out, struct err *e)
{
    *out = (struct dataset_package){.name = task->spec.key ? task->spec.key : ""};
    int r = read_payload(t, &task->spec, a, out, e);
    return r ? r : store_target_list(t->store, task->task.id, a, &out->targets, &out->target_count, e);
}

/* Which of them are held, and is it the last hundredth? */
static int look_at_rest(struct turn *t, const struct dataset *d, bool *out_last, bool *out_held, struct err *e)
{
    int64_t counts[TASK_STATES], total = 0;
    int r = store_counts(t->store, d->queue.id, counts, e);
    if (r)
        return r;
    for (int state = 0; state < TASK_STATES; state++)
        total += counts[state];
    int64_t left = counts[TASK_WAITING] + counts[TASK_PENDING] + counts[TASK_RUNNING];
    *out_last = left <= (total + 99) / 100;
    *out_held = left > 0;
    return 0;
}

static int claim(struct turn *t, const struct dataset *d, const char *client, bool twice, struct claim_answer *out, struct err *e)
{
    struct claim_ask ask = {.worker = client, .max = 1, .begin = 1};
    struct queue_row q = d->queue;
    q.speculate = twice;
    return claim_tasks(t, &q, &ask, t->arena, out, e);
}

int dataset_take(struct turn *t, const struct dataset *d, const char *client, struct arena *a, struct dataset_package *out,
                 bool *out_wait, struct err *e)
{
    struct claim_answer claimed = {0};
    bool last = false;
    *out_wait = false;
    int r = clients_see(t, d->queue.id, client, e);
    if (r == 0)
        r = claim(t, d, client, false, &claimed, e);
    if (r == 0 && !claimed.count)
        r = look_at_rest(t, d, &last, out_wait, e);
    if (r == 0 && !claimed.count && last && *out_wait && d->queue.speculate)
        r = claim(t, d, client, true, &claimed, e);
    if (r)
        return r;
    return claimed.count ? read_package(t, &claimed.tasks[0], a, out, e) : STORE_EMPTY;
}

int dataset_describe(struct turn *t, const struct dataset *d, const char *name, struct arena *a, struct dataset_package *out,
                     struct err *e)
{
    struct task_full task;
    int64_t id;
    int r = dataset_table(t, d, name, &id, e);
    if (r == 0)
        r = store_task_full(t->store, id, a, &task, e);
    if (r == 0)
        r = read_package(t, &task, a, out, e);
    if (r == 0 && d->row.gt)
        r = store_truth_list(t->store, id, TRUTH_SHOWN, a, &out->truths, &out->truth_count, e);
    return r;
}
