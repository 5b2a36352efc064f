/* docket relay: passes on what comes, for machines that do not see the server. */
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/listen.h"
#include "cli/relay.h"
#include "cli/verb.h"
#include "web/http.h"

struct relay_verb_options {
    const char *listen, *to;
    int64_t idle_us;
};

#define AT(member) offsetof(struct relay_verb_options, member)
static const struct option OPTIONS[] = {
    {"listen", 0, OPTION_TEXT, "ADDR:PORT", AT(listen), 0, 0, "where to listen; port 0: any that is free, which is printed"},
    {"to", 0, OPTION_TEXT, "ADDR:PORT", AT(to), 0, 0, "where to"},
    {"idle-timeout", 0, OPTION_SECONDS, "TIME", AT(idle_us), 0, LIMIT_TIME_LIMIT_SECONDS, "end after so long without a connection"},
};

static int run_relay(struct verb_call *call, struct err *e);

const struct verb verb_relay = {
    .name = "relay",
    .arguments = "--listen ADDR:PORT --to ADDR:PORT",
    .summary = "pass connections on, for nodes that do not see the server",
    .help = "For the login host of a cluster: its nodes reach the relay, the relay reaches the\n"
            "server (by a forward of ssh's, say). It passes bytes on and can read none of them,\n"
            "for workers speak TLS with the server through it, and know it by its key (--pin).\n"
            "Addresses are numeric. It prints where it listens, and runs until it is told to\n"
            "stop. Whoever reaches it reaches the server: what they may do there their tokens say.\n\n"
            "  docket relay --listen 10.0.0.1:5443 --to 127.0.0.1:41001\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct relay_verb_options),
    .run = run_relay,
};

static int refuse_place(const char *option, const char *text, struct err *e)
{
    if (!text)
        return err_refuse(e, ERR_USAGE, "--%s must be given", option);
    return err_refuse(e, ERR_USAGE, "--%s must be ADDR:PORT or [ADDR]:PORT with a numeric address, not '%.80s'", option, text);
}

/* ADDR:PORT or [ADDR]:PORT in two. False: it is neither. */
static bool split(struct arena *a, const char *text, const char **out_address, const char **out_port)
{
    const char *colon = text ? strrchr(text, ':') : NULL;
    if (!colon || colon == text || !colon[1] || strlen(colon + 1) > 5 || strspn(colon + 1, "0123456789") != strlen(colon + 1))
        return false;
    bool bare = *text != '[';
    if (bare ? memchr(text, ':', (size_t)(colon - text)) != NULL : colon[-1] != ']')
        return false;
    *out_address = bare ? arena_copy(a, text, (size_t)(colon - text)) : arena_copy(a, text + 1, (size_t)(colon - text) - 2);
    *out_port = colon + 1;
    return atoi(colon + 1) <= 65535;
}

/* An option's address; freed by freeaddrinfo. */
static int find(struct arena *a, const char *option, const char *text, struct addrinfo **out, struct err *e)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    const char *address, *port;
    if (split(a, text, &address, &port) && getaddrinfo(address, port, &hints, out) == 0)
        return 0;
    return refuse_place(option, text, e);
}

static int find_target(struct arena *a, const char *text, struct addrinfo **out, struct err *e)
{
    int r = find(a, "to", text, out, e);
    if (r || atoi(strrchr(text, ':') + 1) > 0)
        return r;
    freeaddrinfo(*out);
    return err_refuse(e, ERR_USAGE, "--to must name a port");
}

static int open_listener(struct arena *a, const char *text, int *out_fd, const char **out_where, struct err *e)
{
    struct listen_place place = {0};
    struct http_listen listen;
    struct addrinfo *numeric;
    const char *port, *url;
    int r = find(a, "listen", text, &numeric, e);
    if (r)
        return r;
    freeaddrinfo(numeric);
    split(a, text, &place.address, &port);
    place.port = atoi(port);
    r = listen_on(&place, 1, false, false, a, &listen, &url, e);
    if (r)
        return r;
    *out_fd = listen.fd;
    *out_where = strchr(place.address, ':') ? arena_printf(a, "[%s]:%s", place.address, strrchr(url, ':') + 1)
                                            : arena_printf(a, "%s:%s", place.address, strrchr(url, ':') + 1);
    return 0;
}

static void on_signal(void *arg, int signal) { loop_stop(arg); }
static void on_idle(void *arg) { loop_stop(arg); }

static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void pass_on(struct verb_call *call, const struct relay_options *o, const char *where)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < COUNT_OF(signals); i++)
        loop_signal(call->loop, signals[i], on_signal, call->loop);
    raise_descriptor_limit();
    struct relay *relay = relay_new(call->loop, o);
    printf("listening on %s\n", where);
    fflush(stdout);
    loop_run(call->loop);
    relay_free(relay);
}

static int run_relay(struct verb_call *call, struct err *e)
{
    const struct relay_verb_options *o = call->options;
    CLEANUP(arena_done) struct arena a = {0};
    struct addrinfo *to;
    const char *where;
    int fd, r = find_target(&a, o->to, &to, e);
    if (r)
        return r;
    r = open_listener(&a, o->listen, &fd, &where, e);
    if (!r)
        pass_on(call, &(struct relay_options){fd, to->ai_addr, to->ai_addrlen, o->idle_us, on_idle, call->loop}, where);
    freeaddrinfo(to);
    return r;
}
