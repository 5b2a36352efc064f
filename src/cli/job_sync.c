/* docket job sync: what sites know of their jobs is looked at now. */
#include "cli/job_verb.h"
#include "cli/site_verb.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option OPTIONS[] = {JOB_OPTIONS(struct job_plain)};

static int run_sync(struct verb_call *call, struct err *e);

const struct verb job_word_sync = {
    .name = "job sync",
    .arguments = "[APP [SERVER[:PORT]]]",
    .summary = "look at the jobs of sites now",
    .help = "The server does this by itself (a site's sync-seconds). Without an argument: at all sites.\n"
            "With one: the jobs in ~/.APP of this machine, or of SERVER by ssh; jobs that are not known\n"
            "here become known. A site that is missing is made, where you may do that.\n\n"
            "  docket job sync\n"
            "  docket job sync remoteJobs-vistrails cluster.example.org:22\n",
    JOB_PLAIN,
    .args_max = 2,
    .run = run_sync,
};

/* What an argument names. */
struct wanted {
    const char *app, *host; /* host NULL: this machine */
    int64_t port;           /* 0: as ssh has it */
};

static int read_wanted(struct arena *a, const struct verb_call *call, struct wanted *out, struct err *e)
{
    *out = (struct wanted){.app = call->args[0]};
    if (call->arg_count < 2)
        return 0;
    const char *colon = strrchr(call->args[1], ':');
    char *end = NULL;
    out->host = arena_copy(a, call->args[1], colon ? (size_t)(colon - call->args[1]) : strlen(call->args[1]));
    out->port = colon ? strtoll(colon + 1, &end, 10) : 0;
    if (colon && (*end || out->port < 1 || out->port > 65535))
        return err_refuse(e, ERR_USAGE, "SERVER[:PORT] ends in a port from 1 to 65535, not '%.20s'", colon + 1);
    return 0;
}

static bool is_wanted(const json_t *site, const struct wanted *w)
{
    const json_t *s = json_object_get(site, "settings");
    const char *app = json_string_value(json_object_get(s, "app")), *host = json_string_value(json_object_get(s, "host"));
    int64_t port = json_integer_value(json_object_get(s, "port"));
    bool here = strcmp(json_string_value(json_object_get(site, "kind")), "local") == 0;
    if (strcmp(app ? app : "docket", w->app) != 0)
        return false;
    return w->host ? host && strcmp(host, w->host) == 0 && (!w->port || (port ? port : 22) == w->port) : here;
}

/* A name that a site may have. */
static const char *name_for(struct arena *a, const struct wanted *w)
{
    char *name = arena_printf(a, "%.40s-%.20s", w->host ? w->host : "local", w->app);
    for (char *c = name; *c; c++)
        if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-", *c))
            *c = '-';
    return name;
}

static int make_site(struct connection *c, const struct wanted *w, json_t **out, struct err *e)
{
    CLEANUP(json_drop) json_t *settings = json_pack("{s:s, s:s}", "kind", w->host ? "ssh" : "local", "app", w->app);
    if (w->host)
        json_object_set_new(settings, "host", json_string(w->host));
    if (w->port)
        json_object_set_new(settings, "port", json_integer(w->port));
    return client_call(c->client, "PUT", client_site_path(&c->arena, name_for(&c->arena, w), ""), settings, out, e);
}

static int sync_wanted(struct connection *c, const struct wanted *w, const json_t *all, bool json, struct err *e)
{
    CLEANUP(json_drop) json_t *made = NULL;
    size_t i;
    json_t *site;
    json_array_foreach ((json_t *)all, i, site)
        if (is_wanted(site, w))
            return site_verb_sync(c, site_verb_ref(&c->arena, site), json, e);
    int r = make_site(c, w, &made, e);
    return r ? r : site_verb_sync(c, site_verb_ref(&c->arena, made), json, e);
}

/* One that does not answer keeps nobody from the others. */
static int sync_all(struct connection *c, const json_t *all, bool json, struct err *e)
{
    size_t i;
    json_t *site;
    int first = 0;
    json_array_foreach ((json_t *)all, i, site) {
        struct err told = {0};
        int r = site_verb_sync(c, site_verb_ref(&c->arena, site), json, &told);
        if (r)
            fprintf(stderr, "%s: %s\n", site_verb_ref(&c->arena, site), told.text);
        if (r && !first) {
            first = r;
            *e = told;
        }
    }
    return first;
}

static int run_sync(struct verb_call *call, struct err *e)
{
    const struct job_plain *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *answer = NULL;
    struct wanted w = {0};
    int r = connect_open(&c, call, &o->base.connect, e);
    if (!r && call->arg_count)
        r = read_wanted(&c.arena, call, &w, e);
    if (!r)
        r = client_call(c.client, "GET", "/api/v1/sites", NULL, &answer, e);
    if (r)
        return r;
    const json_t *all = json_object_get(answer, "sites");
    return call->arg_count ? sync_wanted(&c, &w, all, o->base.json, e) : sync_all(&c, all, o->base.json, e);
}
