/* See fields.h. */
#include "cli/fields.h"

#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/text.h"

static int refuse(const char *name, struct err *e) { return err_refuse(e, ERR_USAGE, "--%s must be UTF-8", name); }

int fields_text(json_t *body, const char *name, const char *text, struct err *e)
{
    return text && json_object_set_new(body, name, json_string(text)) ? refuse(name, e) : 0;
}

int fields_list(json_t *body, const char *name, const char *const *values, size_t count, struct err *e)
{
    json_t *list = json_array();
    if (count)
        json_object_set(body, name, list);
    json_decref(list);
    for (size_t i = 0; i < count; i++)
        if (json_array_append_new(json_object_get(body, name), json_string(values[i])))
            return refuse(name, e);
    return 0;
}

int fields_env(json_t *body, const struct option_list *list, struct err *e)
{
    for (size_t i = 0; i < list->count; i++) {
        CLEANUP(arena_done) struct arena a = {0};
        const char *equals = strchr(list->values[i], '=');
        if (!equals || equals == list->values[i])
            return err_refuse(e, ERR_USAGE, "--env is NAME=VALUE, not '%.60s'", list->values[i]);
        if (!json_object_get(body, "env"))
            json_object_set_new(body, "env", json_object());
        const char *name = arena_copy(&a, list->values[i], (size_t)(equals - list->values[i]));
        if (json_object_set_new(json_object_get(body, "env"), name, json_string(equals + 1)))
            return refuse("env", e);
    }
    return 0;
}

void fields_command(char *const *words, int count, struct buf *b)
{
    if (count == 1)
        buf_puts(b, words[0]);
    for (int i = 0; i < count && count > 1; i++) {
        if (i)
            buf_putc(b, ' ');
        text_shell_word(b, words[i]);
    }
}
