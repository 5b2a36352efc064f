/* See clean.h. Jobs are gone through by id, a page a turn; the readers of an account are read once a page. */
#include "core/clean.h"

#include <string.h>

#include "base/limits.h"

const struct consumer_row *clean_holder(const struct job_row *j, const struct consumer_row *rows, int count)
{
    const struct consumer_row *holder = NULL;
    for (int i = 0; i < count; i++)
        if (rows[i].rev < j->rev && (!holder || rows[i].rev < holder->rev))
            holder = &rows[i];
    return holder;
}

bool clean_is_overdue(const struct job_row *j, int64_t keep_us, int64_t now_us)
{
    return job_has_ended(j->state) && j->finished != NONE && j->finished <= now_us - keep_us;
}

/* The readers of one account. */
struct readers {
    const char *owner;
    struct consumer_row *rows;
    int count;
    struct readers *next;
};

struct cleaning {
    struct turn *t;
    struct arena *arena;
    struct readers *known;
    struct clean_page *page;
};

static int readers_of(struct cleaning *c, const char *owner, const struct readers **out, struct err *e)
{
    struct readers *known = c->known;
    int64_t account;
    while (known && strcmp(known->owner, owner) != 0)
        known = known->next;
    *out = known;
    if (known)
        return 0;
    struct readers *fresh = arena_alloc(c->arena, sizeof *fresh);
    *fresh = (struct readers){.owner = owner, .next = c->known};
    int r = store_account_find(c->t->store, owner, &account, e);
    if (r == 0)
        r = store_consumer_list(c->t->store, account, "", LIMIT_CONSUMERS, c->arena, &fresh->rows, &fresh->count, e);
    *out = c->known = fresh;
    return r;
}

/* out->consumer NULL: nobody holds it. */
static int find_holder(struct cleaning *c, const struct job_row *j, struct clean_held *out, struct err *e)
{
    const char *const owners[] = {j->owner, j->site_owner};
    int both = strcmp(j->owner, j->site_owner) != 0, r = 0;
    const struct consumer_row *farthest = NULL;
    *out = (struct clean_held){.job = *j};
    for (int i = 0; r == 0 && i <= both; i++) {
        const struct readers *readers;
        r = readers_of(c, owners[i], &readers, e);
        const struct consumer_row *holder = r ? NULL : clean_holder(j, readers->rows, readers->count);
        if (!holder || (farthest && farthest->rev <= holder->rev))
            continue;
        farthest = holder;
        *out = (struct clean_held){*j, owners[i], holder->name, j->rev - holder->rev, holder->seen};
    }
    return r;
}

/* Jobs that have ended, with room in the page for each of them. */
static int read_jobs(struct cleaning *c, int64_t after, int max, struct job_row **out, int *out_count, struct err *e)
{
    int r = store_job_over(c->t->store, after, max, c->arena, out, out_count, e);
    if (r)
        return r;
    *c->page = (struct clean_page){.going = arena_array(c->arena, (size_t)*out_count + 1, sizeof *c->page->going),
                                   .held = arena_array(c->arena, (size_t)*out_count + 1, sizeof *c->page->held),
                                   .after = *out_count == max ? (*out)[*out_count - 1].id : NONE};
    return 0;
}

int clean_look(struct turn *t, const struct who *who, int64_t after, int max, struct arena *a, struct clean_page *out, struct err *e)
{
    struct cleaning c = {.t = t, .arena = a, .page = out};
    struct clean_held held;
    struct job_row *jobs;
    int count, r = read_jobs(&c, after, max, &jobs, &count, e);
    for (int i = 0; r == 0 && i < count; i++) {
        if (strcmp(jobs[i].owner, who->user) != 0)
            continue;
        r = find_holder(&c, &jobs[i], &held, e);
        if (held.consumer)
            out->held[out->held_count++] = held;
        else
            out->going[out->going_count++] = jobs[i];
    }
    return r;
}

int clean_go(struct turn *t, const struct who *who, const struct clean_page *page, struct err *e)
{
    struct job_row unused;
    int r = 0;
    for (int i = 0; r == 0 && i < page->going_count; i++)
        r = job_clean(t, who, page->going[i].id, t->arena, &unused, e);
    return r;
}

int clean_retention(struct turn *t, int64_t site, int64_t keep_us, int64_t after, int max, struct arena *a, struct clean_page *out,
                    struct err *e)
{
    struct cleaning c = {.t = t, .arena = a, .page = out};
    struct clean_held held;
    struct job_row *jobs;
    int count, r = read_jobs(&c, after, max, &jobs, &count, e);
    for (int i = 0; r == 0 && i < count; i++) {
        if (jobs[i].site != site || jobs[i].adopted || !clean_is_overdue(&jobs[i], keep_us, t->now_us))
            continue;
        r = find_holder(&c, &jobs[i], &held, e);
        if (r == 0)
            r = job_let_go(t, &jobs[i], e);
        out->going[out->going_count++] = jobs[i];
        if (held.consumer)
            out->held[out->held_count++] = held;
    }
    return r;
}
