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

int dataset_of(struct turn *t, const struct queue_row *q, struct arena *a, struct dataset *out, struct err *e)
{
    out->queue = *q;
    int r = store_dataset_get(t->store, q->id, a, &out->row, e);
    return r == STORE_EMPTY ? not_a_dataset(q, e) : r;
}

int dataset_find(struct turn *t, const struct who *who, const struct queue_ref *ref, struct arena *a, struct dataset *out,
                 struct err *e)
{
    struct queue_row q;
    int r = queue_find(t, who, ref, a, &q, e);
    return r ? r : dataset_of(t, &q, a, out, e);
}

/* Which one is meant ---------------------------------------------------------------------------------------------- */
/* One of several datasets as they are looked through. */
struct looking {
    struct dataset *all;
    int count;
};

enum { DATASETS_MOST = 1000 };

static int read_all(struct turn *t, struct arena *a, struct looking *out, struct err *e)
{
    int64_t *queues;
    int count = 0;
    int r = store_dataset_list(t->store, 0, DATASETS_MOST, a, &queues, &count, e);
    *out = (struct looking){arena_array(a, (size_t)count + 1, sizeof *out->all), 0};
    for (int i = 0; r == 0 && i < count; i++) {
        struct dataset *d = &out->all[out->count];
        r = store_queue_by_id(t->store, queues[i], a, &d->queue, e);
        if (r == 0)
            r = store_dataset_get(t->store, queues[i], a, &d->row, e);
        out->count += r == 0;
    }
    return r < 0 ? r : 0;
}

static int refuse_several(const struct who *who, const struct looking *l, struct err *e)
{
    CLEANUP(buf_done) struct buf names = {0};
    for (int i = 0; i < l->count; i++) {
        const struct queue_row *q = &l->all[i].queue;
        if (who && who->user && who_may_queue(who, q) && names.len < 400)
            buf_printf(&names, "%s%s/%.60s", names.len ? ", " : "", q->owner, q->name);
    }
    int r = err_refuse(e, ERR_SEVERAL_DATASETS, "there are several datasets, and none is the default%s%s", names.len ? ": " : "",
                       names.len ? buf_text(&names) : "");
    err_hint(e, "ask below /tables/NAME/, or set one: docket tables default NAME");
    return r;
}

static int pick_unnamed(const struct who *who, const struct looking *l, struct dataset *out, struct err *e)
{
    if (!l->count)
        return err_refuse(e, ERR_NO_DATASET, "there is no dataset on this server");
    for (int i = 0; i < l->count; i++)
        if (l->count == 1 || l->all[i].row.preferred) {
            *out = l->all[i];
            return 0;
        }
    return refuse_several(who, l, e);
}

/* Of those with that name: the owner's that is named, the asker's, the server owner's, or the only one. */
static const struct dataset *pick_named(const struct looking *l, const struct dataset_ask *ask, bool *out_sure)
{
    const char *const OWNERS[] = {ask->owner, ask->owner ? NULL : ask->asker, ask->owner ? NULL : ask->server_owner};
    const struct dataset *only = NULL, *found = NULL;
    int count = 0;
    for (int i = 0; i < l->count; i++)
        if (strcmp(l->all[i].queue.name, ask->name) == 0)
            only = &l->all[i], count++;
    for (size_t k = 0; !found && k < COUNT_OF(OWNERS); k++)
        for (int i = 0; !found && OWNERS[k] && i < l->count; i++)
            if (strcmp(l->all[i].queue.name, ask->name) == 0 && strcmp(l->all[i].queue.owner, OWNERS[k]) == 0)
                found = &l->all[i];
    *out_sure = ask->owner || count < 2;
    return found ? found : count == 1 && !ask->owner ? only : NULL;
}

static int pick(struct turn *t, const struct who *who, const struct dataset_ask *ask, struct arena *a, struct dataset *out,
                bool *out_sure, struct err *e)
{
    struct looking all;
    int r = read_all(t, a, &all, e);
    *out_sure = true;
    if (r || !ask->name)
        return r ? r : pick_unnamed(who, &all, out, e);
    const struct dataset *found = pick_named(&all, ask, out_sure);
    if (!found) {
        r = err_refuse(e, ERR_QUEUE_NOT_FOUND, "there is no dataset '%.60s'", ask->name);
        return r;
    }
    *out = *found;
    return 0;
}

int dataset_meant(struct turn *t, const struct who *who, const struct dataset_ask *ask, struct arena *a, struct dataset *out,
                  bool *out_sure, struct err *e)
{
    return pick(t, who, ask, a, out, out_sure, e);
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
    struct looking all;
    int count = 0, r = read_all(t, a, &all, e);
    *out = arena_array(a, (size_t)max + 1, sizeof **out);
    *out_next = NONE;
    for (int i = 0; r == 0 && i < all.count; i++) {
        if (all.all[i].queue.id <= after || !who_may_queue(who, &all.all[i].queue))
            continue;
        if (count == max) {
            *out_next = (*out)[count - 1].queue.id;
            break;
        }
        (*out)[count++] = all.all[i];
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
