/* The environment of a command: the worker's own, then the task's, then what docket says of the task, where the later
 * wins. What would let a command act as the worker (its token) is taken out, wherever it comes from; and what docket
 * says never comes from an outer docket's task in which this worker may be running. */
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/worker_parts.h"

/* Never seen by a command. */
static const char *const SECRET[] = {"DOCKET_TOKEN", "DOCKET_TOKEN_FILE"};

/* What docket says, under two names each. */
static const char *const SAID[] = {"DOCKET_TASK", "QDO_TASK",   "QDO_TASKID",    "DOCKET_QUEUE",
                                   "QDO_QUEUE",   "DOCKET_ATTEMPT", "QDO_ATTEMPT", "DOCKET_SERVER", "QDO_SERVER"};

/* What tasks of arrays and files carry in their own env; the twin is ours. */
static const char *const CARRIED[][2] = {{"DOCKET_ENTRY", "QDO_ENTRY"}, {"DOCKET_INDEX", "QDO_INDEX"}};

/* Is it "NAME=…"? */
static bool is_named(const char *variable, const char *name)
{
    size_t n = strlen(name);
    return strncmp(variable, name, n) == 0 && variable[n] == '=';
}

static bool is_any_of(const char *variable, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_named(variable, names[i]))
            return true;
    return false;
}

static bool is_carried(const char *variable)
{
    for (size_t i = 0; i < COUNT_OF(CARRIED); i++)
        if (is_any_of(variable, CARRIED[i], 2))
            return true;
    return false;
}

static bool is_ours(const char *variable)
{
    return is_any_of(variable, SECRET, COUNT_OF(SECRET)) || is_any_of(variable, SAID, COUNT_OF(SAID));
}

static size_t count_of(const char *const *list)
{
    size_t count = 0;
    while (list[count])
        count++;
    return count;
}

const char **worker_env_base(struct arena *a)
{
    const char *const *own = (const char *const *)environ;
    const char **base = arena_array(a, count_of(own) + 1, sizeof *base);
    size_t count = 0;
    for (; *own; own++)
        if (!is_ours(*own) && !is_carried(*own))
            base[count++] = arena_strdup(a, *own);
    return base;
}

/* Is a variable of the same name among those of the task? */
static bool is_replaced(const char *variable, const char *const *task_env)
{
    size_t n = strcspn(variable, "=") + 1;
    for (; *task_env; task_env++)
        if (strncmp(variable, *task_env, n) == 0)
            return true;
    return false;
}

static size_t add_said(const struct hold *h, struct arena *a, const char **env)
{
    const struct worker_options *o = &h->worker->o;
    const char *server = o->server_url ? o->server_url : client_url(h->worker->client);
    size_t n = 0;
    static const char *const PREFIX[] = {"DOCKET", "QDO"};
    for (size_t i = 0; i < COUNT_OF(PREFIX); i++) {
        env[n++] = arena_printf(a, "%s_TASK=%lld", PREFIX[i], (long long)h->task);
        env[n++] = arena_printf(a, "%s_QUEUE=%s", PREFIX[i], o->queue);
        env[n++] = arena_printf(a, "%s_ATTEMPT=%d", PREFIX[i], h->attempt);
        env[n++] = arena_printf(a, "%s_SERVER=%s", PREFIX[i], server);
    }
    env[n++] = arena_printf(a, "QDO_TASKID=%lld", (long long)h->task);
    return n;
}

static size_t add_twins(const char *const *task_env, struct arena *a, const char **env)
{
    size_t n = 0;
    for (; *task_env; task_env++)
        for (size_t i = 0; i < COUNT_OF(CARRIED); i++)
            if (is_named(*task_env, CARRIED[i][0]))
                env[n++] = arena_printf(a, "%s%s", CARRIED[i][1], *task_env + strlen(CARRIED[i][0]));
    return n;
}

const char *const *worker_env_of(const struct hold *h, struct arena *a)
{
    const char *const *base = h->worker->base_env, *const *own = h->env;
    size_t room = count_of(base) + count_of(own) + COUNT_OF(SAID) + COUNT_OF(CARRIED) + 1, n = 0;
    const char **env = arena_array(a, room, sizeof *env);
    for (; *base; base++)
        if (!*own || !is_replaced(*base, own))
            env[n++] = *base;
    for (size_t i = 0; own[i]; i++)
        if (!is_ours(own[i]))
            env[n++] = own[i];
    n += add_said(h, a, env + n);
    n += add_twins(own, a, env + n);
    env[n] = NULL;
    return env;
}
