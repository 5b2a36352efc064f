/* docket serve: one server on one data directory until it is told to stop. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "cli/out.h"
#include "cli/place.h"
#include "cli/server.h"
#include "cli/settings.h"
#include "cli/supervisor.h"
#include "cli/verb.h"
#include "cli/welcome.h"

struct serve_options {
    struct settings settings;
};

static const struct option OPTIONS[] = {SETTINGS_OPTIONS(offsetof(struct serve_options, settings))};

static int run_serve(struct verb_call *call, struct err *e);

const struct verb verb_serve = {
    .name = "serve",
    .arguments = "",
    .summary = "the server that keeps queues",
    .help = "Keeps its queues in a data directory, which is made if it is missing, and\n"
            "answers programs, workers and the other verbs over HTTP. It stops cleanly on\n"
            "SIGTERM and Ctrl-C; killed hard, it loses nothing it has acknowledged. At a\n"
            "terminal it gives a link that signs a browser in (see docket help user). Its\n"
            "settings may also stand in the environment or a file: docket config shows\n"
            "them. With a certificate it speaks TLS, and reads it anew on SIGHUP. Behind a\n"
            "proxy, name the proxy's addresses, or it is refused; and the path, if any, at\n"
            "which clients find the server there. On platforms that name port and database\n"
            "by PORT and DATABASE_URL: --listen 0.0.0.0 takes that port; a database of\n"
            "PostgreSQL is refused, for the store lies in the data directory.\n\n"
            "--listen may be given several times, each with an address of its own. Everything\n"
            "is answered everywhere, and with a certificate in TLS only. With =qdo or =tables\n"
            "behind an address, its root is what the clients or the people of that face look\n"
            "for; =tables:QUEUE or =tables:OWNER/QUEUE also says which dataset is meant there\n"
            "(a blank or a comma in its name is written as in a URL). An address that is\n"
            "taken is refused.\n\n"
            "  docket serve --data /srv/docket --listen 0.0.0.0:5000\n"
            "  docket serve --listen 0.0.0.0:5443 --tls-cert chain.pem --tls-key key.pem\n"
            "  docket serve --behind 127.0.0.1 --base-path /docket\n"
            "  docket serve --listen 5000 --listen 0.0.0.0:5100=tables:semtab\n\n"
            "--sign-in names who lets in accounts that have no password here: pam, this\n"
            "machine's own users; or a program. That is given a name and a password, a line\n"
            "each, on stdin. It ends with 0 and writes the account's name and, if it likes, on\n"
            "a second line until when they may stay (RFC 3339); with 1 for no.\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct serve_options),
    .run = run_serve,
};

struct serving {
    struct loop *loop;
    struct server *server;
    struct settings asked; /* by the command line alone: files may say more later */
    struct supervisor supervisor;
    struct welcome welcome;
    bool stopping, failed;
};

static void on_stopped(void *arg)
{
    struct serving *s = arg;
    loop_stop(s->loop);
}

static void on_failure(void *arg)
{
    struct serving *s = arg;
    s->failed = true;
    supervisor_stopping(&s->supervisor, "the store failed");
    loop_stop(s->loop);
}

/* The first signal lets what has arrived finish; the second ends it where it stands, which loses nothing either. */
static void on_signal(void *arg, int signal)
{
    struct serving *s = arg;
    if (s->stopping) {
        loop_stop(s->loop);
        return;
    }
    s->stopping = true;
    log_info("%s: stopping", strsignal(signal));
    supervisor_stopping(&s->supervisor, "what has arrived is answered");
    server_stop(s->server, on_stopped, s);
}

/* Sites that no longer can be read leave the ones in force. */
static void reload_sites(struct serving *s)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct settings settings = s->asked;
    const char *origins[SETTINGS_COUNT];
    struct site_fixed *sites;
    struct err e = {0};
    int count, r = settings_fill(&a, &settings, origins, &e);
    if (!r)
        r = settings_sites(&a, &settings, &sites, &count, &e);
    if (r)
        log_error("sites not reloaded, the old ones stay: %s", e.text);
    else
        server_set_sites(s->server, sites, count);
}

static void on_hangup(void *arg, int signal)
{
    struct serving *s = arg;
    log_info("%s: reading the certificate and the sites anew", strsignal(signal));
    reload_sites(s);
    supervisor_reloading(&s->supervisor);
    server_reload(s->server);
    supervisor_ready(&s->supervisor, server_listeners(s->server));
}

static void say_start(struct arena *a, const struct server *s, const char *data)
{
    const char *local = server_shared(s) ? place_local(a) : NULL;
    printf("docket %s listening on ", DOCKET_VERSION);
    out_safe(stdout, server_listeners(s));
    printf(", data in %s", data);
    if (server_shared(s))
        printf(" (on %s, which hosts may share: only this one can use it now, and a local directory is to be preferred",
               server_shared(s));
    if (local)
        printf(", such as %s", local);
    puts(server_shared(s) ? ")" : "");
    fflush(stdout);
}

static int run_serve(struct verb_call *call, struct err *e)
{
    struct serve_options *o = call->options;
    CLEANUP(arena_done) struct arena arena = {0};
    struct server_options options;
    struct serving s = {.loop = call->loop, .asked = o->settings};
    const char *origins[SETTINGS_COUNT];
    struct site_fixed *sites;
    int r = settings_fill(&arena, &o->settings, origins, e);
    if (!r)
        r = settings_apply(&arena, &o->settings, origins, &options, e);
    if (!r)
        r = settings_sites(&arena, &o->settings, &sites, &options.site_count, e);
    if (r)
        return r;
    options.launches = true;
    options.sites = sites;
    r = server_start(call->loop, &options, &s.server, e);
    if (r)
        return r;
    supervisor_init(&s.supervisor, call->loop);
    server_on_failure(s.server, on_failure, &s);
    loop_signal(call->loop, SIGTERM, on_signal, &s);
    loop_signal(call->loop, SIGINT, on_signal, &s);
    loop_signal(call->loop, SIGHUP, on_hangup, &s);
    say_start(&arena, s.server, options.data);
    supervisor_ready(&s.supervisor, server_listeners(s.server));
    welcome_begin(&s.welcome, call->loop, s.server, options.data);
    loop_run(call->loop);
    welcome_done(&s.welcome);
    supervisor_done(&s.supervisor);
    server_free(s.server);
    call->status = s.failed ? 1 : 0;
    return 0;
}
