/* Holds: a task, its lease and all that comes of it. The server's words are copied into the hold's own arena; what
 * it says beyond the protocol is passed over, so that an older worker can serve a newer server. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "cli/worker_parts.h"

static void unlink_hold(struct hold *h)
{
    if (!h->in)
        return;
    list_unlink(&h->link);
    h->in->count--;
    h->in = NULL;
}

void worker_hold_move(struct hold *h, struct holds *to)
{
    unlink_hold(h);
    list_append(&to->list, &h->link);
    to->count++;
    h->in = to;
}

void worker_hold_free(struct hold *h)
{
    unlink_hold(h);
    loop_timer_stop(&h->timer);
    capture_done(&h->out);
    capture_done(&h->err);
    buf_done(&h->message);
    buf_done(&h->result);
    arena_done(&h->arena);
    free(h);
}

struct hold *worker_hold_find(const struct holds *in, int64_t lease)
{
    LIST_EACH(node, &in->list)
        if (HOLD_OF(node)->lease == lease)
            return HOLD_OF(node);
    return NULL;
}

static const char *copy_text(struct hold *h, const json_t *task, const char *name)
{
    return arena_strdup(&h->arena, json_string_value(json_object_get(task, name)));
}

/* {"NAME":"value"} as "NAME=value", NULL-ended. */
static const char **copy_env(struct hold *h, json_t *env)
{
    const char **list = arena_array(&h->arena, json_object_size(env) + 1, sizeof *list), *name;
    size_t count = 0;
    json_t *value;
    json_object_foreach(env, name, value)
        if (json_is_string(value))
            list[count++] = arena_printf(&h->arena, "%s=%s", name, json_string_value(value));
    return list;
}

static void no_timer(void *arg) { (void)arg; }

struct hold *worker_hold_new(struct worker *w, const json_t *task, struct holds *in)
{
    json_t *id = json_object_get(task, "id"), *lease = json_object_get(task, "lease");
    if (!json_is_integer(id) || !json_is_integer(lease))
        return NULL;
    struct hold *h = calloc(1, sizeof *h);
    if (!h)
        abort();
    h->worker = w;
    h->task = json_integer_value(id);
    h->lease = json_integer_value(lease);
    json_t *attempt = json_object_get(task, "attempt");
    h->attempt = json_is_integer(attempt) ? (int)json_integer_value(attempt) : 1;
    h->command = copy_text(h, task, "command");
    h->cwd = copy_text(h, task, "cwd");
    h->env = copy_env(h, json_object_get(task, "env"));
    h->time_limit_us = json_seconds(json_object_get(task, "time_limit"));
    h->sure_until_us = clock_mono_us() + w->lease_us;
    h->out = h->err = (struct capture){.loop = w->loop, .fd = -1, .log_fd = -1, .spool_fd = -1};
    loop_timer_init(w->loop, &h->timer, no_timer, h);
    worker_hold_move(h, in);
    return h;
}
