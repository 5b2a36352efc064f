/* Objects are judged by the server's own reading of a task, so that a file with a bad line can be turned down before
 * anything of it is sent. */
#include "cli/load_line.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/new_task.h"
#include "cli/place.h"
#include "web/read_task.h"

static int judge(const json_t *task, struct err *e)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct submit_task unused;
    return read_task(task, (struct json_place){0}, &arena, &unused, e);
}

int load_line_check_base(const json_t *base, struct err *e)
{
    CLEANUP(json_drop) json_t *task = new_task_with(base, "true", 4);
    return judge(task, e);
}

static int append(const struct load_line_options *o, const json_t *task, struct buf *out, struct err *e)
{
    CLEANUP(buf_done) struct buf text = {0};
    json_write(task, &text);
    if (text.len >= LIMIT_BODY)
        return err_refuse(e, ERR_BAD_LINE, "a task may be at most %d bytes of JSON", LIMIT_BODY);
    buf_add(out, buf_text(&text), text.len);
    buf_putc(out, '\n');
    *o->waits += (int64_t)json_array_size(json_object_get(task, "after"));
    return 0;
}

static void set_hash_key(json_t *task, const char *command, size_t n)
{
    CLEANUP(arena_done) struct arena arena = {0};
    json_object_set_new(task, "key", json_string(place_hash(&arena, command, n)));
}

static int set_key(json_t *task, const struct buf *key, struct err *e)
{
    if (key->len < 1 || key->len > LIMIT_KEY)
        return err_refuse(e, ERR_BAD_LINE, "a key has 1 to %d bytes, not %zu", LIMIT_KEY, key->len);
    if (!text_is_utf8(key->data, key->len) || memchr(key->data, '\0', key->len))
        return err_refuse(e, ERR_BAD_LINE, "a key must be UTF-8 without NUL");
    json_object_set_new(task, "key", json_stringn(key->data, key->len));
    return 0;
}

int load_line_command(const struct load_line_options *o, const struct buf *key, const char *command, size_t n,
                      struct buf *out, struct err *e)
{
    CLEANUP(json_drop) json_t *task = NULL;
    int r = n ? new_task_check(command, n, e) : err_refuse(e, ERR_BAD_LINE, "the command is empty");
    if (r)
        return r;
    task = new_task_with(o->base, command, n);
    if (key)
        r = set_key(task, key, e);
    else if (o->unique)
        set_hash_key(task, command, n);
    return r ? r : append(o, task, out, e);
}

/* Payloads do not run anywhere: of the shared fields only these mean something to them. */
static bool suits_payload(const char *field)
{
    return strcmp(field, "priority") == 0 || strcmp(field, "after") == 0 || strcmp(field, "not_before") == 0;
}

int load_line_object(const struct load_line_options *o, const char *line, size_t n, struct buf *out, struct err *e)
{
    CLEANUP(json_drop) json_t *task = NULL;
    const char *name;
    json_t *value;
    int r = json_parse(line, n, &task, e);
    if (!r && !json_is_object(task))
        r = err_refuse(e, ERR_BAD_LINE, "a task must be an object");
    if (!r)
        r = judge(task, e);
    if (r)
        return r;
    const json_t *command = json_object_get(task, "command");
    json_object_foreach((json_t *)o->base, name, value)
        if (!json_object_get(task, name) && (command || suits_payload(name)))
            json_object_set(task, name, value);
    if (o->unique && command && !json_object_get(task, "key"))
        set_hash_key(task, json_string_value(command), json_string_length(command));
    return append(o, task, out, e);
}
