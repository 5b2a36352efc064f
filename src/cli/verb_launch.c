/* docket launch: batch jobs that work on a queue, with the options of qdo. They are made by the server, which knows the places
 * where jobs run; what it says is passed on. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/connect.h"
#include "cli/out.h"
#include "cli/verb.h"

struct launch_options {
    struct connect_options connect;
    int64_t cores_per_worker, walltime_us, mpack, jobs, taskcores; /* 0: not given */
    const char *batchqueue, *script;
    struct option_list batchopts;
    bool keep_env, pack, verbose;
};

#define AT(member) offsetof(struct launch_options, member)
#define COUNT_OPTION(name, member, help) {name, 0, OPTION_INT, "N", AT(member), 1, LIMIT_LAUNCH, help}
static const struct option OPTIONS[] = {
    COUNT_OPTION("cores-per-worker", cores_per_worker, "cores that each worker has for itself"),
    {"walltime", 0, OPTION_SECONDS, "TIME", AT(walltime_us), 1, LIMIT_TIME_LIMIT_SECONDS, "of the job: 4:00:00, 30:00, 2h"},
    {"batchqueue", 0, OPTION_TEXT, "NAME", AT(batchqueue), 0, 0, "the queue of the batch system"},
    {"batchopts", 0, OPTION_LIST, "TEXT", AT(batchopts), 0, 0, "handed to the batch system as it is; may be given again"},
    {"keep-env", 0, OPTION_FLAG, NULL, AT(keep_env), 0, 0, "with the environment of this call"},
    {"script", 0, OPTION_TEXT, "S", AT(script), 0, 0, "as in docket do --script S"},
    COUNT_OPTION("mpack", mpack, "pack so many workers together (older than the rest)"),
    {"pack", 0, OPTION_FLAG, NULL, AT(pack), 0, 0, "pack workers together (older than the rest)"},
    COUNT_OPTION("jobs", jobs, "so many jobs, each with NWORKERS workers"),
    COUNT_OPTION("taskcores", taskcores, "cores of one task"),
    {"verbose", 'v', OPTION_FLAG, NULL, AT(verbose), 0, 0, "say how the job was made"},
    CONNECT_OPTIONS(AT(connect)),
};

static int run_launch(struct verb_call *call, struct err *e);

const struct verb verb_launch = {
    .name = "launch",
    .arguments = "QUEUE NWORKERS",
    .summary = "ask the server for batch jobs that work on a queue",
    .help = "This server makes no batch jobs yet: the options are checked and sent, it answers\n"
            "so, and launch exits 1. Until it does, submit a worker as a job yourself:\n\n"
            "  sbatch -n 48 -t 4:00:00 --wrap 'srun docket do pictures'\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct launch_options),
    .args_min = 2,
    .args_max = 2,
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

/* Texts as given, numbers and flags where given. */
static int put_text(json_t *body, const char *name, const char *text, struct err *e)
{
    if (!text)
        return 0;
    if (!text_is_utf8(text, strlen(text)))
        return err_refuse(e, ERR_USAGE, "--%s must be UTF-8", name);
    return json_object_set_new(body, name, json_string(text));
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

static int put_batchopts(json_t *body, const struct option_list *list, struct err *e)
{
    json_t *options = json_array();
    json_object_set_new(body, "batchopts", options);
    for (size_t i = 0; i < list->count; i++) {
        if (!text_is_utf8(list->values[i], strlen(list->values[i])))
            return err_refuse(e, ERR_USAGE, "--batchopts must be UTF-8");
        json_array_append_new(options, json_string(list->values[i]));
    }
    return 0;
}

/* The request, with qdo's names for its fields. */
static int make_body(const struct launch_options *o, int64_t workers, json_t *body, struct err *e)
{
    put_number(body, "nworkers", workers);
    put_number(body, "cores_per_worker", o->cores_per_worker);
    put_number(body, "mpack", o->mpack);
    put_number(body, "jobs", o->jobs);
    put_number(body, "taskcores", o->taskcores);
    put_flag(body, "keep_env", o->keep_env);
    put_flag(body, "pack", o->pack);
    put_flag(body, "verbose", o->verbose);
    if (o->walltime_us)
        json_object_set_new(body, "walltime", json_real((double)o->walltime_us / CLOCK_SECOND));
    int r = put_text(body, "batchqueue", o->batchqueue, e);
    if (!r)
        r = put_text(body, "script", o->script, e);
    return r || !o->batchopts.count ? r : put_batchopts(body, &o->batchopts, e);
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

static void print_answer(const json_t *answer)
{
    CLEANUP(buf_done) struct buf text = {0};
    json_write(answer, &text);
    out_safe(stdout, buf_text(&text));
    putchar('\n');
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
        r = make_body(o, workers, body, e);
    if (!r)
        r = connect_open(&c, call, &o->connect, e);
    if (!r)
        r = find_path(&c, call->args[0], &path, e);
    if (!r)
        r = client_call(c.client, "POST", path, body, &answer, e);
    if (!r)
        print_answer(answer);
    return r;
}
