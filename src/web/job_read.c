/* See job_read.h. The identity of a job is what would make another do the same: neither its site nor its name are part of it. */
#include "web/job_read.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "web/job_words.h"
#include "web/render.h"

enum { SITE_MAX = 2 * LIMIT_USER + 1, HASH_MAX = 128 };

static const struct json_field LAUNCH_FIELDS[] = {
    {"site", JSON_KIND_TEXT, offsetof(struct job_launch, site), 1, SITE_MAX, JSON_REQUIRED, NULL},
    JOB_LAUNCH_FIELDS(0),
};
const struct json_shape job_launch_shape = JSON_SHAPE("Launch", LAUNCH_FIELDS);

int job_check_launch(const struct job_launch *l, struct err *e)
{
    int r = job_check_word("partition", l->partition, e);
    if (!r)
        r = job_check_word("account", l->account, e);
    if (!r)
        r = job_check_line("script", l->script, e);
    if (!r)
        r = job_check_env(l->env, e);
    return r ? r : job_check_options("options", l->options, e);
}

int job_read_launch(const json_t *body, struct job_launch *out, struct err *e)
{
    *out = (struct job_launch)JOB_LAUNCH_NONE;
    int r = json_read(body, LAUNCH_FIELDS, COUNT_OF(LAUNCH_FIELDS), (struct json_place){0}, out, e);
    r = job_hint_nearest(r, body, &job_launch_shape, e);
    return r ? r : job_check_launch(out, e);
}

static bool is_scheduled(const struct site_row *site) { return strcmp(site->kind, "slurm") == 0; }

/* They would be passed over, and be missed later. */
static int check_scheduled(const struct site_row *site, bool any, const char *what, struct err *e)
{
    if (!any || is_scheduled(site))
        return 0;
    return err_refuse(e, ERR_BAD_FIELD, "%s goes with sites of the kind slurm; '%.64s' is of the kind %s", what, site->name, site->kind);
}

/* What the site says of every job. */
struct defaults {
    const char *app;
    int64_t walltime_us;
};

static void read_defaults(const struct site_row *site, struct arena *a, struct defaults *out)
{
    CLEANUP(json_drop) json_t *settings = render_parsed(site->settings, strlen(site->settings));
    *out = (struct defaults){.app = arena_strdup(a, json_string_value(json_object_get(settings, "app"))),
                             .walltime_us = json_integer_value(json_object_get(settings, "walltime")) * CLOCK_SECOND};
}

static void put(json_t *object, const char *name, json_t *value)
{
    if (json_is_null(value))
        json_decref(value);
    else
        json_object_set_new(object, name, value);
}

static void put_some(json_t *object, const char *name, const json_t *value)
{
    bool any = json_is_array(value) ? json_array_size(value) : json_object_size(value);
    if (any)
        json_object_set(object, name, (json_t *)value);
}

static int write_text(const json_t *settings, struct arena *a, const char **out, struct err *e)
{
    *out = job_canonical(settings, a);
    if (strlen(*out) > LIMIT_JOB_SETTINGS)
        return err_refuse(e, ERR_TOO_LARGE, "what is asked of the job has more than %d bytes", LIMIT_JOB_SETTINGS);
    return 0;
}

static json_t *launch_settings(const struct job_launch *l, const struct queue_row *q, const struct job_ask *ask)
{
    json_t *s = json_pack("{s:o, s:I, s:I}", "queue", json_sprintf("%s/%s", q->owner, q->name), "workers", (json_int_t)ask->workers,
                          "cores_per_worker", (json_int_t)ask->cores);
    put(s, "walltime", ask->walltime_us ? render_seconds(ask->walltime_us) : json_null());
    put(s, "partition", render_text(l->partition));
    put(s, "account", render_text(l->account));
    put(s, "script", render_text(l->script));
    put(s, "nodes", l->nodes ? json_integer(l->nodes) : json_null());
    put(s, "stay", l->stay ? json_true() : json_null());
    put(s, "keep_env", l->keep_env ? json_true() : json_null());
    put_some(s, "env", l->env);
    put_some(s, "options", l->options);
    return s;
}

int job_of_launch(const struct job_launch *l, const struct site_row *site, const struct queue_row *q, struct arena *a, struct job_ask *out,
                  struct err *e)
{
    struct defaults d;
    int r = check_scheduled(site, json_array_size(l->options), "options", e);
    if (!r)
        r = check_scheduled(site, l->partition, "partition", e);
    if (!r)
        r = check_scheduled(site, l->account, "account", e);
    if (!r)
        r = check_scheduled(site, l->nodes, "nodes", e);
    if (r)
        return r;
    read_defaults(site, a, &d);
    *out = (struct job_ask){.site = {site->owner, site->name}, .app = d.app, .queue = q, .scale = NONE, .workers = l->workers,
                            .cores = l->cores ? l->cores : 1, .walltime_us = l->walltime_us ? l->walltime_us : d.walltime_us};
    CLEANUP(json_drop) json_t *settings = launch_settings(l, q, out);
    r = write_text(settings, a, &out->settings, e);
    out->identity = out->settings;
    return r;
}

struct sent_files {
    int64_t bytes;
    const char *hash;
};
static const struct json_field FILES_FIELDS[] = {
    JSON_FIELD(struct sent_files, bytes, JSON_KIND_INT, 1, LIMIT_JOB_FILES, JSON_REQUIRED),
    JSON_FIELD(struct sent_files, hash, JSON_KIND_TEXT, 1, HASH_MAX, JSON_REQUIRED),
};
static const struct json_shape FILES = JSON_SHAPE("JobFiles", FILES_FIELDS);

struct sent_job {
    const char *site, *command, *name, *app;
    const json_t *env, *options, *files;
    int64_t cores, walltime;
};
static const struct json_field JOB_FIELDS[] = {
    JSON_FIELD(struct sent_job, site, JSON_KIND_TEXT, 1, SITE_MAX, JSON_REQUIRED),
    JSON_FIELD(struct sent_job, command, JSON_KIND_TEXT, 1, LIMIT_COMMAND, JSON_REQUIRED),
    JSON_FIELD(struct sent_job, name, JSON_KIND_TEXT, 1, LIMIT_NAME, JSON_NULLABLE),
    JSON_FIELD(struct sent_job, app, JSON_KIND_TEXT, 1, LIMIT_USER, JSON_NULLABLE),
    JSON_FIELD(struct sent_job, env, JSON_KIND_OBJECT, 0, 0, JSON_NULLABLE),
    JSON_FIELD(struct sent_job, cores, JSON_KIND_INT, 1, LIMIT_LAUNCH, 0),
    JSON_FIELD(struct sent_job, walltime, JSON_KIND_SECONDS, 1, LIMIT_TIME_LIMIT_SECONDS, JSON_NULLABLE),
    JSON_FIELD(struct sent_job, options, JSON_KIND_ARRAY, 0, JOB_OPTIONS_MAX, JSON_NULLABLE),
    JSON_FIELD(struct sent_job, files, JSON_KIND_OBJECT, 0, 0, JSON_NULLABLE),
};
const struct json_shape job_add_shape = JSON_SHAPE("JobToAdd", JOB_FIELDS);

static int check_job(const struct sent_job *s, struct err *e)
{
    struct sent_files f;
    int r = job_check_line("name", s->name, e);
    if (!r)
        r = job_check_app(s->app, e);
    if (!r)
        r = job_check_env(s->env, e);
    if (!r)
        r = job_check_options("options", s->options, e);
    if (!r && s->files) {
        r = json_read(s->files, FILES.fields, FILES.count, (struct json_place){0}, &f, e);
        r = r ? err_widen(e, r, "files: ") : job_check_word("files: hash", f.hash, e);
    }
    return r;
}

static json_t *job_settings(const struct sent_job *s)
{
    json_t *settings = json_pack("{s:s, s:I}", "command", s->command, "cores", (json_int_t)s->cores);
    put(settings, "walltime", s->walltime ? render_seconds(s->walltime) : json_null());
    put_some(settings, "env", s->env);
    put_some(settings, "options", s->options);
    put_some(settings, "files", s->files);
    return settings;
}

int job_read_add(const json_t *body, struct arena *a, struct job_ask *out, struct err *e)
{
    struct sent_job s = {.cores = 1};
    int r = json_read(body, JOB_FIELDS, COUNT_OF(JOB_FIELDS), (struct json_place){0}, &s, e);
    r = job_hint_nearest(r, body, &job_add_shape, e);
    if (!r)
        r = check_job(&s, e);
    if (r)
        return r;
    CLEANUP(json_drop) json_t *settings = job_settings(&s);
    *out = (struct job_ask){.site = job_site_ref(a, s.site), .app = s.app, .name = s.name, .scale = NONE, .workers = 1, .cores = s.cores,
                            .walltime_us = s.walltime, .files = s.files != NULL};
    r = write_text(settings, a, &out->identity, e);
    if (s.name)
        json_object_set_new(settings, "name", json_string(s.name));
    return r ? r : write_text(settings, a, &out->settings, e);
}

/* A walltime of the site's own is no part of what was asked. */
int job_fit(const struct site_row *site, struct arena *a, struct job_ask *ask, struct err *e)
{
    struct defaults d;
    CLEANUP(json_drop) json_t *settings = render_parsed(ask->settings, strlen(ask->settings));
    int r = check_scheduled(site, json_object_get(settings, "options"), "options", e);
    read_defaults(site, a, &d);
    ask->site = (struct site_ref){site->owner, site->name};
    ask->app = ask->app ? ask->app : d.app;
    ask->walltime_us = ask->walltime_us ? ask->walltime_us : d.walltime_us;
    return r;
}
