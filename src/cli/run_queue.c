/* Lines are added in bodies well under the server's limit; adding again is harmless, for each line has its key. Tasks
 * are only walked one by one where the counts of the queue cannot tell (FILE has lost lines, or an order is kept). */
#include "cli/run_queue.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/limits.h"
#include "cli/ask.h"
#include "cli/connect.h"
#include "cli/new_task.h"
#include "cli/out.h"

enum { TASKS_A_BODY = 1000, BYTES_A_BODY = 512 * 1024, KEY_BYTES = 64 };

#define QUEUE_PATH "/api/v1/queues/" CONNECT_RUN_QUEUE

static const char *const STATES[] = {"waiting", "pending", "running", "succeeded", "failed", "killed"};
enum { STATES_UNFINISHED = 3, STATE_SUCCEEDED = 3, STATE_KILLED = 5 };

static int make(struct run_queue *q, struct err *e)
{
    CLEANUP(json_drop) json_t *found = NULL;
    int r = client_call(q->client, "GET", QUEUE_PATH, NULL, &found, e);
    if (r != ERR_QUEUE_NOT_FOUND)
        return r;
    CLEANUP(json_drop) json_t *policy = json_pack("{s:i}", "max_attempts", 1);
    return client_call(q->client, "PUT", QUEUE_PATH, policy, NULL, e);
}

static int release_left_leases(struct run_queue *q, struct err *e)
{
    CLEANUP(json_drop) json_t *open = NULL;
    int r = client_call(q->client, "GET", QUEUE_PATH "/leases?worker=" RUN_QUEUE_WORKER, NULL, &open, e);
    size_t i;
    json_t *lease;
    if (r || !json_array_size(json_object_get(open, "leases")))
        return r;
    CLEANUP(json_drop) json_t *body = json_pack("{s:s,s:[]}", "worker", RUN_QUEUE_WORKER, "leases");
    json_array_foreach(json_object_get(open, "leases"), i, lease)
        json_array_append(json_object_get(body, "leases"), json_object_get(lease, "lease"));
    return client_call(q->client, "POST", QUEUE_PATH "/release", body, NULL, e);
}

/* Adds `count` lines from `first` on, and notes their tasks. */
static int add(struct run_queue *q, const json_t *base, size_t first, size_t count, struct err *e)
{
    CLEANUP(arena_done) struct arena arena = {0};
    CLEANUP(json_drop) json_t *body = json_pack("{s:[]}", "tasks"), *answer = NULL;
    for (size_t i = first; i < first + count; i++) {
        json_t *task = new_task_with(base, q->lines->lines[i].text, q->lines->lines[i].bytes);
        json_object_set_new(task, "key", json_string(run_lines_key(&arena, &q->lines->lines[i])));
        json_array_append_new(json_object_get(body, "tasks"), task);
    }
    int r = client_call(q->client, "POST", QUEUE_PATH "/tasks", body, &answer, e);
    for (size_t i = 0; !r && i < count; i++)
        q->lines->lines[first + i].task = json_integer_value(json_array_get(json_object_get(answer, "ids"), i));
    return r;
}

static int add_all(struct run_queue *q, const json_t *base, struct err *e)
{
    size_t shared = json_dumpb(base, NULL, 0, JSON_COMPACT) + KEY_BYTES, first = 0, bytes = 0;
    for (size_t i = 0; i < q->lines->count; i++) {
        size_t wanted = shared + new_task_json_bytes(q->lines->lines[i].text, q->lines->lines[i].bytes);
        if (i > first && (bytes + wanted > BYTES_A_BODY || i - first == TASKS_A_BODY)) {
            int r = add(q, base, first, i - first, e);
            if (r)
                return r;
            first = i;
            bytes = 0;
        }
        bytes += wanted;
    }
    return first < q->lines->count ? add(q, base, first, q->lines->count - first, e) : 0;
}

int run_queue_fill(struct run_queue *q, const json_t *base, struct err *e)
{
    int r = make(q, e);
    if (!r)
        r = release_left_leases(q, e);
    if (!r)
        r = add_all(q, base, e);
    if (!r)
        run_lines_index(q->lines);
    return r;
}

struct walk {
    struct run_queue *queue;
    size_t state;             /* of the tasks now walked */
    struct run_census census;
    json_t *ids;              /* gathered; NULL: none wanted */
    bool strays;              /* gather tasks that are not in FILE, else those that are */
};

static int on_task(void *arg, const json_t *task, struct err *e)
{
    struct walk *w = arg;
    struct run_line *line = run_lines_find(w->queue->lines, out_int(task, "id"));
    if (w->ids && w->strays == !line)
        json_array_append(w->ids, json_object_get(task, "id"));
    if (!line)
        w->census.strays++;
    else if (w->state < STATES_UNFINISHED)
        w->census.unfinished++;
    else if (w->state == STATE_SUCCEEDED)
        w->census.succeeded++;
    else
        w->census.failed++;
    if (line)
        line->finished = w->state >= STATES_UNFINISHED;
    return 0;
}

/* Walks the tasks in states from `from` to `to`. */
static int walk(struct walk *w, size_t from, size_t to, struct err *e)
{
    CLEANUP(arena_done) struct arena arena = {0};
    for (w->state = from; w->state <= to; w->state++) {
        const char *path = arena_printf(&arena, QUEUE_PATH "/tasks?limit=%d&state=%s", LIMIT_PAGE, STATES[w->state]);
        int r = ask_pages(w->queue->client, path, "tasks", on_task, w, e);
        if (r)
            return r;
    }
    return 0;
}

int run_queue_census(struct run_queue *q, bool mark, struct run_census *out, struct err *e)
{
    CLEANUP(json_drop) json_t *queue = NULL;
    int r = ask_queue(q->client, CONNECT_RUN_QUEUE, &queue, e);
    if (r)
        return r;
    struct run_census counts = {.unfinished = ask_unfinished(queue), .succeeded = ask_count(queue, "succeeded"),
                                .failed = ask_count(queue, "failed") + ask_count(queue, "killed")};
    int64_t finished = counts.succeeded + counts.failed;
    bool tells = counts.unfinished + finished == (int64_t)q->lines->count && !(mark && finished);
    struct walk w = {.queue = q};
    if (!tells)
        r = walk(&w, 0, COUNT_OF(STATES) - 1, e);
    *out = tells ? counts : w.census;
    return r;
}

/* POSTs ids in lots that the server takes. */
static int change_ids(struct run_queue *q, const char *what, json_t *ids, struct err *e)
{
    while (json_array_size(ids)) {
        CLEANUP(json_drop) json_t *body = json_pack("{s:[]}", "ids");
        struct ask_changed unused;
        for (size_t i = json_array_size(ids); i > 0 && json_array_size(json_object_get(body, "ids")) < LIMIT_IDS; i--) {
            json_array_append(json_object_get(body, "ids"), json_array_get(ids, i - 1));
            json_array_remove(ids, i - 1);
        }
        int r = ask_change(q->loop, q->client, CONNECT_RUN_QUEUE, what, body, &unused, e);
        if (r)
            return r;
    }
    return 0;
}

int run_queue_cancel_strays(struct run_queue *q, int64_t *out_count, struct err *e)
{
    CLEANUP(json_drop) json_t *ids = json_array();
    struct walk w = {.queue = q, .ids = ids, .strays = true};
    int r = walk(&w, 0, STATES_UNFINISHED - 1, e);
    *out_count = (int64_t)json_array_size(ids);
    return r ? r : change_ids(q, "cancel", ids, e);
}

int run_queue_retry(struct run_queue *q, struct err *e)
{
    CLEANUP(json_drop) json_t *body = json_pack("{s:b}", "killed", 1), *ids = json_array();
    struct walk w = {.queue = q, .ids = ids};
    struct ask_changed unused;
    int r = ask_change(q->loop, q->client, CONNECT_RUN_QUEUE, "retry", body, &unused, e);
    if (!r) /* what is still killed was cancelled: it goes by its id */
        r = walk(&w, STATE_KILLED, STATE_KILLED, e);
    return r ? r : change_ids(q, "retry", ids, e);
}
