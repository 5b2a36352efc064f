/* See new_task.h. The limits are the server's own (limits.def), checked here too so that a file with a bad line is
 * refused before its first line is sent. */
#include "cli/new_task.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"

static int set_text(json_t *base, const char *option, const char *field, const char *text, struct err *e)
{
    if (!text_is_utf8(text, strlen(text)))
        return err_refuse(e, ERR_USAGE, "--%s must be UTF-8", option);
    return json_object_set_new(base, field, json_string(text));
}

static int set_cwd(json_t *base, const char *wanted, struct err *e)
{
    CLEANUP(buf_done) struct buf path = {0};
    if (!wanted || *wanted != '/') {
        CLEANUP(cleanup_free) char *here = getcwd(NULL, 0);
        if (!here)
            return err_fail(e, ERR_FILE, "could not tell the current directory: %s", strerror(errno));
        buf_puts(&path, here);
    }
    if (wanted && *wanted)
        buf_printf(&path, "%s%s", path.len ? "/" : "", wanted);
    if (path.len > LIMIT_CWD)
        return err_refuse(e, ERR_USAGE, "--cwd may be at most %d bytes", LIMIT_CWD);
    return set_text(base, "cwd", "cwd", buf_text(&path), e);
}

static int set_env(json_t *base, const struct option_list *list, struct err *e)
{
    json_t *env = json_object();
    json_object_set_new(base, "env", env);
    for (size_t i = 0; i < list->count; i++) {
        const char *pair = list->values[i], *value = strchr(pair, '=');
        if (!value || value == pair)
            return err_refuse(e, ERR_USAGE, "--env must be NAME=VALUE, not '%s'", pair);
        if (!text_is_utf8(pair, strlen(pair)))
            return err_refuse(e, ERR_USAGE, "--env must be UTF-8");
        json_t *text = json_string(value + 1);
        json_object_setn_new_nocheck(env, pair, (size_t)(value - pair), text);
    }
    return 0;
}

/* "17" or "key:K" as the server knows it; NULL: neither. */
static json_t *other_task(const char *text)
{
    if (strncmp(text, "key:", 4) == 0)
        return text[4] ? json_pack("{s:s}", "key", text + 4) : NULL; /* NULL too where it is not UTF-8 */
    char *end;
    errno = 0;
    long long id = *text >= '0' && *text <= '9' ? strtoll(text, &end, 10) : 0;
    return id > 0 && !*end && !errno ? json_integer(id) : NULL;
}

static int set_after(json_t *base, const struct option_list *list, struct err *e)
{
    json_t *after = json_array();
    json_object_set_new(base, "after", after);
    for (size_t i = 0; i < list->count; i++) {
        json_t *task = other_task(list->values[i]);
        if (!task)
            return err_refuse(e, ERR_USAGE, "--after must be the id of a task, or key:KEY, not '%s'", list->values[i]);
        json_array_append_new(after, task);
    }
    return 0;
}

/* A local time, as `date` writes it or with a T; only the day is needed. */
static int parse_local(const char *text, int64_t *out_us)
{
    static const char *const FORMS[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M",
                                        "%Y-%m-%d"};
    for (size_t i = 0; i < COUNT_OF(FORMS); i++) {
        struct tm tm = {.tm_isdst = -1};
        const char *end = strptime(text, FORMS[i], &tm);
        if (!end || *end)
            continue;
        int day = tm.tm_mday;
        time_t seconds = mktime(&tm);
        if (tm.tm_mday != day) /* there is no such day */
            return -1;
        *out_us = (int64_t)seconds * CLOCK_SECOND;
        return 0;
    }
    return -1;
}

int new_task_when(const char *text, int64_t now_us, int64_t *out_us)
{
    if (*text == '+') {
        int64_t span_us = text_parse_span(text + 1);
        return span_us < 0 || __builtin_add_overflow(now_us, span_us, out_us) ? -1 : 0;
    }
    return clock_parse(text, out_us) ? parse_local(text, out_us) : 0;
}

static int set_not_before(json_t *base, const char *text, struct err *e)
{
    char when[CLOCK_TEXT_BYTES];
    struct clock clock;
    int64_t us;
    clock_init(&clock, 0);
    if (new_task_when(text, clock_now_us(&clock), &us))
        return err_refuse(e, ERR_USAGE, "--not-before must be like +30m, 2030-01-31 or 2030-01-31T12:00:00Z, not '%s'",
                          text);
    if (clock_parse(clock_format(us, when), &us))
        return err_refuse(e, ERR_USAGE, "--not-before is too far away: '%s'", text);
    json_object_set_new(base, "not_before", json_string(when));
    return 0;
}

int new_task_base(const struct new_task_options *o, json_t **out_base, struct err *e)
{
    CLEANUP(json_drop) json_t *base = json_object();
    int r = o->anywhere && !o->cwd ? 0 : set_cwd(base, o->cwd, e);
    if (!r && o->env.count)
        r = set_env(base, &o->env, e);
    if (!r && o->after.count)
        r = set_after(base, &o->after, e);
    if (!r && o->not_before)
        r = set_not_before(base, o->not_before, e);
    if (r)
        return r;
    if (o->time_limit_us)
        json_object_set_new(base, "time_limit", json_real((double)o->time_limit_us / CLOCK_SECOND));
    if (o->priority)
        json_object_set_new(base, "priority", json_integer(o->priority));
    *out_base = MOVE(base);
    return 0;
}

json_t *new_task_with(const json_t *base, const char *command, size_t n)
{
    json_t *task = json_copy((json_t *)base); /* shallow: the fields are shared */
    json_object_set_new(task, "command", json_stringn(command, n));
    return task;
}

int new_task_check(const char *command, size_t n, struct err *e)
{
    if (n > LIMIT_COMMAND)
        return err_refuse(e, ERR_BAD_LINE, "a command may be at most %d bytes", LIMIT_COMMAND);
    if (memchr(command, '\0', n))
        return err_refuse(e, ERR_BAD_LINE, "a command may not hold a NUL byte");
    if (!text_is_utf8(command, n))
        return err_refuse(e, ERR_BAD_LINE, "a command must be UTF-8");
    return 0;
}

size_t new_task_json_bytes(const char *text, size_t n)
{
    size_t bytes = n + 2;
    for (size_t i = 0; i < n; i++)
        bytes += (unsigned char)text[i] < ' ' ? 5 : text[i] == '"' || text[i] == '\\';
    return bytes;
}
