/* docket launch: batch jobs that work on a queue, with the options of qdo and its own. They are made by the server, which knows the sites
 * where jobs run, by the URL that qdo's clients know; scripts go by the line that is printed. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/connect.h"
#include "cli/fields.h"
#include "cli/out.h"
#include "cli/verb.h"

/* The site is given 30 s to answer the server. */
#define LAUNCH_PATIENCE_US (60 * CLOCK_SECOND)

struct launch_options {
    struct connect_options connect;
    int64_t cores_per_worker, walltime_us, nodes, mpack, jobs, taskcores; /* 0: not given */
    const char *site, *batchqueue, *account, *script;
    struct option_list batchopts, env;
    bool keep_env, pack, verbose, dry_run, json;
};

#define AT(member) offsetof(struct launch_options, member)
#define COUNT_OPTION(name, member, help) {name, 0, OPTION_INT, "N", AT(member), 1, LIMIT_LAUNCH, help}
static const struct option OPTIONS[] = {
    {"site", 0, OPTION_TEXT, "SITE", AT(site), 0, 0, "where; else the only one that is not local, else slurm, else local"},
    COUNT_OPTION("cores-per-worker", cores_per_worker, "cores that each worker has for itself"),
    {"walltime", 0, OPTION_SECONDS, "TIME", AT(walltime_us), 1, LIMIT_TIME_LIMIT_SECONDS, "of the job: 4:00:00, 30:00, 2h"},
    {"partition", 0, OPTION_TEXT, "NAME", AT(batchqueue), 0, 0, "of Slurm, else as the site has it"},
    {"batchqueue", 0, OPTION_TEXT, "NAME", AT(batchqueue), 0, 0, "the same, as qdo called it"},
    COUNT_OPTION("nodes", nodes, "of the job, else as many as the workers need"),
    {"account", 0, OPTION_TEXT, "NAME", AT(account), 0, 0, "of Slurm, else as the site has it"},
    {"batchopts", 0, OPTION_LIST, "TEXT", AT(batchopts), 0, 0, "options for sbatch, taken apart into words; may be given again"},
    {"env", 0, OPTION_LIST, "NAME=VALUE", AT(env), 0, 0, "a variable for the workers; may be given again"},
    {"keep-env", 0, OPTION_FLAG, NULL, AT(keep_env), 0, 0, "sbatch --export=ALL, whatever the site has set for it"},
    {"script", 0, OPTION_TEXT, "S", AT(script), 0, 0, "as in docket do --script S"},
    COUNT_OPTION("mpack", mpack, "pack so many workers together (older than the rest)"),
    {"pack", 0, OPTION_FLAG, NULL, AT(pack), 0, 0, "pack workers together (older than the rest)"},
    COUNT_OPTION("jobs", jobs, "so many jobs, each with NWORKERS workers"),
    COUNT_OPTION("taskcores", taskcores, "cores of one task"),
    {"dry-run", 0, OPTION_FLAG, NULL, AT(dry_run), 0, 0, "print the batch script, and start nothing"},
    {"verbose", 'v', OPTION_FLAG, NULL, AT(verbose), 0, 0, "say how the job was made"},
    CONNECT_OPTIONS(AT(connect)),
    OUT_JSON_OPTION(struct launch_options),
};

static int run_launch(struct verb_call *call, struct err *e);

const struct verb verb_launch = {
    .name = "launch",
    .arguments = "QUEUE NWORKERS [-- OPTIONS]",
    .summary = "start batch jobs whose workers work on a queue",
    .help = "A job starts NWORKERS workers, each with the cores it is given. They stop claiming when\n"
            "the walltime leaves no room, and give back what they hold. What stands behind -- is handed\n"
            "to sbatch. It returns once the site has taken the job, or after 30 s: then the job is\n"
            "started when the site can be reached. One that is known not to answer is asked once\n"
            "more, and nothing is started if it does not. The number printed is the scheduler's.\n\n"
            "  docket launch pictures 48 --site cluster --cores-per-worker 8 --walltime 4:00:00\n"
            "  docket launch pictures 48 --site cluster --dry-run -- --constraint=haswell\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct launch_options),
    .args_min = 2,
    .args_max = -1,
    .run = run_launch,
};

static int read_workers(const char *text, int64_t *out_workers, struct err *e)
{
    char *end;
    errno = 0;
    long long n = strtoll(text, &end, 10);
    if (end == text || *end || errno || n < 1 || n > LIMIT_LAUNCH)
        return err_refuse(e, ERR_USAGE, "NWORKERS must be an integer from 1 to %d, not '%s'", LIMIT_LAUNCH, text);
    *out_workers = n;
    return 0;
}

static void put_number(json_t *body, const char *name, int64_t n)
{
    if (n)
        json_object_set_new(body, name, json_integer(n));
}

static void put_flag(json_t *body, const char *name, bool is_set)
{
    if (is_set)
        json_object_set_new(body, name, json_true());
}

/* What stands behind the two names: a third one is a slip, and no option. */
static int check_rest(const struct verb_call *call, struct err *e)
{
    if (call->arg_count <= 2 || call->args[2][0] == '-')
        return 0;
    return err_refuse(e, ERR_USAGE, "'%.60s' is one name too many: options for sbatch stand behind --, and begin with -", call->args[2]);
}

static int put_lists(const struct verb_call *call, const struct launch_options *o, json_t *body, struct err *e)
{
    int r = fields_list(body, "batchopts", o->batchopts.values, o->batchopts.count, e);
    if (!r && call->arg_count > 2)
        r = fields_list(body, "options", (const char *const *)call->args + 2, (size_t)call->arg_count - 2, e);
    return r ? r : fields_env(body, &o->env, e);
}

/* The request, with qdo's names for its fields. */
static int make_body(const struct verb_call *call, const struct launch_options *o, int64_t workers, json_t *body, struct err *e)
{
    put_number(body, "nworkers", workers);
    put_number(body, "cores_per_worker", o->cores_per_worker);
    put_number(body, "mpack", o->mpack);
    put_number(body, "jobs", o->jobs);
    put_number(body, "taskcores", o->taskcores);
    put_number(body, "nodes", o->nodes);
    put_flag(body, "dry_run", o->dry_run);
    put_flag(body, "keep_env", o->keep_env);
    put_flag(body, "pack", o->pack);
    put_flag(body, "verbose", o->verbose);
    if (o->walltime_us)
        json_object_set_new(body, "walltime", json_real((double)o->walltime_us / CLOCK_SECOND));
    int r = fields_text(body, "batchqueue", o->batchqueue, e);
    if (!r)
        r = fields_text(body, "script", o->script, e);
    if (!r)
        r = fields_text(body, "account", o->account, e);
    if (!r)
        r = fields_text(body, "site", o->site, e);
    return r ? r : put_lists(call, o, body, e);
}

/* "/users/OWNER/queues/NAME/launch"; whose queue it is, a queue of one's own says by itself. */
static int find_path(struct connection *c, const char *queue, const char **out_path, struct err *e)
{
    CLEANUP(json_drop) json_t *body = NULL;
    int r = ask_queue(c->client, queue, &body, e);
    if (r)
        return r;
    const char *owner = json_string_value(json_object_get(body, "owner"));
    const char *name = json_string_value(json_object_get(body, "queue"));
    if (!owner || !name)
        return err_fail(e, ERR_SERVER_AWAY, "no docket server answers at %s: the queue has no name", client_url(c->client));
    *out_path = arena_printf(&c->arena, "/users/%s/queues/%s/launch", client_encode(&c->arena, owner),
                             client_encode(&c->arena, name));
    return 0;
}

/* qdo's lines. What is not known of the site is a dash. */
static void print_how(const struct launch_options *o, int64_t workers, const json_t *site)
{
    const json_t *settings = json_object_get(site, "settings"), *found = json_object_get(site, "found");
    int64_t cores = out_int(settings, "cores") ? out_int(settings, "cores") : out_int(found, "cores");
    int64_t each = o->cores_per_worker ? o->cores_per_worker : o->taskcores ? o->taskcores : 1, fit = cores / each;
    const char *kind = json_string_value(json_object_get(site, "kind"));
    bool slurm = kind && strcmp(kind, "slurm") == 0;
    if (cores)
        printf("Cores per node: %" PRId64 "\n", cores);
    else
        puts("Cores per node: -");
    puts("Cores per NUMA node: -");
    if (fit)
        printf("Workers per node: %" PRId64 "\n", fit);
    else
        puts("Workers per node: -");
    puts("Workers per NUMA node: -");
    if (o->nodes || fit)
        printf("Nodes: %" PRId64 "\n", o->nodes ? o->nodes : (workers + fit - 1) / fit);
    else
        puts("Nodes: -");
    printf("MPIRUN: %s\n%s\n", slurm ? "srun" : "-", slurm ? "sbatch job.sh" : "sh job.sh");
}

/* The site that was chosen: its kind says whether the scheduler's number is one that people know. */
static int read_site(struct connection *c, const json_t *answer, json_t **out, struct err *e)
{
    const char *site = json_string_value(json_object_get(answer, "site"));
    return site ? client_call(c->client, "GET", client_site_path(&c->arena, site, ""), NULL, out, e) : 0;
}

static void print_jobs(struct arena *a, const json_t *answer, const json_t *site)
{
    const char *kind = json_string_value(json_object_get(site, "kind"));
    bool slurm = kind && strcmp(kind, "slurm") == 0;
    size_t i;
    json_t *id;
    json_array_foreach (json_object_get(answer, "jobids"), i, id) {
        const char *batch = json_string_value(json_array_get(json_object_get(answer, "batches"), i));
        fputs("Submitted batch job ", stdout);
        out_safe(stdout, slurm && batch ? batch : arena_printf(a, "%" JSON_INTEGER_FORMAT, json_integer_value(id)));
        putchar('\n');
    }
}

static int print_answer(struct connection *c, const struct launch_options *o, int64_t workers, const json_t *answer, struct err *e)
{
    CLEANUP(json_drop) json_t *site = NULL;
    CLEANUP(buf_done) struct buf safe = {0};
    const char *script = json_string_value(json_object_get(answer, "script"));
    if (o->json) {
        out_json(answer);
        return 0;
    }
    if (script) {
        text_safe(&safe, script, strlen(script), true);
        fputs(buf_text(&safe), stdout);
        return 0;
    }
    int r = read_site(c, answer, &site, e);
    if (!r && o->verbose)
        print_how(o, workers, site);
    if (!r)
        print_jobs(&c->arena, answer, site);
    return r;
}

static int run_launch(struct verb_call *call, struct err *e)
{
    const struct launch_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *body = json_object(), *answer = NULL;
    int64_t workers;
    const char *path;
    int r = connect_check_queue(call->args[0], e);
    if (!r)
        r = read_workers(call->args[1], &workers, e);
    if (!r)
        r = check_rest(call, e);
    if (!r)
        r = make_body(call, o, workers, body, e);
    if (!r)
        r = connect_open(&c, call, &o->connect, e);
    if (!r)
        r = find_path(&c, call->args[0], &path, e);
    if (!r)
        r = ask_patiently(c.loop, c.client, path, body, LAUNCH_PATIENCE_US, &answer, e);
    return r ? r : print_answer(&c, o, workers, answer, e);
}
