/* See job_words.h. Nothing here is quoted: words reach programs as arguments. What is refused would mean something else there, or be
 * unreadable in a list. */
#include "web/job_words.h"

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/options.h"
#include "base/text.h"

static const char ALPHA[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
static const char PLAIN[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

int job_check_line(const char *field, const char *text, struct err *e)
{
    if (text && text_has_control(text))
        return err_refuse(e, ERR_BAD_FIELD, "%s holds control characters", field);
    return 0;
}

int job_check_word(const char *field, const char *word, struct err *e)
{
    int r = job_check_line(field, word, e);
    if (!r && word && (word[0] == '-' || strchr(word, ' ')))
        r = err_refuse(e, ERR_BAD_FIELD, "%s must be one word that does not begin with '-'", field);
    return r;
}

int job_check_path(const char *field, const char *path, struct err *e)
{
    int r = job_check_line(field, path, e);
    if (!r && path && path[0] != '/')
        r = err_refuse(e, ERR_BAD_FIELD, "%s must be an absolute path", field);
    return r;
}

int job_check_app(const char *app, struct err *e)
{
    if (app && (app[0] == '.' || app[0] == '-' || app[strspn(app, PLAIN)]))
        return err_refuse(e, ERR_BAD_FIELD, "app must be made of A-Z a-z 0-9 . _ - and begin with neither '.' nor '-'");
    return 0;
}

int job_check_options(const char *field, const json_t *options, struct err *e)
{
    size_t i;
    json_t *option;
    int r = 0;
    json_array_foreach ((json_t *)options, i, option) {
        if (!json_is_string(option) || !json_string_length(option) || json_string_length(option) > JOB_OPTION_MAX)
            return err_refuse(e, ERR_BAD_FIELD, "%s[%zu] must be a string of 1 to %d bytes", field, i, JOB_OPTION_MAX);
        r = job_check_line(field, json_string_value(option), e);
        if (r)
            return r;
    }
    return 0;
}

int job_check_env(const json_t *env, struct err *e)
{
    const char *name;
    json_t *value;
    size_t bytes = 0;
    json_object_foreach ((json_t *)env, name, value) {
        bool good = strchr(ALPHA, name[0]) && name[0] && !strpbrk(name, ".-") && !name[strspn(name, PLAIN)];
        if (!good || strncmp(name, "DOCKET_", 7) == 0)
            return err_refuse(e, ERR_BAD_FIELD, "env holds a name that a job's variable cannot have (A-Z a-z 0-9 _, no digit first, not DOCKET_…)");
        if (!json_is_string(value))
            return err_refuse(e, ERR_BAD_FIELD, "env must hold strings only");
        bytes += strlen(name) + json_string_length(value) + 2;
    }
    if (bytes > LIMIT_ENV || json_object_size(env) > LIMIT_ENV_COUNT)
        return err_refuse(e, ERR_BAD_FIELD, "env holds more than %d variables or %d bytes", LIMIT_ENV_COUNT, LIMIT_ENV);
    return 0;
}

/* Takes one word off; the rest. NULL: a quote has no end. */
static const char *take_word(const char *at, struct buf *word)
{
    char quote = 0;
    for (; *at && (quote || !strchr(" \t\r\n", *at)); at++) {
        if (quote ? *at == quote : *at == '\'' || *at == '"')
            quote = quote ? 0 : *at;
        else if (*at == '\\' && quote != '\'' && at[1])
            buf_putc(word, *++at);
        else
            buf_putc(word, *at);
    }
    return quote ? NULL : at;
}

int job_split(const char *field, const char *line, json_t *words, struct err *e)
{
    const char *at = line + strspn(line, " \t\r\n");
    while (at && *at) {
        CLEANUP(buf_done) struct buf word = {0};
        at = take_word(at, &word);
        if (at) {
            json_array_append_new(words, json_string(buf_text(&word)));
            at += strspn(at, " \t\r\n");
        }
    }
    return at ? 0 : err_refuse(e, ERR_BAD_FIELD, "%s: a quote has no end", field);
}

const char *job_canonical(const json_t *value, struct arena *a)
{
    CLEANUP(cleanup_free) char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    return arena_strdup(a, text ? text : "{}");
}

int job_hint_nearest(int r, const json_t *object, const struct json_shape *shape, struct err *e)
{
    enum { NAMES_MAX = 64 };
    const char *names[NAMES_MAX], *key;
    json_t *value;
    size_t count = 0;
    if (r != ERR_UNKNOWN_FIELD)
        return r;
    for (; count < shape->count && count < NAMES_MAX; count++)
        names[count] = shape->fields[count].name;
    json_object_foreach ((json_t *)object, key, value) {
        bool known = false;
        for (size_t i = 0; i < count; i++)
            known = known || strcmp(names[i], key) == 0;
        const char *nearest = known ? NULL : options_nearest(key, names, count);
        if (nearest)
            err_hint(e, "did you mean %s?", nearest);
        if (!known)
            return r;
    }
    return r;
}

struct site_ref job_site_ref(struct arena *a, const char *text)
{
    const char *slash = strchr(text, '/');
    if (!slash)
        return (struct site_ref){NULL, arena_strdup(a, text)};
    return (struct site_ref){arena_copy(a, text, (size_t)(slash - text)), arena_strdup(a, slash + 1)};
}
