/* Adding tasks: one by a command or a value, or many. All or none, as everywhere. */
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "core/submit.h"
#include "web/qdo.h"

struct sent_add {
    const char *command;
    const json_t *task, *commands, *requires;
    int64_t priority;
};

/* For each of the tasks. */
#define COMMON                                                                                              \
    JSON_FIELD(struct sent_add, priority, JSON_KIND_INT, -LIMIT_PRIORITY, LIMIT_PRIORITY, JSON_NULLABLE),   \
    JSON_FIELD_OF(struct sent_add, requires, JSON_KIND_ARRAY, 0, LIMIT_AFTER, JSON_NULLABLE, &JSON_ID)
#define ONE                                                                                                 \
    JSON_FIELD(struct sent_add, command, JSON_KIND_TEXT, 1, LIMIT_COMMAND, JSON_NULLABLE),                  \
    JSON_FIELD(struct sent_add, task, JSON_KIND_ANY, 0, 0, 0)
#define MANY JSON_FIELD(struct sent_add, commands, JSON_KIND_ARRAY, 1, LIMIT_TASKS_PER_ADD, JSON_NULLABLE)

static const struct json_field ADD_ONE_FIELDS[] = {ONE, COMMON};
static const struct json_field ADD_MANY_FIELDS[] = {MANY, COMMON};
static const struct json_field ADD_FIELDS[] = {ONE, MANY, COMMON};
static const struct json_shape ADD_ONE = JSON_SHAPE("QdoTask", ADD_ONE_FIELDS);
static const struct json_shape ADD_MANY = JSON_SHAPE("QdoTasks", ADD_MANY_FIELDS);
static const struct json_shape ADD = JSON_SHAPE("QdoTaskOrTasks", ADD_FIELDS);

/* A string is a command, any other value a payload. */
static int read_value(struct request *r, const json_t *value, const char *name, struct submit_task *out, struct err *e)
{
    CLEANUP(buf_done) struct buf text = {0};
    size_t n = json_string_length(value);
    if (json_is_string(value)) {
        out->spec.command = json_string_value(value);
        bool good = n && n <= LIMIT_COMMAND && strlen(out->spec.command) == n;
        return good ? 0 : err_refuse(e, ERR_BAD_FIELD, "%s must have 1 to %d bytes and no NUL", name, LIMIT_COMMAND);
    }
    if (json_is_null(value))
        return err_refuse(e, ERR_BAD_FIELD, "%s must be a command or a value, not null", name);
    json_write(value, &text);
    out->spec.payload = arena_copy(&r->arena, text.data, text.len);
    return 0;
}

static int read_needs(struct request *r, const struct sent_add *s, struct submit_task *common, struct err *e)
{
    int64_t *ids;
    int bad = request_ids(r, s->requires, "requires", ERR_BAD_ID, &ids, &common->need_count, e);
    struct submit_need *needs = arena_array(&r->arena, (size_t)common->need_count + 1, sizeof *needs);
    for (int i = 0; !bad && i < common->need_count; i++)
        needs[i] = (struct submit_need){.id = ids[i]};
    common->needs = needs;
    return bad;
}

static int read_tasks(struct request *r, const struct sent_add *s, struct submit_task **out, int *out_count, struct err *e)
{
    struct submit_task common = {.spec = {.time_limit_us = NONE}, .priority = s->priority, .not_before = NONE};
    bool one = s->command || s->task;
    if ((s->command != NULL) + (s->task != NULL) + (s->commands != NULL) != 1)
        return err_refuse(e, ERR_BAD_FIELD, "a command, a task or commands are needed, and only one of these");
    int bad = read_needs(r, s, &common, e);
    *out_count = one ? 1 : (int)json_array_size(s->commands);
    *out = arena_array(&r->arena, (size_t)*out_count, sizeof **out);
    for (int i = 0; !bad && i < *out_count; i++) {
        (*out)[i] = common;
        (*out)[i].spec.command = s->command;
        if (s->task)
            bad = read_value(r, s->task, "task", *out, e);
        else if (!one)
            bad = read_value(r, json_array_get(s->commands, (size_t)i), arena_printf(&r->arena, "commands[%d]", i),
                             &(*out)[i], e);
    }
    return bad;
}

static int answer_ids(struct request *r, const int64_t *ids, int count)
{
    struct buf *out = request_answer_text(r, 201);
    for (int i = 0; i < count; i++) {
        buf_putc(out, i ? ',' : '[');
        buf_int(out, ids[i]);
    }
    buf_puts(out, "]\n");
    return 0;
}

static int add(struct request *r, struct turn *t, const struct json_shape *shape, struct err *e)
{
    struct sent_add s = {0};
    struct submit_task *tasks;
    struct queue_row q;
    int count, existed;
    int bad = qdo_queue(r, t, &q, e);
    if (!bad)
        bad = qdo_read(r, shape, false, &s, e);
    if (!bad)
        bad = read_tasks(r, &s, &tasks, &count, e);
    if (bad)
        return bad;
    int64_t *ids = arena_array(&r->arena, (size_t)count, sizeof *ids);
    bad = submit_tasks(t, &q, tasks, count, SUBMIT_ANY_ORDER, &r->arena, ids, &existed, NULL, e);
    if (bad)
        return bad;
    return s.commands ? answer_ids(r, ids, count) : qdo_answer_task(r, t, 201, ids[0], e);
}

int qdo_add_one(struct request *r, struct turn *t, struct err *e) { return add(r, t, &ADD_ONE, e); }
int qdo_add_many(struct request *r, struct turn *t, struct err *e) { return add(r, t, &ADD_MANY, e); }
int qdo_add(struct request *r, struct turn *t, struct err *e) { return add(r, t, &ADD, e); }
