/* See read_task.h. */
#include "web/read_task.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"

struct sent_task {
    const char *command, *key, *cwd, *payload_upload;
    const json_t *payload, *env, *after;
    int64_t priority, time_limit, not_before;
};

/* What read_need takes. */
static const struct json_field NEED_FIELDS[] = {{"key", JSON_KIND_TEXT, 0, 1, LIMIT_KEY, JSON_REQUIRED}};
static const struct json_shape KEY_NEEDED = JSON_SHAPE("KeyNeeded", NEED_FIELDS);
static const struct json_shape NEED = {"Id", JSON_KIND_INT, NULL, 0, &KEY_NEEDED};

static const struct json_field FIELDS[] = {
    JSON_FIELD(struct sent_task, command, JSON_KIND_TEXT, 1, LIMIT_COMMAND, JSON_NULLABLE),
    JSON_FIELD(struct sent_task, payload, JSON_KIND_ANY, 0, 0, 0),
    JSON_FIELD(struct sent_task, payload_upload, JSON_KIND_TEXT, 1, LIMIT_NAME, JSON_NULLABLE),
    JSON_FIELD(struct sent_task, key, JSON_KIND_TEXT, 1, LIMIT_KEY, JSON_NULLABLE),
    JSON_FIELD(struct sent_task, priority, JSON_KIND_INT, -LIMIT_PRIORITY, LIMIT_PRIORITY, JSON_NULLABLE),
    JSON_FIELD(struct sent_task, cwd, JSON_KIND_TEXT, 1, LIMIT_CWD, JSON_NULLABLE),
    JSON_FIELD(struct sent_task, env, JSON_KIND_OBJECT, 0, 0, JSON_NULLABLE),
    JSON_FIELD(struct sent_task, time_limit, JSON_KIND_SECONDS, 0, LIMIT_TIME_LIMIT_SECONDS, JSON_NULLABLE),
    JSON_FIELD_OF(struct sent_task, after, JSON_KIND_ARRAY, 0, LIMIT_AFTER, JSON_NULLABLE, &NEED),
    JSON_FIELD(struct sent_task, not_before, JSON_KIND_TIME, 0, 0, JSON_NULLABLE),
};

const struct json_shape read_task_shape = JSON_SHAPE("TaskToAdd", FIELDS);

static int bad_field(struct json_place place, const char *field, const char *wanted, struct err *e)
{
    if (place.array)
        return err_refuse(e, ERR_BAD_FIELD, "%s[%zu]%s%s %s", place.array, place.index, *field ? "." : "", field,
                          wanted);
    return err_refuse(e, ERR_BAD_FIELD, "%s %s", *field ? field : "the task", wanted);
}

static bool is_variable_name(const char *name)
{
    return *name && !strchr(name, '=') && strncmp(name, "DOCKET_", 7) != 0;
}

/* Checks the variables and renders them as the text that is stored. */
static int read_env(const json_t *env, struct json_place place, struct arena *a, const char **out, struct err *e)
{
    const char *name;
    json_t *value;
    size_t bytes = 0, count = 0;
    json_object_foreach ((json_t *)env, name, value) {
        if (!is_variable_name(name))
            return bad_field(place, "env", "holds a name that no variable can have (empty, with '=', or DOCKET_…)", e);
        if (!json_is_string(value))
            return bad_field(place, "env", "must hold strings only", e);
        bytes += strlen(name) + json_string_length(value) + 2;
        count++;
    }
    if (bytes > LIMIT_ENV || count > LIMIT_ENV_COUNT)
        return bad_field(place, "env", "holds more than 256 variables or 32 KiB", e);
    CLEANUP(buf_done) struct buf text = {0};
    json_write(env, &text);
    *out = arena_copy(a, text.data, text.len);
    return 0;
}

static int check(const struct sent_task *s, struct json_place place, struct err *e)
{
    bool payload = s->payload && !json_is_null(s->payload);
    if ((s->command != NULL) + payload + (s->payload_upload != NULL) != 1)
        return bad_field(place, "", "must have either a command, a payload or a payload_upload", e);
    if (s->cwd && s->cwd[0] != '/')
        return bad_field(place, "cwd", "must be an absolute path", e);
    if (s->time_limit == 0)
        return bad_field(place, "time_limit", "must be more than 0", e);
    return 0;
}

/* An id, or {"key": "…"}. */
static int read_need(const json_t *value, struct json_place place, struct submit_need *out, struct err *e)
{
    const json_t *key = json_is_object(value) && json_object_size(value) == 1 ? json_object_get(value, "key") : NULL;
    *out = (struct submit_need){.id = NONE};
    if (json_is_integer(value) && json_integer_value(value) > 0)
        out->id = json_integer_value(value);
    else if (key && json_is_string(key) && json_string_length(key) && json_string_length(key) <= LIMIT_KEY)
        out->key = json_string_value(key);
    else
        return bad_field(place, "after", "must hold ids (positive integers) or objects such as {\"key\":\"a\"}", e);
    return 0;
}

static int read_after(const json_t *after, struct json_place place, struct arena *a, struct submit_task *out,
                      struct err *e)
{
    size_t count = json_array_size(after);
    struct submit_need *needs = arena_array(a, count + 1, sizeof *needs);
    int bad = 0;
    for (size_t i = 0; !bad && i < count; i++)
        bad = read_need(json_array_get(after, i), place, &needs[i], e);
    out->needs = needs;
    out->need_count = (int)count;
    return bad;
}

int read_task(const json_t *object, struct json_place place, struct arena *a, struct submit_task *out, struct err *e)
{
    struct sent_task s = {.time_limit = NONE, .not_before = NONE};
    int bad = json_read(object, FIELDS, COUNT_OF(FIELDS), place, &s, e);
    if (!bad)
        bad = check(&s, place, e);
    if (bad)
        return bad;
    *out = (struct submit_task){
        .spec = {.command = s.command, .key = s.key, .cwd = s.cwd,
                 .time_limit_us = s.time_limit},
        .payload_upload = s.payload_upload,
        .priority = s.priority,
        .not_before = s.not_before,
    };
    if (s.payload && !json_is_null(s.payload)) {
        CLEANUP(buf_done) struct buf text = {0};
        json_write(s.payload, &text);
        out->spec.payload = arena_copy(a, text.data, text.len);
    }
    if (s.after)
        bad = read_after(s.after, place, a, out, e);
    return !bad && s.env && json_object_size(s.env) ? read_env(s.env, place, a, &out->spec.env, e) : bad;
}
