/* Adding tasks by request: all of a JSON body, or none; or a stream of lines as far as it is good. */
#include "base/cleanup.h"
#include "base/limits.h"
#include "core/submit.h"
#include "web/lines.h"
#include "web/read_task.h"
#include "web/render.h"
#include "web/request.h"

static const struct json_field BULK[] = {
    {"tasks", JSON_KIND_ARRAY, 0, 1, LIMIT_TASKS_PER_ADD, JSON_REQUIRED, &read_task_shape}};
const struct json_shape api_task_add_body = {"TasksToAdd", JSON_KIND_OBJECT, BULK, COUNT_OF(BULK), &read_task_shape};

/* The tasks of a body: {"tasks": […]} or one object. */
static int read_tasks(struct request *r, struct submit_task **out_tasks, int *out_count, struct err *e)
{
    const json_t *body, *array;
    int bad = request_json(r, &body, e);
    if (bad)
        return bad;
    if (!json_object_get(body, "tasks")) {
        *out_count = 1;
        *out_tasks = arena_alloc(&r->arena, sizeof **out_tasks);
        return read_task(body, (struct json_place){0}, &r->arena, *out_tasks, e);
    }
    bad = json_read(body, BULK, COUNT_OF(BULK), (struct json_place){0}, &array, e);
    if (bad)
        return bad;
    *out_count = (int)json_array_size(array);
    *out_tasks = arena_array(&r->arena, (size_t)*out_count, sizeof **out_tasks);
    for (int i = 0; !bad && i < *out_count; i++)
        bad = read_task(json_array_get(array, (size_t)i), (struct json_place){"tasks", (size_t)i}, &r->arena,
                        &(*out_tasks)[i], e);
    return bad;
}

static json_t *render_ids(const int64_t *ids, int count)
{
    json_t *array = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(array, json_integer(ids[i]));
    return array;
}

static int add_lines(struct request *r, struct turn *t, struct err *e)
{
    struct queue_ref ref = request_queue(r);
    struct queue_row queue;
    const struct upload *u = &r->stream.now.upload;
    bool ended = false;
    if (!r->stream.was.begun)
        r->stream.now.line = 1;
    int bad = queue_ensure(t, &r->who, &ref, t->arena, &queue, NULL, e);
    if (!bad)
        bad = lines_take(r, t, &queue, NULL, &ended, e);
    if (bad || !ended || r->status)
        return bad;
    return request_answer(r, 201, json_pack("{s:I, s:I, s:o, s:o, s:I, s:o}", "added", (json_int_t)u->added,
                                            "existed", (json_int_t)u->existed, "first", render_number(u->first),
                                            "last", render_number(u->last), "lines", (json_int_t)u->lines, "error",
                                            lines_error(u)));
}

int api_task_add(struct request *r, struct turn *t, struct err *e)
{
    if (r->stream.on)
        return add_lines(r, t, e);
    struct queue_ref ref = request_queue(r);
    struct queue_row queue;
    struct submit_task *tasks;
    int count, existed, bad_task;
    int bad = read_tasks(r, &tasks, &count, e);
    if (!bad)
        bad = queue_ensure(t, &r->who, &ref, &r->arena, &queue, NULL, e);
    if (bad)
        return bad;
    int64_t *ids = arena_array(&r->arena, (size_t)count, sizeof *ids);
    bad = submit_tasks(t, &queue, tasks, count, SUBMIT_ANY_ORDER, &r->arena, ids, &existed, &bad_task, e);
    if (bad == ERR_DEPENDENCY_NOT_FOUND && count > 1)
        err_widen(e, ERR_DEPENDENCY_NOT_FOUND, "tasks[%d].after: ", bad_task);
    return bad ? bad : request_answer(r, 201, json_pack("{s:o}", "ids", render_ids(ids, count)));
}
