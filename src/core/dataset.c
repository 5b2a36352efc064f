/* See dataset.h. */
#include "core/dataset.h"

#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "core/clients.h"
#include "core/journal.h"

static const char *const KINDS[TARGET_KINDS] = {"", "cea", "cta", "cpa"};

const char *dataset_kind_word(enum target_kind kind) { return KINDS[kind]; }

enum target_kind dataset_kind_from(const char *word)
{
    for (int kind = 1; kind < TARGET_KINDS; kind++)
        if (strcasecmp(KINDS[kind], word) == 0)
            return (enum target_kind)kind;
    return 0;
}

static int not_a_dataset(const struct queue_row *q, struct err *e)
{
    int r = err_refuse(e, ERR_NOT_A_DATASET, "the queue '%.60s' holds no tables", q->name);
    err_hint(e, "docket tables import DIR --queue Q makes one that does");
    return r;
}

int dataset_find(struct turn *t, const struct who *who, const struct queue_ref *ref, struct arena *a, struct dataset *out,
                 struct err *e)
{
    int r = queue_find(t, who, ref, a, &out->queue, e);
    if (r == 0)
        r = store_dataset_get(t->store, out->queue.id, a, &out->row, e);
    return r == STORE_EMPTY ? not_a_dataset(&out->queue, e) : r;
}

/* Which one is meant ---------------------------------------------------------------------------------------------- */
/* The queues of all datasets, as the store has them at hand: every request of a runner comes by here, twice where it might need no
 * account. */
struct looking {
    const struct queue_row *queues;
    int count;
    int64_t preferred;
};

static int refuse_several(const struct who *who, const struct looking *l, struct err *e)
{
    CLEANUP(buf_done) struct buf names = {0};
    for (int i = 0; i < l->count; i++) {
        const struct queue_row *q = &l->queues[i];
        if (who && who->user && who_may_queue(who, q) && names.len < 400)
            buf_printf(&names, "%s%s/%.60s", names.len ? ", " : "", q->owner, q->name);
    }
    int r = err_refuse(e, ERR_SEVERAL_DATASETS, "there are several datasets, and none is the default%s%s", names.len ? ": " : "",
                       names.len ? buf_text(&names) : "");
    err_hint(e, "ask below /tables/NAME/, or set one: docket tables default NAME");
    return r;
}

static int pick_unnamed(const struct who *who, const struct looking *l, const struct queue_row **out, struct err *e)
{
    if (!l->count)
        return err_refuse(e, ERR_NO_DATASET, "there is no dataset on this server");
    for (int i = 0; i < l->count; i++)
        if (l->count == 1 || l->queues[i].id == l->preferred) {
            *out = &l->queues[i];
            return 0;
        }
    return refuse_several(who, l, e);
}

/* Of those with that name: the owner's that is named, the asker's, the server owner's, or the only one. */
static int pick_named(const struct looking *l, const struct dataset_ask *ask, const struct queue_row **out, bool *out_sure,
                      struct err *e)
{
    const char *const OWNERS[] = {ask->owner, ask->owner ? NULL : ask->asker, ask->owner ? NULL : ask->server_owner};
    const struct queue_row *only = NULL, *found = NULL;
    size_t best = COUNT_OF(OWNERS);
    int count = 0;
    for (int i = 0; i < l->count; i++) {
        if (strcmp(l->queues[i].name, ask->name) != 0)
            continue;
        only = &l->queues[i], count++;
        for (size_t k = 0; k < best; k++)
            if (OWNERS[k] && strcmp(only->owner, OWNERS[k]) == 0)
                found = only, best = k;
    }
    *out_sure = ask->owner || count < 2;
    *out = found ? found : count == 1 && !ask->owner ? only : NULL;
    return *out ? 0 : err_refuse(e, ERR_QUEUE_NOT_FOUND, "there is no dataset '%.60s'", ask->name);
}

/* The picked row is the store's: reading the rest may have it read its queues anew. */
static void copy_queue(const struct queue_row *from, struct arena *a, struct queue_row *out)
{
    *out = *from;
    out->owner = arena_strdup(a, from->owner);
    out->name = arena_strdup(a, from->name);
}

int dataset_meant(struct turn *t, const struct who *who, const struct dataset_ask *ask, struct arena *a, struct dataset *out,
                  bool *out_sure, struct err *e)
{
    struct looking l;
    const struct queue_row *found;
    int r = store_dataset_queues(t->store, &l.queues, &l.count, &l.preferred, e);
    *out_sure = true;
    if (r == 0)
        r = ask->name ? pick_named(&l, ask, &found, out_sure, e) : pick_unnamed(who, &l, &found, e);
    if (r)
        return r;
    copy_queue(found, a, &out->queue);
    return store_dataset_get(t->store, out->queue.id, a, &out->row, e);
}

/* Settings -------------------------------------------------------------------------------------------------------- */
static void change(bool *part, int64_t to)
{
    if (to != NONE)
        *part = to != 0;
}

static const char *change_words(const struct dataset_change *c, struct arena *a)
{
    const struct {
        const char *name;
        int64_t value;
        const char *off, *on;
    } PARTS[] = {
        {"order", c->col_row, "row-col", "col-row"}, {"open", c->open, "off", "on"},
        {"audit", c->audit, "off", "on"},            {"analyze", c->analyze, "off", "on"},
        {"add_prefix", c->add_prefix, "off", "on"},  {"default", c->prefer ? 1 : NONE, "", "on"},
        {"prefix", c->prefix ? 1 : NONE, "", c->prefix},
    };
    const char *words = "";
    for (size_t i = 0; i < COUNT_OF(PARTS); i++)
        if (PARTS[i].value != NONE)
            words = arena_printf(a, "%s%s%s %.200s", words, *words ? ", " : "", PARTS[i].name,
                                 PARTS[i].value ? PARTS[i].on : PARTS[i].off);
    return words;
}

int dataset_set(struct turn *t, const struct who *who, struct dataset *d, const struct dataset_change *c, struct err *e)
{
    if (c->prefer && !who_is_admin(who))
        return err_refuse(e, ERR_FORBIDDEN, "only an admin may say which dataset is meant where none is named");
    change(&d->row.col_row, c->col_row);
    change(&d->row.open, c->open);
    change(&d->row.audit, c->audit);
    change(&d->row.analyze, c->analyze);
    change(&d->row.add_prefix, c->add_prefix);
    if (c->prefix)
        d->row.prefix = c->prefix;
    int r = store_dataset_set(t->store, &d->row, e);
    if (r == 0 && c->prefer)
        r = store_dataset_prefer(t->store, d->queue.id, e);
    d->row.preferred = d->row.preferred || c->prefer;
    return r ? r : journal_note(t, who, "set dataset", &d->queue, NONE, change_words(c, t->arena), e);
}

int dataset_list(struct turn *t, const struct who *who, int64_t after, int max, struct arena *a, struct dataset **out,
                 int *out_count, int64_t *out_next, struct err *e)
{
    struct looking l;
    int count = 0, r = store_dataset_queues(t->store, &l.queues, &l.count, &l.preferred, e);
    *out = arena_array(a, (size_t)max + 1, sizeof **out);
    *out_next = NONE;
    for (int i = 0; r == 0 && i < l.count; i++) {
        if (l.queues[i].id <= after || !who_may_queue(who, &l.queues[i]))
            continue;
        if (count == max) {
            *out_next = (*out)[count - 1].queue.id;
            break;
        }
        copy_queue(&l.queues[i], a, &(*out)[count].queue);
        r = store_dataset_get(t->store, l.queues[i].id, a, &(*out)[count++].row, e);
    }
    *out_count = count;
    return r;
}

/* Figures --------------------------------------------------------------------------------------------------------- */
int dataset_look(struct turn *t, const struct dataset *d, struct dataset_figures *out, struct err *e)
{
    static const int64_t SECONDS[] = {60, 15 * 60, 3600, 86400};
    int64_t counts[TASK_STATES];
    int r = store_counts(t->store, d->queue.id, counts, e);
    if (r)
        return r;
    *out = (struct dataset_figures){
        .unfinished = counts[TASK_WAITING] + counts[TASK_PENDING] + counts[TASK_RUNNING],
        .result = counts[TASK_SUCCEEDED],
        .error = counts[TASK_FAILED] + counts[TASK_KILLED] + d->row.flawed,
        .result_us = d->row.results ? d->row.result_us / d->row.results : NONE,
        .error_us = d->row.errors ? d->row.error_us / d->row.errors : NONE,
    };
    for (int state = 0; state < TASK_STATES; state++)
        out->total += counts[state];
    for (size_t i = 0; i < COUNT_OF(SECONDS); i++)
        out->clients[i] = clients_since(t->engine->clients, d->queue.id, t->now_us - SECONDS[i] * CLOCK_SECOND);
    return 0;
}

int dataset_table(struct turn *t, const struct dataset *d, const char *name, int64_t *out_task, struct err *e)
{
    int r = store_task_by_key(t->store, d->queue.id, name, out_task, e);
    if (r != STORE_EMPTY)
        return r;
    struct buf shown = {0};
    text_cut(&shown, name, 100);
    r = err_refuse(e, ERR_TABLE_NOT_FOUND, "there is no table '%s' in '%.60s'", buf_text(&shown), d->queue.name);
    buf_done(&shown);
    return r;
}

/* 0: the task is a table; STORE_EMPTY: of a plain queue. */
static int read_table(struct turn *t, const struct task_row *task, struct dataset_row *d, struct coverage_row *c, struct err *e)
{
    int r = store_dataset_get(t->store, task->queue, t->arena, d, e);
    return r ? r : store_coverage_get(t->store, task->queue, task->id, c, e);
}

int dataset_reopened(struct turn *t, const struct task_row *task, struct err *e)
{
    struct dataset_row d;
    struct coverage_row c;
    int r = read_table(t, task, &d, &c, e);
    if (r || !c.flawed)
        return r < 0 ? r : 0;
    c.flawed = false;
    d.flawed--;
    r = store_coverage_set(t->store, task->queue, &c, e);
    return r ? r : store_dataset_set(t->store, &d, e);
}

int dataset_removed(struct turn *t, const struct task_row *task, struct err *e)
{
    struct dataset_row d;
    struct coverage_row c;
    int r = read_table(t, task, &d, &c, e);
    if (r)
        return r < 0 ? r : 0;
    for (int kind = 1; kind < TARGET_KINDS; kind++) {
        d.sums.total[kind] -= c.sums.total[kind];
        d.sums.mapped[kind] -= c.sums.mapped[kind];
    }
    d.flawed -= c.flawed;
    r = store_dataset_set(t->store, &d, e);
    return r ? r : store_table_remove(t->store, task->queue, task->id, e);
}
