/* See task_filter.h. */
#include "cli/task_filter.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "cli/client.h"

static const char *const STATES[] = {"waiting", "pending", "running", "succeeded", "failed", "killed"};

static bool is_integer(const char *text)
{
    char *end;
    errno = 0;
    strtol(text, &end, 10);
    return end != text && !*end && !errno;
}

static int check_state(struct task_filter *f, struct arena *a, struct err *e)
{
    char *state = arena_strdup(a, f->state);
    for (char *c = state; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    f->state = state;
    for (size_t i = 0; i < COUNT_OF(STATES); i++)
        if (strcmp(state, STATES[i]) == 0)
            return 0;
    return task_filter_refuse_state(state, e);
}

int task_filter_refuse_state(const char *state, struct err *e)
{
    int r = err_refuse(e, ERR_USAGE, "there is no state '%s'", state);
    const char *nearest = options_nearest(state, STATES, COUNT_OF(STATES));
    if (nearest)
        err_hint(e, "did you mean %s?", nearest);
    else
        err_hint(e, "waiting, pending, running, succeeded, failed, killed");
    return r;
}

int task_filter_check(struct task_filter *f, struct arena *a, struct err *e)
{
    if (f->exitcode && !is_integer(f->exitcode))
        return err_refuse(e, ERR_USAGE, "--exitcode must be an integer, not '%s'", f->exitcode);
    if (f->worker && !text_is_utf8(f->worker, strlen(f->worker)))
        return err_refuse(e, ERR_USAGE, "--worker must be UTF-8");
    return f->state ? check_state(f, a, e) : 0;
}

const char *task_filter_query(const struct task_filter *f, struct arena *a)
{
    CLEANUP(buf_done) struct buf query = {0};
    if (f->state)
        buf_printf(&query, "&state=%s", f->state);
    if (f->exitcode)
        buf_printf(&query, "&exitcode=%s", client_encode(a, f->exitcode));
    if (f->worker)
        buf_printf(&query, "&worker=%s", client_encode(a, f->worker));
    return arena_strdup(a, buf_text(&query));
}

void task_filter_put(const struct task_filter *f, json_t *object)
{
    if (f->state)
        json_object_set_new(object, "state", json_string(f->state));
    if (f->exitcode)
        json_object_set_new(object, "exitcode", json_integer(strtol(f->exitcode, NULL, 10)));
    if (f->worker)
        json_object_set_new(object, "worker", json_string(f->worker));
}

bool task_filter_is_empty(const struct task_filter *f) { return !f->state && !f->exitcode && !f->worker; }

int task_filter_id(const char *text, int64_t *out_id, struct err *e)
{
    char *end;
    errno = 0;
    long long id = strtoll(text, &end, 10);
    if (end == text || *end || errno || id <= 0)
        return err_refuse(e, ERR_USAGE, "'%s' is no task: an id is a positive integer", text);
    *out_id = id;
    return 0;
}
