/* A task as a server hands it to a worker: worker_hold_new and the environment its command would get.
 *
 * Nothing is run here. Of a task that is taken, texts and numbers are those that were sent or none; the environment never shows
 * the worker's token, has a name before each =, and says docket's own variables itself, last. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/worker_parts.h"
#include "fuzz.h"

static const char *const OWN_ENV[] = {"PATH=/bin", "A=worker", NULL};

static struct worker *make(void)
{
    static struct worker w;
    w.loop = loop_new();
    w.lease_us = 30000000;
    w.base_env = (const char **)OWN_ENV;
    w.o = (struct worker_options){.queue = "q", .server_url = "http://h", .jobs = 1};
    list_init(&w.ahead.list);
    return &w;
}

/* The value that a command sees: libc takes the first of a name. */
static const char *seen(const char *const *env, const char *name, int *count)
{
    const char *value = NULL;
    size_t n = strlen(name);
    *count = 0;
    for (; *env; env++)
        if (strncmp(*env, name, n) == 0 && (*env)[n] == '=') {
            value = value ? value : *env + n + 1;
            ++*count;
        }
    return value;
}

static void check_env(const struct hold *h, struct arena *a)
{
    const char *const *env = worker_env_of(h, a);
    static const char *const SECRET[] = {"DOCKET_TOKEN", "DOCKET_TOKEN_FILE"}, *const SAID[] = {"DOCKET_QUEUE", "QDO_SERVER", "DOCKET_TASK"};
    int count;
    for (size_t i = 0; env[i]; i++)
        fuzz_must(strchr(env[i], '='), "%s is no variable", env[i]);
    for (size_t i = 0; i < COUNT_OF(SECRET); i++)
        fuzz_must(!seen(env, SECRET[i], &count), "the command sees %s", SECRET[i]);
    for (size_t i = 0; i < COUNT_OF(SAID); i++)
        fuzz_must(seen(env, SAID[i], &count) && count == 1, "%s is said %d times", SAID[i], count);
    fuzz_must(strcmp(seen(env, "DOCKET_QUEUE", &count), "q") == 0, "another queue is said");
}

static void check_hold(const struct hold *h, const json_t *task)
{
    const char *command = json_string_value(json_object_get(task, "command"));
    fuzz_must(h->task == json_integer_value(json_object_get(task, "id")), "another task");
    fuzz_must(!command == !h->command && (!command || strcmp(command, h->command) == 0), "another command");
    fuzz_must(h->time_limit_us / 2 > INT64_MIN / 4 && h->time_limit_us / 2 < INT64_MAX / 4, "a time limit that no clock holds");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static struct worker *w;
    CLEANUP(json_drop) json_t *task = json_loadb((const char *)bytes, n, JSON_DECODE_ANY, NULL); /* as client.c does */
    if (!w)
        w = make();
    struct hold *h = worker_hold_new(w, task, &w->ahead);
    if (!h)
        return 0;
    CLEANUP(arena_done) struct arena a = {0};
    check_hold(h, task);
    check_env(h, &a);
    fuzz_must(worker_hold_find(&w->ahead, h->lease) == h && w->ahead.count == 1, "it is not held");
    worker_hold_free(h);
    fuzz_must(w->ahead.count == 0, "it is held still");
    return 0;
}
