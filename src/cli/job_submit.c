/* docket job submit: a command as a job at a site, with a directory if one goes with it. */
#include "cli/fields.h"
#include "cli/job_tar_pack.h"
#include "cli/job_verb.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

enum { TRIES = 3, SETTLE_SECONDS = 20, PATIENCE_SECONDS = 60 };

struct submit_options {
    struct job_options base;
    const char *site, *dir, *name, *app;
    struct option_list env, option;
    int64_t walltime_us, cores;
};

#define AT(member) offsetof(struct submit_options, member)
static const struct option OPTIONS[] = {
    {"site", 0, OPTION_TEXT, "SITE", AT(site), 0, 0, "where it runs"},
    {"dir", 0, OPTION_TEXT, "DIR", AT(dir), 0, 0, "goes there with it; it runs in a copy of it"},
    {"name", 0, OPTION_TEXT, "NAME", AT(name), 0, 0, "what lists show of it"},
    {"app", 0, OPTION_TEXT, "APP", AT(app), 0, 0, "its folder at the site stands in ~/.APP; docket unless the site says another"},
    {"walltime", 0, OPTION_SECONDS, "TIME", AT(walltime_us), 1, LIMIT_TIME_LIMIT_SECONDS, "it is ended then: 4:00:00, 30:00, 2h"},
    {"cores", 0, OPTION_INT, "N", AT(cores), 1, LIMIT_LAUNCH, "cores that it has"},
    {"env", 0, OPTION_LIST, "NAME=VALUE", AT(env), 0, 0, "a variable for it; may be given again"},
    {"option", 0, OPTION_LIST, "TEXT", AT(option), 0, 0, "an option for sbatch (--option=--gpus=1); may be given again"},
    JOB_OPTIONS(struct submit_options),
};

static int run_submit(struct verb_call *call, struct err *e);

const struct verb job_word_submit = {
    .name = "job submit",
    .arguments = "-- COMMAND [WORD…]",
    .summary = "run a command as a job at a site, print its id",
    .help = "A single word is taken as the text of a shell command; several are quoted, so that the\n"
            "command gets the same words. It returns once the site has taken the job, or after 30 s:\n"
            "then the job is started when the site can be reached. One that is known not to answer\n"
            "is asked once more, and nothing is started if it does not.\n\n"
            "  docket job submit --site cluster --dir ./case1 --walltime 2h -- ./solve --steps 500\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct submit_options),
    .args_min = 1,
    .args_max = -1,
    .run = run_submit,
};

static int make_body(const struct verb_call *call, const struct submit_options *o, json_t *body, struct err *e)
{
    CLEANUP(buf_done) struct buf command = {0};
    fields_command(call->args, call->arg_count, &command);
    int r = o->site ? fields_text(body, "site", o->site, e) : err_refuse(e, ERR_USAGE, "where? --site SITE; docket site list tells them");
    if (!r)
        r = json_object_set_new(body, "command", json_string(buf_text(&command))) ? err_refuse(e, ERR_USAGE, "the command must be UTF-8") : 0;
    if (!r)
        r = fields_text(body, "name", o->name, e);
    if (!r)
        r = fields_text(body, "app", o->app, e);
    if (!r && o->walltime_us)
        r = json_object_set_new(body, "walltime", json_real((double)o->walltime_us / CLOCK_SECOND));
    if (!r && o->cores)
        r = json_object_set_new(body, "cores", json_integer(o->cores));
    if (!r)
        r = fields_env(body, &o->env, e);
    return r ? r : fields_list(body, "options", o->option.values, o->option.count, e);
}

/* The tar on its way to the server. */
struct upload {
    FILE *file;
    bool over;
    struct client_reply reply; /* its body: a reference */
};

static enum client_made on_source(void *arg, struct buf *b)
{
    enum { BLOCK_BYTES = 64 * 1024 };
    struct upload *u = arg;
    char *place = buf_reserve(b, BLOCK_BYTES);
    size_t n = fread(place, 1, BLOCK_BYTES, u->file);
    b->len += n;
    if (ferror(u->file))
        return CLIENT_BREAK;
    return n == BLOCK_BYTES ? CLIENT_MORE : CLIENT_LAST;
}

static void on_uploaded(void *arg, const struct client_reply *reply)
{
    struct upload *u = arg;
    u->reply = *reply;
    json_incref(u->reply.body);
    u->over = true;
}

static int send_once(struct connection *c, const char *path, FILE *file, json_t **job, struct err *e)
{
    struct upload u = {.file = file};
    rewind(file);
    client_put(c->client, path, "application/octet-stream", on_source, on_uploaded, &u);
    while (!u.over)
        loop_turn(c->loop, -1);
    if (u.reply.status && u.reply.status < 400) {
        json_decref(*job);
        *job = u.reply.body;
        return 0;
    }
    json_decref(u.reply.body);
    *e = u.reply.err;
    return u.reply.status ? (int)e->code : -ERR_SERVER_AWAY;
}

/* A connection that was cut loses nothing: it is begun anew. */
static int send_files(struct connection *c, const struct job_tar *tar, json_t **job, struct err *e)
{
    char *path = job_verb_path(&c->arena, out_field(&c->arena, *job, "id"), "/files");
    int r = -ERR_SERVER_AWAY;
    for (int i = 0; i < TRIES && r < 0; i++)
        r = send_once(c, path, tar->file, job, e);
    return r;
}

/* A job that came with files was not waited for by the request that brought them. */
static int wait_settled(struct connection *c, json_t **job, struct err *e)
{
    const char *tail = arena_printf(&c->arena, "?wait=%d", SETTLE_SECONDS);
    CLEANUP(json_drop) json_t *now = NULL;
    const char *path = job_verb_path(&c->arena, out_field(&c->arena, *job, "id"), tail);
    int r = client_call(c->client, "GET", path, NULL, &now, e);
    if (r)
        return r;
    json_decref(*job);
    *job = MOVE(now);
    const char *state = json_string_value(json_object_get(*job, "state"));
    bool begun = json_is_string(json_object_get(*job, "batch")) || json_is_string(json_object_get(*job, "started"));
    if (!state || strcmp(state, "failed") != 0 || begun)
        return 0;
    return err_refuse(e, ERR_SITE_REFUSED, "%s", out_field(&c->arena, *job, "reason"));
}

static int submit(struct connection *c, json_t *body, const struct job_tar *tar, json_t **job, struct err *e)
{
    if (tar->file)
        json_object_set_new(body, "files", json_pack("{s:I, s:s}", "bytes", (json_int_t)tar->bytes, "hash", tar->hash));
    int r = ask_patiently(c->loop, c->client, "/api/v1/jobs", body, PATIENCE_SECONDS * CLOCK_SECOND, job, e);
    if (!r && tar->file)
        r = send_files(c, tar, job, e);
    return r || !tar->file ? r : wait_settled(c, job, e);
}

static int run_submit(struct verb_call *call, struct err *e)
{
    const struct submit_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *body = json_object(), *job = NULL;
    CLEANUP(job_tar_done) struct job_tar tar = {0};
    int r = make_body(call, o, body, e);
    if (!r && o->dir)
        r = job_tar_pack(o->dir, &tar, e);
    if (!r)
        r = connect_open(&c, call, &o->base.connect, e);
    if (!r)
        r = submit(&c, body, &tar, &job, e);
    if (!r && o->base.json)
        out_json(job);
    else if (!r)
        printf("%s\n", out_field(&c.arena, job, "id"));
    return r;
}
