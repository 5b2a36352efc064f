/* Looking at tasks: lists, one task, what it printed and returned. Lists never read outputs; results do, by the page. */
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "core/look.h"
#include "core/task.h"
#include "core/why.h"
#include "web/render.h"
#include "web/request.h"

/* A page of a list: which tasks, from where, how many; and those there are. */
struct page {
    struct queue_row queue;
    struct task_filter filter;
    int64_t limit;
    struct task_full *tasks;
    int count;
    int64_t next; /* NONE: there are no more */
};

enum { Q_STATE, Q_EXITCODE, Q_WORKER, Q_TEXT, Q_CURSOR, Q_LIMIT, Q_COUNT };
const struct request_names api_task_page_query =
    REQUEST_NAMES("state", "exitcode", "worker", "text", "cursor", "limit");
const struct request_names api_task_attempt_query = REQUEST_NAMES("attempt");

static int check_text(const char *name, const char *text, size_t max, struct err *e)
{
    if (text && strlen(text) > max)
        return err_refuse(e, ERR_BAD_FIELD, "%s has more than %zu bytes", name, max);
    return 0;
}

static int read_filter(const char *const *values, struct page *p, struct err *e)
{
    struct task_filter *f = &p->filter;
    *f = (struct task_filter){.queue = p->queue.id, .state = NONE, .upto = NONE, .before = NONE, .worker = values[Q_WORKER],
                              .text = values[Q_TEXT]};
    if (values[Q_STATE] && (f->state = task_state_from(values[Q_STATE])) < 0)
        return err_refuse(e, ERR_BAD_FIELD,
                          "state must be waiting, pending, running, succeeded, failed or killed");
    int bad = check_text("worker", f->worker, LIMIT_NAME, e);
    if (!bad)
        bad = check_text("text", f->text, LIMIT_TEXT_FILTER, e);
    if (!bad)
        bad = request_number("exitcode", values[Q_EXITCODE], INT32_MIN, INT32_MAX, &f->exitcode, e);
    if (!bad)
        bad = request_number("cursor", values[Q_CURSOR] ? values[Q_CURSOR] : "0", 0, INT64_MAX, &f->after, e);
    if (!bad)
        bad = request_number("limit", values[Q_LIMIT] ? values[Q_LIMIT] : "100", 1, LIMIT_PAGE, &p->limit, e);
    return bad;
}

static int read_page(struct request *r, struct turn *t, struct page *p, struct err *e)
{
    const char *values[Q_COUNT] = {0};
    struct queue_ref ref = request_queue(r);
    int bad = request_query(r, &api_task_page_query, values, e);
    if (!bad)
        bad = queue_find(t, &r->who, &ref, &r->arena, &p->queue, e);
    if (!bad)
        bad = read_filter(values, p, e);
    return bad ? bad : look_list(t, &p->filter, (int)p->limit, &r->arena, &p->tasks, &p->count, &p->next, e);
}

int api_task_list(struct request *r, struct turn *t, struct err *e)
{
    struct page p;
    int bad = read_page(r, t, &p, e);
    if (bad)
        return bad;
    json_t *array = json_array();
    for (int i = 0; i < p.count; i++)
        json_array_append_new(array, render_task(&p.tasks[i], &p.queue));
    return request_answer(r, 200, json_pack("{s:o, s:o}", "tasks", array, "next", render_number(p.next)));
}

static int result_of(struct request *r, struct turn *t, const struct task_full *task, json_t **out, struct err *e)
{
    struct look_output o;
    int bad = look_handed_in(t, task->task.lease, &r->arena, &o, e);
    if (bad)
        return bad;
    json_t *object = json_pack("{s:I, s:s, s:o, s:o}", "id", (json_int_t)task->task.id, "state",
                               task_state_word(task->task.state), "exitcode", render_number(task->task.exitcode),
                               "message", render_text(task->message));
    render_output(object, &o);
    json_object_set_new(object, "result", render_parsed(o.result, o.result_n));
    if (o.result_raw)
        json_object_set_new(object, "result_size", json_integer(o.result_size));
    *out = object;
    return 0;
}

/* The results of tasks that have ended, until the page holds enough. p->next moves to where it stopped. */
static int fill_results(struct request *r, struct turn *t, struct page *p, json_t *array, struct err *e)
{
    size_t bytes = 0;
    for (int i = 0; i < p->count; i++) {
        json_t *object;
        if (p->tasks[i].task.state < TASK_SUCCEEDED)
            continue;
        int bad = result_of(r, t, &p->tasks[i], &object, e);
        if (bad)
            return bad;
        json_array_append_new(array, object);
        bytes += json_dumpb(object, NULL, 0, JSON_COMPACT);
        if (bytes > LIMIT_PAGE_BYTES && i + 1 < p->count) {
            p->next = p->tasks[i].task.id;
            return 0;
        }
    }
    return 0;
}

int api_task_results(struct request *r, struct turn *t, struct err *e)
{
    struct page p;
    int bad = read_page(r, t, &p, e);
    if (bad)
        return bad;
    json_t *array = json_array();
    bad = fill_results(r, t, &p, array, e);
    if (!bad)
        return request_answer(r, 200, json_pack("{s:o, s:o}", "results", array, "next", render_number(p.next)));
    json_decref(array);
    return bad;
}

/* Ends the answer with why the task is not running. */
static int add_why(struct request *r, struct turn *t, const struct look_task *task, json_t *object, struct err *e)
{
    const char *reasons[WHY_MAX];
    int count;
    int bad = why_not_running(t, task, &r->arena, reasons, &count, e);
    json_t *array = json_array();
    for (int i = 0; !bad && i < count; i++)
        json_array_append_new(array, json_string(reasons[i]));
    json_object_set_new(object, "why", array);
    if (!bad)
        return request_answer(r, 200, object);
    json_decref(object);
    return bad;
}

int api_task_get(struct request *r, struct turn *t, struct err *e)
{
    struct look_task task;
    struct body result;
    int64_t id;
    int bad = request_number("id", r->values.id, 1, INT64_MAX, &id, e);
    if (!bad)
        bad = look_task(t, &r->who, id, true, &r->arena, &task, e);
    if (!bad)
        bad = look_result(t, &task, &result, e);
    if (bad)
        return bad;
    json_t *object = render_task(&task.full, &task.queue);
    json_object_set_new(object, "after", render_needs(task.needs, task.need_count));
    json_object_set_new(object, "attempts", render_attempts(task.attempts, task.attempt_count));
    if (result.raw)
        json_object_set_new(object, "result_size", json_integer(result.size));
    return add_why(r, t, &task, object, e);
}

static int read_output(struct request *r, struct turn *t, int64_t *id, struct look_output *out, struct err *e)
{
    const char *attempt_text = NULL;
    int64_t attempt;
    int bad = request_query(r, &api_task_attempt_query, &attempt_text, e);
    if (!bad)
        bad = request_number("id", r->values.id, 1, INT64_MAX, id, e);
    if (!bad)
        bad = request_number("attempt", attempt_text, 1, INT64_MAX, &attempt, e);
    return bad ? bad : look_output(t, &r->who, *id, attempt, &r->arena, out, e);
}

int api_task_output(struct request *r, struct turn *t, struct err *e)
{
    struct look_output o;
    int64_t id;
    int bad = read_output(r, t, &id, &o, e);
    if (bad)
        return bad;
    json_t *object = json_pack("{s:I, s:I}", "id", (json_int_t)id, "attempt", (json_int_t)o.attempt.n);
    render_output(object, &o);
    return request_answer(r, 200, object);
}
