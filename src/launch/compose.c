/* See compose.h. */
#include "launch/compose.h"

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"

/* The settings are an object: the submission goes in first. */
static const char *with_submission(const struct job_row *j, struct arena *a)
{
    CLEANUP(buf_done) struct buf b = {0};
    const char *rest = j->settings + strspn(j->settings, " {");
    buf_puts(&b, "{\"unique\":");
    json_put_text(&b, j->submission);
    buf_printf(&b, "%s%s", *rest == '}' ? "" : ",", rest);
    return arena_strdup(a, buf_text(&b));
}

static void add_env(const json_t *env, struct buf *b)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)env, name, value) {
        if (!json_is_string(value))
            continue;
        buf_printf(b, "export %s=", name);
        text_shell_word(b, json_string_value(value));
        buf_puts(b, "\n");
    }
}

int compose(const struct job_row *j, const struct place_settings *place, bool scheduler, struct arena *a, struct composed *out,
            struct err *e)
{
    CLEANUP(json_drop) json_t *settings = NULL;
    CLEANUP(buf_done) struct buf script = {0};
    int r = json_parse(j->settings, strlen(j->settings), &settings, e);
    if (r)
        return r;
    const char *command = json_string_value(json_object_get(settings, "command"));
    if (!command)
        return err_refuse(e, ERR_BAD_FIELD, "the job has no command");
    buf_puts(&script, "#!/bin/sh\n");
    add_env(json_object_get(settings, "env"), &script);
    buf_printf(&script, "%s\n", command);
    *out = (struct composed){with_submission(j, a), arena_strdup(a, buf_text(&script)), place->options};
    return 0;
}
