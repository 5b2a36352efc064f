/* See graph.h. Keys are looked up in the store and, sorted, among the tasks of the request; circles are only possible among
 * its new tasks, since nothing that is there can wait for something new. */
#include "core/graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"

struct named {
    const char *key;
    int index;
};

struct reading {
    struct turn *t;
    const struct queue_row *q;
    const struct submit_task *tasks;
    enum submit_order order;
    struct arena *a;
    struct graph *g;
    struct named *names; /* the keys of the request, sorted; equal ones in the order of the request */
    int name_count, needs;
};

static int by_name(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int r = strcmp(x->key, y->key);
    return r ? r : x->index - y->index;
}

static void sort_names(struct reading *r)
{
    r->names = arena_array(r->a, (size_t)r->g->count + 1, sizeof *r->names);
    for (int i = 0; i < r->g->count; i++)
        if (r->tasks[i].spec.key)
            r->names[r->name_count++] = (struct named){r->tasks[i].spec.key, i};
    if (r->name_count > 1)
        qsort(r->names, (size_t)r->name_count, sizeof *r->names, by_name);
}

/* The first task of the request with that key, or -1. */
static int named(const struct reading *r, const char *key)
{
    int low = 0, high = r->name_count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (strcmp(r->names[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < r->name_count && strcmp(r->names[low].key, key) == 0 ? r->names[low].index : -1;
}

/* Is task i there already, by its key, or named twice in the request? */
static int read_node(struct reading *r, int i, struct err *e)
{
    struct graph_node *n = &r->g->nodes[i];
    const char *key = r->tasks[i].spec.key;
    *n = (struct graph_node){.id = NONE, .same = -1};
    if (!key)
        return 0;
    int64_t id;
    int found = store_task_by_key(r->t->store, r->q->id, key, &id, e);
    if (found < 0)
        return found;
    int first = named(r, key);
    if (found == 0)
        n->id = id;
    else if (first != i)
        n->same = first;
    r->g->existed += n->id != NONE || n->same >= 0;
    return 0;
}

static int refuse_key(const struct reading *r, const char *key, struct err *e)
{
    CLEANUP(buf_done) struct buf shown = {0};
    text_cut(&shown, key, 60);
    int refused = err_refuse(e, ERR_DEPENDENCY_NOT_FOUND, "there is no task with the key '%s' to wait for",
                             buf_text(&shown));
    if (r->order == SUBMIT_IN_ORDER)
        err_hint(e, "a line may wait for what stands before it");
    return refused;
}

/* A key means a task of this request if there is one, else one of the queue. */
static int read_key(struct reading *r, int i, const char *key, struct graph_need *out, struct err *e)
{
    int index = named(r, key);
    bool usable = index >= 0 && (r->order == SUBMIT_ANY_ORDER || index < i);
    if (usable && r->g->nodes[index].id == NONE) {
        *out = (struct graph_need){.id = NONE, .index = index, .state = {.across = NONE}};
        return 0;
    }
    int found = store_task_by_key(r->t->store, r->q->id, key, &out->id, e);
    if (found == STORE_EMPTY)
        return refuse_key(r, key, e);
    return found ? found : dependency_find(r->t, r->q, out->id, &out->state, e);
}

static bool is_there(const struct graph_need *needs, int count, const struct graph_need *one)
{
    for (int i = 0; i < count; i++)
        if (needs[i].index == one->index && needs[i].id == one->id)
            return true;
    return false;
}

static int read_needs(struct reading *r, int i, struct err *e)
{
    const struct submit_task *task = &r->tasks[i];
    struct graph_node *n = &r->g->nodes[i];
    if (!task->need_count || n->id != NONE || n->same >= 0)
        return 0;
    r->needs += task->need_count;
    if (r->needs > LIMIT_AFTER_PER_ADD)
        return err_refuse(e, ERR_TOO_LARGE, "one request names at most %d tasks to wait for", LIMIT_AFTER_PER_ADD);
    struct graph_need *needs = arena_array(r->a, (size_t)task->need_count, sizeof *needs);
    for (int k = 0; k < task->need_count; k++) {
        struct graph_need one = {.id = task->needs[k].id, .index = -1};
        int bad = task->needs[k].key ? read_key(r, i, task->needs[k].key, &one, e)
                                     : dependency_find(r->t, r->q, one.id, &one.state, e);
        if (bad)
            return bad;
        if (is_there(needs, n->need_count, &one))
            continue;
        n->unmet += !one.state.met;
        needs[n->need_count++] = one;
    }
    n->needs = needs;
    return 0;
}

/* "'a' → tasks[4] → 'a'": each waits for the next. way[0..depth) are tasks on the way, the last of which waits for again. */
static int refuse_cycle(const struct reading *r, const int *way, int depth, int again, struct err *e)
{
    enum { SHOWN = 12 };
    CLEANUP(buf_done) struct buf words = {0};
    int from = depth - 1;
    while (from > 0 && way[from] != again)
        from--;
    for (int i = from; i <= depth; i++) {
        int index = i == depth ? again : way[i];
        const char *key = r->tasks[index].spec.key;
        if (i - from == SHOWN && i < depth)
            buf_puts(&words, " → …");
        if (i - from >= SHOWN && i < depth)
            continue;
        buf_puts(&words, i > from ? " → '" : "'");
        text_cut(&words, key, 30);
        buf_puts(&words, "'");
    }
    return err_refuse(e, ERR_DEPENDENCY_CYCLE, "these tasks would wait for each other: %s", buf_text(&words));
}

/* All that it waits for has been looked at. */
static bool ends_badly(const struct reading *r, const struct graph_node *n)
{
    for (int i = 0; i < n->need_count; i++)
        if (n->needs[i].index < 0 ? n->needs[i].state.bad : r->g->nodes[n->needs[i].index].bad)
            return true;
    return false;
}

/* Walks from task `start` along what each waits for, depth first. way[]: the tasks on the way; at[]: how many of a task's
 * needs have been looked at; mark[]: DONE: nothing behind it leads into a circle, and what it waits for is known. */
static int walk(const struct reading *r, int start, int *way, int *at, char *mark, struct err *e)
{
    enum { NEW, ON_THE_WAY, DONE };
    int depth = 0;
    way[depth++] = start;
    mark[start] = ON_THE_WAY;
    while (depth) {
        int here = way[depth - 1];
        struct graph_node *n = &r->g->nodes[here];
        if (at[here] == n->need_count) {
            n->bad = ends_badly(r, n);
            mark[here] = DONE;
            depth--;
            continue;
        }
        int next = n->needs[at[here]++].index;
        if (next < 0 || mark[next] == DONE)
            continue;
        if (mark[next] == ON_THE_WAY)
            return refuse_cycle(r, way, depth, next, e);
        mark[next] = ON_THE_WAY;
        way[depth++] = next;
    }
    return 0;
}

static int check_circles(const struct reading *r, int *out_bad, struct err *e)
{
    size_t n = (size_t)r->g->count;
    int *way = arena_array(r->a, n + 1, sizeof *way), *at = arena_array(r->a, n + 1, sizeof *at);
    char *mark = arena_array(r->a, n + 1, sizeof *mark);
    memset(at, 0, n * sizeof *at);
    memset(mark, 0, n);
    for (int i = 0; i < r->g->count; i++) {
        int bad = mark[i] ? 0 : walk(r, i, way, at, mark, e);
        if (bad) {
            *out_bad = i;
            return bad;
        }
    }
    return 0;
}

int graph_read(struct turn *t, const struct queue_row *q, const struct submit_task *tasks, int count,
               enum submit_order order, struct arena *a, struct graph *out, int *out_bad, struct err *e)
{
    *out = (struct graph){.count = count, .nodes = arena_array(a, (size_t)count + 1, sizeof *out->nodes)};
    struct reading r = {.t = t, .q = q, .tasks = tasks, .order = order, .a = a, .g = out};
    int bad = 0;
    sort_names(&r);
    for (int i = 0; bad == 0 && i < count; i++)
        bad = read_node(&r, *out_bad = i, e);
    for (int i = 0; bad == 0 && i < count; i++)
        bad = read_needs(&r, *out_bad = i, e);
    return bad || !r.needs ? bad : check_circles(&r, out_bad, e);
}
