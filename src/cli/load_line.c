/* Objects are judged by the server's own reading of a task, so that a file with a bad line can be turned down before
 * anything of it is sent. */
#include "cli/load_line.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/limits.h"
#include "cli/new_task.h"
#include "cli/place.h"
#include "web/read_task.h"

static void set_key(json_t *task, const char *command, size_t n)
{
    CLEANUP(arena_done) struct arena arena = {0};
    json_object_set_new(task, "key", json_string(place_hash(&arena, command, n)));
}

static int from_command(const struct load_line_options *o, const char *line, size_t n, json_t **out_task, struct err *e)
{
    int r = new_task_check(line, n, e);
    if (r)
        return r;
    *out_task = new_task_with(o->base, line, n);
    if (o->keyed)
        set_key(*out_task, line, n);
    return 0;
}

static int from_object(const struct load_line_options *o, const char *line, size_t n, json_t **out_task, struct err *e)
{
    CLEANUP(json_drop) json_t *task = NULL;
    const char *name;
    json_t *value;
    CLEANUP(arena_done) struct arena arena = {0};
    struct submit_task unused;
    int r = json_parse(line, n, &task, e);
    if (!r && !json_is_object(task))
        r = err_refuse(e, ERR_BAD_LINE, "a task must be an object");
    if (!r)
        r = read_task(task, (struct json_place){0}, &arena, &unused, e);
    if (r)
        return r;
    const json_t *command = json_object_get(task, "command");
    json_object_foreach((json_t *)o->base, name, value)
        if (!json_object_get(task, name) && (command || strcmp(name, "priority") == 0))
            json_object_set(task, name, value);
    if (o->keyed && command && !json_object_get(task, "key"))
        set_key(task, json_string_value(command), json_string_length(command));
    *out_task = MOVE(task);
    return 0;
}

int load_line_append(const struct load_line_options *o, const char *line, size_t n, struct buf *out, struct err *e)
{
    CLEANUP(json_drop) json_t *task = NULL;
    CLEANUP(buf_done) struct buf text = {0};
    int r = o->ndjson ? from_object(o, line, n, &task, e) : from_command(o, line, n, &task, e);
    if (r)
        return r;
    json_write(task, &text);
    if (text.len >= LIMIT_BODY)
        return err_refuse(e, ERR_BAD_LINE, "a task may be at most %d bytes of JSON", LIMIT_BODY);
    buf_add(out, buf_text(&text), text.len);
    buf_putc(out, '\n');
    return 0;
}
