/* Batch jobs as qdo started them, and where: its words for what the native API calls a launch. Two of its fields have several forms, and
 * are brought to one before the table reads them; what it said about packing workers is taken and has no meaning here. */
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "web/api_launch.h"
#include "web/http_inner.h"
#include "web/job_words.h"
#include "web/qdo.h"
#include "web/render.h"

enum { JOBS_MOST = 100 };

struct sent_launch {
    const char *site, *walltime, *batchqueue, *script, *account;
    const json_t *batchopts, *options, *env;
    int64_t nworkers, cores_per_worker, taskcores, jobs, mpack, nodes;
    bool keep_env, pack, verbose, dry_run;
};

#define NUMBER(member, most) JSON_FIELD(struct sent_launch, member, JSON_KIND_INT, 1, most, JSON_NULLABLE)
#define TEXT(member, most) JSON_FIELD(struct sent_launch, member, JSON_KIND_TEXT, 1, most, JSON_NULLABLE)
#define FLAG(member) JSON_FIELD(struct sent_launch, member, JSON_KIND_BOOL, 0, 0, JSON_NULLABLE)
static const struct json_field LAUNCH_FIELDS[] = {
    TEXT(site, 2 * LIMIT_USER + 1),
    NUMBER(nworkers, LIMIT_LAUNCH),
    NUMBER(cores_per_worker, LIMIT_LAUNCH),
    NUMBER(taskcores, LIMIT_LAUNCH),
    NUMBER(jobs, JOBS_MOST),
    NUMBER(mpack, LIMIT_LAUNCH),
    TEXT(walltime, 32),
    TEXT(batchqueue, JOB_WORD_MAX),
    TEXT(script, LIMIT_CWD),
    JSON_FIELD(struct sent_launch, batchopts, JSON_KIND_ARRAY, 0, JOB_OPTIONS_MAX, JSON_NULLABLE),
    TEXT(account, JOB_WORD_MAX),
    NUMBER(nodes, LIMIT_LAUNCH),
    JSON_FIELD(struct sent_launch, env, JSON_KIND_OBJECT, 0, 0, JSON_NULLABLE),
    JSON_FIELD(struct sent_launch, options, JSON_KIND_ARRAY, 0, JOB_OPTIONS_MAX, JSON_NULLABLE),
    FLAG(keep_env),
    FLAG(pack),
    FLAG(verbose),
    FLAG(dry_run),
};
static const struct json_shape LAUNCH = JSON_SHAPE("QdoLaunch", LAUNCH_FIELDS);

/* In JSON a walltime may be a number, and options one text. */
static int normalise(struct request *r, struct err *e)
{
    const json_t *body;
    if (r->form)
        return 0;
    int bad = request_json(r, &body, e);
    if (bad || !json_is_object(r->json))
        return bad;
    const json_t *walltime = json_object_get(r->json, "walltime");
    json_t *options = json_object_get(r->json, "batchopts");
    if (json_is_number(walltime))
        json_object_set_new(r->json, "walltime", json_sprintf("%.3f", json_number_value(walltime)));
    if (json_is_string(options))
        json_object_set_new(r->json, "batchopts", json_pack("[O]", options));
    return 0;
}

static int read_walltime(const char *text, int64_t *out_us, struct err *e)
{
    *out_us = text ? text_parse_span(text) : 0;
    if (*out_us < 0 || *out_us > LIMIT_TIME_LIMIT_SECONDS * CLOCK_SECOND || (text && *out_us < CLOCK_SECOND))
        return err_refuse(e, ERR_BAD_FIELD, "walltime must be a time such as 4:00:00, 30:00, 2h or a number of seconds");
    return 0;
}

/* Each of batchopts was a piece of a command line; options are words already. */
static int read_options(const struct sent_launch *s, json_t *words, struct err *e)
{
    size_t i;
    json_t *line;
    if (s->options)
        json_array_extend(words, (json_t *)s->options);
    json_array_foreach ((json_t *)s->batchopts, i, line) {
        int bad = json_is_string(line) ? job_split("batchopts", json_string_value(line), words, e)
                                       : err_refuse(e, ERR_BAD_FIELD, "batchopts[%zu] must be a string", i);
        if (bad)
            return bad;
    }
    if (json_array_size(words) > JOB_OPTIONS_MAX)
        return err_refuse(e, ERR_TOO_LARGE, "batchopts holds more than %d words", JOB_OPTIONS_MAX);
    return job_check_options("batchopts", words, e);
}

static const struct site_row *of_name(const struct site_row *rows, int count, const char *owner, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(rows[i].name, name) == 0 && (!owner || strcmp(rows[i].owner, owner) == 0))
            return &rows[i];
    return NULL;
}

static int refuse_none(const struct queue_row *q, int count, struct err *e)
{
    int bad = err_refuse(e, ERR_NO_SITE, count ? "several sites could do this, and none was named" : "there is no site at which jobs could be started");
    if (count)
        err_hint(e, "name one: site=NAME; /site/info lists them");
    else
        err_hint(e, "docket site add makes one; or start workers yourself: docket work %.60s", q->name);
    return bad;
}

/* The one that is named; else the only one that is more than this machine, else `slurm`, else `local`. */
static int find_site(struct request *r, struct turn *t, const char *name, const struct queue_row *q, struct site_row *out, struct err *e)
{
    struct site_row *rows;
    const struct site_row *other = NULL, *chosen;
    int count, others = 0;
    if (name) {
        struct site_ref ref = job_site_ref(t->arena, name);
        return site_find(t, &r->who, &ref, t->arena, out, e);
    }
    int bad = site_list(t, &r->who, t->arena, &rows, &count, e);
    if (bad)
        return bad;
    for (int i = 0; i < count; i++)
        if (strcmp(rows[i].name, "local") != 0 && ++others)
            other = &rows[i];
    chosen = others == 1 ? other : of_name(rows, count, NULL, "slurm");
    chosen = chosen ? chosen : of_name(rows, count, r->who.user, "local");
    chosen = chosen ? chosen : of_name(rows, count, NULL, "local");
    if (!chosen)
        return refuse_none(q, count, e);
    *out = *chosen;
    return 0;
}

static int answer(struct request *r, const struct job_row *jobs, int count)
{
    json_t *ids = json_array(), *batches = json_array();
    for (int i = 0; i < count; i++) {
        json_array_append_new(ids, json_integer(jobs[i].id));
        json_array_append_new(batches, render_text(jobs[i].batch));
    }
    return request_answer(r, 202, json_pack("{s:I, s:o, s:o, s:o}", "jobid", (json_int_t)jobs[0].id, "jobids", ids, "batches", batches, "site",
                                            json_sprintf("%s/%s", jobs[0].site_owner, jobs[0].site_name)));
}

/* Only a scheduler has queues and options. */
static void fit(const struct site_row *site, struct job_launch *l)
{
    if (strcmp(site->kind, "slurm") == 0)
        return;
    l->partition = l->account = NULL;
    l->options = NULL;
    l->nodes = 0;
}

static int begin(struct request *r, struct turn *t, const struct sent_launch *s, struct err *e)
{
    CLEANUP(json_drop) json_t *options = json_array();
    struct job_launch l = {.workers = s->nworkers, .cores = s->cores_per_worker ? s->cores_per_worker : s->taskcores, .partition = s->batchqueue,
                           .account = s->account, .nodes = s->nodes, .env = s->env, .script = s->script, .keep_env = s->keep_env, .dry_run = s->dry_run, .options = options};
    struct site_row site;
    struct queue_row q;
    int bad = read_walltime(s->walltime, &l.walltime_us, e);
    if (!bad)
        bad = read_options(s, options, e);
    if (!bad)
        bad = job_check_word("batchqueue", s->batchqueue, e);
    if (!bad)
        bad = job_check_word("account", s->account, e);
    if (!bad)
        bad = job_check_env(s->env, e);
    if (!bad)
        bad = job_check_line("script", s->script, e);
    if (!bad)
        bad = qdo_queue(r, t, &q, e);
    if (!bad)
        bad = find_site(r, t, s->site, &q, &site, e);
    if (bad)
        return bad;
    fit(&site, &l);
    const struct api_launch_ask ask = {&site, &q, &l, (int)s->jobs, answer};
    return api_launch_begin(r, t, &ask, e);
}

int qdo_queue_launch(struct request *r, struct turn *t, struct err *e)
{
    struct sent_launch s = {.nworkers = 1, .jobs = 1};
    if (job_waited(r))
        return job_wait_on(r, t, answer, e);
    int bad = normalise(r, e);
    if (!bad)
        bad = qdo_read(r, &LAUNCH, false, &s, e);
    return bad ? bad : begin(r, t, &s, e);
}

/* What a scheduler's partitions are called, as far as a check has found them. */
static json_t *queues_of(const struct site_row *site)
{
    CLEANUP(json_drop) json_t *found = render_parsed(site->found, strlen(site->found));
    json_t *names = json_array(), *partition;
    size_t i;
    json_array_foreach (json_object_get(found, "partitions"), i, partition) {
        json_t *name = json_object_get(partition, "name");
        if (json_is_string(name))
            json_array_append(names, name);
    }
    return names;
}

/* Whoever has not signed in, or may only work, is told of no site. */
int qdo_site_info(struct request *r, struct turn *t, struct err *e)
{
    char host[256] = "";
    struct site_row *rows = NULL;
    int count = 0, bad = auth_identify(r, t, e);
    if (bad == ERR_UNAUTHORIZED)
        r->who.user = NULL;
    else if (bad)
        return bad;
    bad = r->who.user && r->who.scope != SCOPE_WORKER ? site_list(t, &r->who, t->arena, &rows, &count, e) : 0;
    if (bad)
        return bad;
    json_t *hosts = json_object();
    for (int i = 0; i < count; i++)
        json_object_set_new(hosts, arena_printf(t->arena, "%s%s%s", strcmp(rows[i].owner, r->who.user) ? rows[i].owner : "",
                                                strcmp(rows[i].owner, r->who.user) ? "/" : "", rows[i].name),
                            json_pack("{s:o}", "queues", queues_of(&rows[i])));
    gethostname(host, sizeof host - 1);
    return request_answer(r, 200, json_pack("{s:s, s:o}", "sitename", host, "hosts", hosts));
}
