/* docket scale: as many jobs at a site as a queue's backlog deserves. Only what is named is sent: the server keeps the rest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/connect.h"
#include "cli/fields.h"
#include "cli/out.h"
#include "cli/scale_view.h"
#include "cli/verb.h"

struct scale_options {
    struct connect_options connect;
    int64_t min_jobs, max_jobs, tasks_per_worker, workers, cores_per_worker, nodes, walltime_us; /* -1: not given */
    const char *site, *budget, *partition, *account, *script;
    struct option_list env;
    bool keep_env, pause, resume, off, dry_run, json;
};
static const struct scale_options DEFAULTS = {.min_jobs = -1, .max_jobs = -1, .tasks_per_worker = -1, .workers = -1, .cores_per_worker = -1,
                                              .nodes = -1, .walltime_us = -1};

#define AT(member) offsetof(struct scale_options, member)
#define COUNT_OPTION(name, member, least, most, help) {name, 0, OPTION_INT, "N", AT(member), least, most, help}
static const struct option OPTIONS[] = {
    {"site", 0, OPTION_TEXT, "SITE", AT(site), 0, 0, "where; may be left out of a queue that is scaled at one site"},
    COUNT_OPTION("min-jobs", min_jobs, 0, LIMIT_SCALE_JOBS, "kept there at all times, with or without tasks; 0"),
    COUNT_OPTION("max-jobs", max_jobs, 1, LIMIT_SCALE_JOBS, "never more than these"),
    COUNT_OPTION("tasks-per-worker", tasks_per_worker, 1, LIMIT_LAUNCH, "the share of the backlog that deserves a worker; 1"),
    COUNT_OPTION("workers", workers, 1, LIMIT_LAUNCH, "of each job; 1"),
    {"budget", 0, OPTION_TEXT, "HOURS", AT(budget), 0, 0, "core-hours that its jobs may use; none: any number"},
    COUNT_OPTION("cores-per-worker", cores_per_worker, 1, LIMIT_LAUNCH, "cores that each worker has for itself; 1"),
    {"walltime", 0, OPTION_SECONDS, "TIME", AT(walltime_us), 1, LIMIT_TIME_LIMIT_SECONDS, "of each job: 4:00:00, 30:00, 2h"},
    {"partition", 0, OPTION_TEXT, "NAME", AT(partition), 0, 0, "of Slurm, else as the site has it"},
    COUNT_OPTION("nodes", nodes, 1, LIMIT_LAUNCH, "of each job, else as many as the workers need"),
    {"account", 0, OPTION_TEXT, "NAME", AT(account), 0, 0, "of Slurm, else as the site has it"},
    {"env", 0, OPTION_LIST, "NAME=VALUE", AT(env), 0, 0, "a variable for the workers; may be given again"},
    {"keep-env", 0, OPTION_FLAG, NULL, AT(keep_env), 0, 0, "sbatch --export=ALL, whatever the site has set for it"},
    {"script", 0, OPTION_TEXT, "S", AT(script), 0, 0, "as in docket do --script S"},
    {"pause", 0, OPTION_FLAG, NULL, AT(pause), 0, 0, "start no more jobs; those that run go on while there is work"},
    {"resume", 0, OPTION_FLAG, NULL, AT(resume), 0, 0, "go on, also after it has paused itself"},
    {"off", 0, OPTION_FLAG, NULL, AT(off), 0, 0, "end it: jobs that have not begun are cancelled, those that run go on"},
    {"dry-run", 0, OPTION_FLAG, NULL, AT(dry_run), 0, 0, "say how many jobs it would start now, and start none"},
    CONNECT_OPTIONS(AT(connect)),
    OUT_JSON_OPTION(struct scale_options),
};

static int run_scale(struct verb_call *call, struct err *e);

const struct verb verb_scale = {
    .name = "scale",
    .arguments = "[QUEUE [-- OPTIONS]]",
    .summary = "keep as many batch jobs for a queue as its backlog deserves",
    .help = "Tasks that are pending or running, divided by tasks-per-worker times workers, are the\n"
            "jobs a queue deserves; min-jobs and max-jobs bound them. Few are started at first, more as\n"
            "these begin. Jobs that no task waits for are cancelled: at once before they have begun,\n"
            "within a minute once they are idle; down to min-jobs, which are kept as long as it is on.\n"
            "The budget counts the whole walltime of a job from its submission on (in minutes, and one\n"
            "to end in), so it needs a walltime and is never passed. After ten refused submissions, or\n"
            "three jobs that never began, one after the other, it pauses itself and says why.\n"
            "Called again it changes what is named. Without a QUEUE all are listed.\n\n"
            "  docket scale pictures --site cluster --max-jobs 20 --workers 4 --walltime 2h --budget 500\n"
            "  docket scale pictures --pause\n"
            "  docket scale\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct scale_options),
    .defaults = &DEFAULTS,
    .args_min = 0,
    .args_max = -1,
    .run = run_scale,
};

static void put_number(json_t *body, const char *name, int64_t n)
{
    if (n >= 0)
        json_object_set_new(body, name, json_integer(n));
}

static int put_budget(json_t *body, const char *text, struct err *e)
{
    char *end;
    if (!text)
        return 0;
    double hours = strtod(text, &end);
    if (strcmp(text, "none") == 0)
        return json_object_set_new(body, "budget", json_null());
    if (end == text || *end || !(hours > 0 && hours <= LIMIT_SCALE_BUDGET))
        return err_refuse(e, ERR_USAGE, "--budget must be core-hours, above 0 and at most %d, or none; not '%.60s'", LIMIT_SCALE_BUDGET, text);
    return json_object_set_new(body, "budget", json_real(hours));
}

/* What stands behind the queue: options for sbatch. */
static int put_options(const struct verb_call *call, json_t *body, struct err *e)
{
    json_t *list = json_array();
    json_object_set_new(body, "options", list);
    for (int i = 1; i < call->arg_count; i++) {
        if (call->args[i][0] != '-')
            return err_refuse(e, ERR_USAGE, "'%.60s' is one name too many: options for sbatch stand behind --, and begin with -", call->args[i]);
        if (json_array_append_new(list, json_string(call->args[i])))
            return err_refuse(e, ERR_USAGE, "options for sbatch must be UTF-8");
    }
    return 0;
}

static void put_switches(const struct scale_options *o, json_t *body)
{
    if (o->keep_env)
        json_object_set_new(body, "keep_env", json_true());
    if (o->pause || o->resume)
        json_object_set_new(body, "paused", json_boolean(o->pause));
}

static int make_body(const struct verb_call *call, const struct scale_options *o, json_t *body, struct err *e)
{
    put_number(body, "min_jobs", o->min_jobs);
    put_number(body, "max_jobs", o->max_jobs);
    put_number(body, "tasks_per_worker", o->tasks_per_worker);
    put_number(body, "workers", o->workers);
    put_number(body, "cores_per_worker", o->cores_per_worker);
    put_number(body, "nodes", o->nodes);
    put_switches(o, body);
    if (o->walltime_us >= 0)
        json_object_set_new(body, "walltime", json_real((double)o->walltime_us / CLOCK_SECOND));
    int r = put_budget(body, o->budget, e);
    if (!r)
        r = fields_text(body, "partition", o->partition, e);
    if (!r)
        r = fields_text(body, "account", o->account, e);
    if (!r)
        r = fields_text(body, "script", o->script, e);
    if (!r)
        r = fields_env(body, &o->env, e);
    return r || call->arg_count <= 1 ? r : put_options(call, body, e);
}

static int check(const struct scale_options *o, const json_t *body, struct err *e)
{
    if (o->pause + o->resume + o->off > 1)
        return err_refuse(e, ERR_USAGE, "one of --pause, --resume and --off");
    if (o->off && (json_object_size(body) || o->dry_run))
        return err_refuse(e, ERR_USAGE, "--off ends it: nothing else goes with that");
    return 0;
}

/* The only site a queue is scaled at. */
static int find_site(struct connection *c, const char *queue, const char **out, struct err *e)
{
    CLEANUP(json_drop) json_t *answer = NULL;
    int r = scale_view_ask(c->client, &c->arena, queue, &answer, e);
    if (r)
        return r;
    const json_t *scales = json_object_get(answer, "scales");
    if (json_array_size(scales) != 1)
        return err_refuse(e, ERR_USAGE, "%s: --site says where", json_array_size(scales) ? "this queue is scaled at several sites" : "this queue is not scaled anywhere");
    *out = arena_strdup(&c->arena, json_string_value(json_object_get(json_array_get(scales, 0), "site")));
    return 0;
}

static int list(struct connection *c, const struct scale_options *o, const char *queue, struct err *e)
{
    CLEANUP(json_drop) json_t *answer = NULL;
    size_t i;
    json_t *scale;
    int r = scale_view_ask(c->client, &c->arena, queue, &answer, e);
    if (r)
        return r;
    const json_t *scales = json_object_get(answer, "scales");
    json_array_foreach ((json_t *)scales, i, scale)
        if (o->json)
            out_json(scale);
    if (!o->json && json_array_size(scales))
        scale_view_list(&c->arena, scales);
    else if (!o->json)
        puts("nothing is scaled: docket scale QUEUE --site SITE --max-jobs N begins");
    return 0;
}

static int say(struct connection *c, const struct scale_options *o, const json_t *answer)
{
    CLEANUP(json_drop) json_t *scales = json_array();
    if (o->json) {
        out_json(answer);
        return 0;
    }
    if (o->off) {
        printf("off: %s jobs that had not begun are cancelled\n", out_field(&c->arena, answer, "cancelled"));
        return 0;
    }
    if (o->dry_run)
        printf("it would start %s now\n", out_field(&c->arena, answer, "starts"));
    json_array_append(scales, (json_t *)answer);
    scale_view_list(&c->arena, scales);
    return 0;
}

static int change(struct verb_call *call, struct connection *c, json_t *body, struct err *e)
{
    const struct scale_options *o = call->options;
    CLEANUP(json_drop) json_t *answer = NULL;
    const char *site = o->site, *queue = call->args[0], *method = o->off ? "DELETE" : json_object_size(body) || o->dry_run ? "PUT" : "GET";
    int r = site ? 0 : find_site(c, queue, &site, e);
    if (r)
        return r;
    if (o->dry_run)
        json_object_set_new(body, "dry_run", json_true());
    const char *tail = arena_printf(&c->arena, "/scale?site=%s", client_encode(&c->arena, site));
    r = client_call(c->client, method, client_queue_path(&c->arena, queue, tail), strcmp(method, "PUT") == 0 ? body : NULL, &answer, e);
    return r ? r : say(c, o, answer);
}

static int run_scale(struct verb_call *call, struct err *e)
{
    const struct scale_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *body = json_object();
    const char *queue = call->arg_count ? call->args[0] : NULL;
    int r = queue ? connect_check_queue(queue, e) : 0;
    if (!r)
        r = make_body(call, o, body, e);
    if (!r)
        r = check(o, body, e);
    bool asks = o->site || o->off || o->dry_run || json_object_size(body);
    if (!r && asks && !queue)
        r = err_refuse(e, ERR_USAGE, "which queue? docket scale QUEUE …");
    if (!r)
        r = connect_open(&c, call, &o->connect, e);
    if (r)
        return r;
    return asks ? change(call, &c, body, e) : list(&c, o, queue, e);
}
