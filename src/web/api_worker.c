/* Who works on a queue. Answered from memory (core/crew.c): counting the open leases of each worker in the store would
 * be a look at all of them. */
#include "base/cleanup.h"
#include "base/limits.h"
#include "core/crew.h"
#include "web/render.h"
#include "web/request.h"

static json_t *render_worker(const struct crew_worker *w)
{
    return json_pack("{s:s, s:o, s:I, s:o, s:I, s:I}", "worker", w->name, "seen", render_time(w->seen), "leases",
                     (json_int_t)w->leases, "oldest_started", render_time(w->oldest_started), "finished",
                     (json_int_t)w->finished, "failed", (json_int_t)w->failed);
}

static int answer(struct request *r, struct turn *t, const struct queue_row *q, const char *after, int limit)
{
    struct crew_worker *workers = arena_array(&r->arena, (size_t)limit, sizeof *workers);
    bool more;
    int count = crew_list(t->engine->crew, q->id, t->now_us, after, limit, workers, &more);
    json_t *array = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(array, render_worker(&workers[i]));
    return request_answer(r, 200, json_pack("{s:o, s:o}", "workers", array, "next",
                                            more ? json_string(workers[count - 1].name) : json_null()));
}

const struct request_names api_workers_query = REQUEST_NAMES("after", "limit");

int api_workers(struct request *r, struct turn *t, struct err *e)
{
    const char *values[2] = {NULL, NULL};
    struct queue_ref ref = request_queue(r);
    struct queue_row queue;
    int64_t limit;
    int bad = request_query(r, &api_workers_query, values, e);
    if (!bad)
        bad = request_number("limit", values[1] ? values[1] : "100", 1, LIMIT_WORKERS, &limit, e);
    if (!bad)
        bad = queue_find(t, &r->who, &ref, &r->arena, &queue, e);
    return bad ? bad : answer(r, t, &queue, values[0] ? values[0] : "", (int)limit);
}
