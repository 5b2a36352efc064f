/* See feed.h. Four sources, each in the order of revisions (tasks, queues, jobs, tombstones), are merged up to the revision that
 * all of them have been read to. A page may be empty and still move on: what others own is passed over. */
#include "core/feed.h"

#include <stdlib.h>
#include <string.h>

int feed_check(struct turn *t, int64_t since, int64_t began, struct err *e)
{
    if (since > store_rev(t->store))
        return err_refuse(e, ERR_BAD_FIELD, "revision %lld is in the future: the newest is %lld", (long long)since,
                          (long long)store_rev(t->store));
    int64_t knows = began != NONE && began > since ? began : since;
    if (since > 0 && knows < store_forgotten(t->store)) {
        int r = err_refuse(e, ERR_CHANGES_GONE, "removals after revision %lld were forgotten, up to %lld",
                           (long long)since, (long long)store_forgotten(t->store));
        err_hint(e, "empty what you have and read again from 0");
        return r;
    }
    return 0;
}

/* What has been read of the sources. */
struct sources {
    struct task_full *tasks;
    struct queue_row *queues;
    struct tombstone_row *stones;
    struct job_row *jobs;
    int task_count, queue_count, stone_count, job_count;
    int64_t end;    /* all are read up to here */
};

/* A source has been read up to last_rev only. */
static void cut(struct sources *s, bool all, int64_t last_rev)
{
    if (!all && last_rev < s->end)
        s->end = last_rev;
}

static int read_work(struct turn *t, int64_t since, int max, struct arena *a, struct sources *s, struct err *e)
{
    int64_t end;
    int r = store_task_changed(t->store, since, max, a, &s->tasks, &s->task_count, &end, e);
    if (r == 0)
        r = store_queue_changed(t->store, since, max, a, &s->queues, &s->queue_count, e);
    if (r)
        return r;
    cut(s, end == NONE, end);
    cut(s, s->queue_count < max, s->queue_count ? s->queues[s->queue_count - 1].rev : 0);
    return 0;
}

/* What is not asked for is not read: jobs are few, and tasks many. */
static int read_sources(struct turn *t, const struct feed_ask *ask, struct arena *a, struct sources *s, struct err *e)
{
    int64_t since = ask->since;
    int max = ask->max;
    s->end = store_rev(t->store);
    int r = ask->jobs_only ? 0 : read_work(t, since, max, a, s, e);
    if (r == 0)
        r = store_tombstone_changed(t->store, since, max, a, &s->stones, &s->stone_count, e);
    if (r == 0)
        r = store_job_changed(t->store, since, max, a, &s->jobs, &s->job_count, e);
    if (r)
        return r;
    cut(s, s->stone_count < max, s->stone_count ? s->stones[s->stone_count - 1].rev : 0);
    cut(s, s->job_count < max, s->job_count ? s->jobs[s->job_count - 1].rev : 0);
    return 0;
}

/* The queue of a task, read once per page. */
static int queue_of(struct turn *t, int64_t id, struct arena *a, struct queue_row **known, int *count,
                    struct queue_row **out, struct err *e)
{
    for (int i = 0; i < *count; i++)
        if (known[i]->id == id) {
            *out = known[i];
            return 0;
        }
    struct queue_row *q = known[*count] = arena_alloc(a, sizeof *q);
    int r = store_queue_by_id(t->store, id, a, q, e);
    if (r)
        return r < 0 ? r : err_fail(e, ERR_INTERNAL, "queue %lld is missing", (long long)id);
    ++*count;
    *out = q;
    return 0;
}

static bool may_see(const struct who *who, const struct feed_ask *ask, const struct queue_row *q)
{
    if (q->deleted != NONE || (ask->queue && ask->queue->id != q->id))
        return false;
    return strcmp(q->owner, who->user) == 0 || (ask->queue && who_may_queue(who, q));
}

static int add_tasks(struct turn *t, const struct who *who, const struct feed_ask *ask, struct arena *a,
                     struct sources *s, struct feed_page *out, struct err *e)
{
    struct queue_row **known = arena_array(a, (size_t)s->task_count + 1, sizeof *known);
    int known_count = 0, r = 0;
    for (int i = 0; r == 0 && i < s->task_count && s->tasks[i].task.rev <= s->end; i++) {
        struct queue_row *q = NULL;
        r = queue_of(t, s->tasks[i].task.queue, a, known, &known_count, &q, e);
        if (r == 0 && may_see(who, ask, q))
            out->changes[out->count++] =
                (struct feed_change){.rev = s->tasks[i].task.rev, .task = &s->tasks[i], .queue = q};
    }
    return r;
}

static void add_queues(const struct who *who, const struct feed_ask *ask, struct sources *s, struct feed_page *out)
{
    for (int i = 0; i < s->queue_count && s->queues[i].rev <= s->end; i++)
        if (may_see(who, ask, &s->queues[i]))
            out->changes[out->count++] = (struct feed_change){.rev = s->queues[i].rev, .queue = &s->queues[i]};
}

/* A reader of one queue, which it knows by its name, hears also that an earlier one of that name went with its tasks. */
static bool is_about(const struct feed_ask *ask, const struct tombstone_row *stone)
{
    if (ask->jobs_only && stone->queue != 0)
        return false;
    if (!ask->queue || stone->queue == ask->queue->id)
        return true;
    if (stone->queue == 0)
        return false;
    return stone->task == NONE && strcmp(stone->name, ask->queue->name) == 0;
}

static void add_stones(int64_t account, const struct feed_ask *ask, struct sources *s, struct feed_page *out)
{
    for (int i = 0; i < s->stone_count && s->stones[i].rev <= s->end; i++)
        if (s->stones[i].owner == account && is_about(ask, &s->stones[i]))
            out->changes[out->count++] = (struct feed_change){.rev = s->stones[i].rev, .gone = &s->stones[i]};
}

/* One's own, and those at one's sites; of one queue those that work it. */
static void add_jobs(const struct who *who, const struct feed_ask *ask, struct sources *s, struct feed_page *out)
{
    for (int i = 0; i < s->job_count && s->jobs[i].rev <= s->end; i++) {
        const struct job_row *j = &s->jobs[i];
        bool own = strcmp(j->owner, who->user) == 0 || strcmp(j->site_owner, who->user) == 0;
        if (ask->queue ? j->queue == ask->queue->id : own)
            out->changes[out->count++] = (struct feed_change){.rev = j->rev, .job = j};
    }
}

static int by_rev(const void *a, const void *b)
{
    const struct feed_change *x = a, *y = b;
    return x->rev < y->rev ? -1 : x->rev > y->rev;
}

/* Keeps the first max; the page then ends with the last of them. */
static void finish(const struct feed_ask *ask, struct sources *s, int64_t newest, struct feed_page *out)
{
    if (out->count > 1)
        qsort(out->changes, (size_t)out->count, sizeof *out->changes, by_rev);
    if (out->count > ask->max) {
        out->count = ask->max;
        s->end = out->changes[out->count - 1].rev;
    }
    out->since = s->end;
    out->more = s->end < newest;
    out->began = ask->since == 0 ? newest : ask->began;
    if (out->began != NONE && out->since >= out->began)
        out->began = NONE;
}

int feed_read(struct turn *t, const struct who *who, const struct feed_ask *ask, struct arena *a, struct feed_page *out,
              struct err *e)
{
    struct sources s = {0};
    int64_t account = ask->queue ? ask->queue->account : 0;
    *out = (struct feed_page){0};
    int r = feed_check(t, ask->since, ask->began, e);
    if (r == 0)
        r = ask->queue ? 0 : store_account_find(t->store, who->user, &account, e);
    if (r == 0)
        r = read_sources(t, ask, a, &s, e);
    if (r)
        return r;
    out->changes = arena_array(a, (size_t)(s.task_count + s.queue_count + s.stone_count + s.job_count) + 1, sizeof *out->changes);
    add_queues(who, ask, &s, out);
    add_stones(account, ask, &s, out);
    add_jobs(who, ask, &s, out);
    r = add_tasks(t, who, ask, a, &s, out, e);
    if (r == 0)
        finish(ask, &s, store_rev(t->store), out);
    return r;
}
