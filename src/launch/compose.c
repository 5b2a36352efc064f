/* See compose.h. What was asked stands in the job's settings; what it leaves open the site says. */
#include "launch/compose.h"

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "launch/batch.h"

enum { IDLE_SECONDS = 30, TEMPLATE_MOST = 256 * 1024 };

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

static const char *text(const json_t *settings, const char *name, const char *other)
{
    const char *said = json_string_value(json_object_get(settings, name));
    return said && *said ? said : other;
}

struct variables {
    struct batch_variable *list;
    int count;
};

static struct variables variables(const json_t *settings, struct arena *a)
{
    struct variables v = {0};
    const char *name;
    json_t *value, *env = json_object_get(settings, "env");
    v.list = arena_array(a, json_object_size(env) + 1, sizeof *v.list);
    json_object_foreach(env, name, value)
        if (json_is_string(value))
            v.list[v.count++] = (struct batch_variable){arena_strdup(a, name), arena_strdup(a, json_string_value(value))};
    return v;
}

/* Options of the site, then those of the job: the later one holds. keep_env: whatever the site's own settings for sbatch say, the job has the
 * environment that sbatch is called in. */
static const char *const *options(const json_t *settings, const struct place_settings *place, bool scheduler, struct arena *a)
{
    bool keep = scheduler && json_is_true(json_object_get(settings, "keep_env"));
    size_t i, n = 0, count = 0;
    json_t *value, *said = json_object_get(settings, "options");
    while (place->options[count])
        count++;
    const char **all = arena_array(a, count + json_array_size(said) + 2, sizeof *all);
    for (; n < count; n++)
        all[n] = place->options[n];
    if (keep)
        all[n++] = "--export=ALL";
    json_array_foreach(said, i, value)
        all[n++] = arena_strdup(a, json_string_value(value));
    all[n] = NULL;
    return all;
}

static int read_template(const struct place_settings *place, struct arena *a, const char **out, struct err *e)
{
    CLEANUP(buf_done) struct buf b = {0};
    *out = NULL;
    if (!place->template)
        return 0;
    int r = file_read(place->template, TEMPLATE_MOST, &b, e);
    if (r == 0)
        *out = arena_strdup(a, buf_text(&b));
    return r < 0 ? err_refuse(e, ERR_FILE, "%s", arena_strdup(a, e->text)) : r;
}

/* Workers of a job end once nothing is left. Those of a scale wait for more, for as long as its jobs may be idle; longer only where some jobs
 * are to be there at all times: then the scale ends those that are too many. */
static int64_t idle(const struct job_row *j, const json_t *settings)
{
    if (j->scale == NONE)
        return 0;
    return json_is_true(json_object_get(settings, "stay")) ? -1 : IDLE_SECONDS * CLOCK_SECOND;
}

static int render(const struct job_row *j, const struct place_settings *place, const json_t *settings, bool scheduler,
                  const struct compose_home *home, struct arena *a, const char **out, struct err *e)
{
    CLEANUP(buf_done) struct buf script = {0};
    struct variables env = variables(settings, a);
    const struct batch_worker worker = {
        .program = home ? home->program : NULL,
        .queue = j->queue_name ? arena_printf(a, "%s/%s", j->queue_owner, j->queue_name) : NULL,
        .job = j->id, .server = home ? home->url : NULL, .pin = home ? home->pin : NULL, .script = text(settings, "script", NULL),
        .idle_us = idle(j, settings), .reserve_us = -1,
    };
    struct batch_ask ask = {
        .name = j->name ? j->name : j->queue_name ? j->queue_name : j->submission, .scheduler = scheduler, .workers = j->workers,
        .cores = j->cores, .nodes = json_integer_value(json_object_get(settings, "nodes")), .walltime_us = j->walltime_us,
        .partition = text(settings, "partition", place->partition), .account = text(settings, "account", place->account),
        .qos = place->qos, .env = env.list, .env_count = env.count, .worker = home ? &worker : NULL,
        .command = text(settings, "command", NULL), .template_file = place->template,
    };
    int r = read_template(place, a, &ask.template, e);
    if (r == 0)
        r = batch_render(&ask, &script, e);
    if (r == 0)
        *out = arena_strdup(a, buf_text(&script));
    return r;
}

int compose(const struct job_row *j, const struct place_settings *place, bool scheduler, const struct compose_home *home, struct arena *a,
            struct composed *out, struct err *e)
{
    CLEANUP(json_drop) json_t *settings = NULL;
    int r = json_parse(j->settings, strlen(j->settings), &settings, e);
    if (r)
        return r;
    if (!home && !json_is_string(json_object_get(settings, "command")))
        return err_refuse(e, ERR_BAD_FIELD, "the job has no command");
    out->settings = with_submission(j, a);
    out->options = options(settings, place, scheduler, a);
    return render(j, place, settings, scheduler, home, a, &out->script, e);
}
