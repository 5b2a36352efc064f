/* The order of looking: --server, --run or --data, DOCKET_SERVER, DOCKET_DATA, the user's own data directory, the
 * system's. A running server says where it is in DIR/server; that file may be left over from one that was killed, so
 * what it names is asked for its health, without a token, before anything is told to it.
 *
 * Only a directory that was named on the command line is opened by ourselves, and only if it holds a store: a
 * mistyped name makes nothing. */
#include "cli/connect.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/announced.h"
#include "cli/client_trust.h"
#include "cli/place.h"
#include "cli/program.h"

enum { SMALL_FILE_BYTES = 64 * 1024 };
static const char SPACE[] = " \t\r\n\v\f";

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* The first word of a text, as a header can carry it. No message shows it: one that is mistyped is a secret all the same. */
static int first_word(struct arena *a, const char *text, const char *where, const char **out_token, struct err *e)
{
    text += strspn(text, SPACE);
    size_t n = strcspn(text, SPACE);
    for (size_t i = 0; i < n; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return err_fail(e, ERR_FILE, "'%s' holds characters that no token has", where);
    if (!n)
        return err_fail(e, ERR_FILE, "'%s' holds no token", where);
    *out_token = arena_copy(a, text, n);
    return 0;
}

static int read_token(struct arena *a, const char *path, const char **out_token, struct err *e)
{
    CLEANUP(buf_done) struct buf text = {0};
    int r = file_read(path, SMALL_FILE_BYTES, &text, e);
    if (r)
        return err_widen(e, r, "the token: ");
    return first_word(a, buf_text(&text), path, out_token, e);
}

/* The file that says who is trusted; NULL: none was named. What it holds is looked at when TLS is spoken. */
static const char *ca_file(const struct connect_options *o)
{
    return o->ca_file ? o->ca_file : variable("DOCKET_CA_FILE");
}

/* Commands that a worker runs find it in their environment, wherever they run. */
static int check_ca_file(const struct connect_options *o, struct err *e)
{
    char cause[TEXT_CAUSE_BYTES];
    const char *file = ca_file(o);
    CLEANUP(cleanup_free) char *path = file ? realpath(file, NULL) : NULL;
    if (!file || (path && access(path, R_OK) == 0 && setenv("DOCKET_CA_FILE", path, true) == 0))
        return 0;
    return err_fail(e, ERR_FILE, "could not open the CA file '%s': %s", file, text_cause(errno, cause));
}

/* The key that the server is known by; *out NULL: none was named. Where it was asked for, nothing less will do. Commands that a
 * worker runs find it in their environment. */
static int find_pin(const struct connect_options *o, const char *url, const char **out, struct err *e)
{
    const char *pin = o->pin ? o->pin : variable("DOCKET_PIN");
    bool secure = strncmp(url, "https:", strlen("https:")) == 0;
    *out = NULL;
    if (!pin || (!secure && !o->pin))
        return 0;
    if (!secure)
        return err_refuse(e, ERR_USAGE, "--pin is for a server that speaks TLS, and '%s' does not begin with https:", url);
    if (!client_trust_is_pin(pin))
        return err_refuse(e, ERR_USAGE, "%s must be sha256// and 44 characters of base64, as DIR/server has it, not '%.80s'",
                          o->pin ? "--pin" : "DOCKET_PIN", pin);
    *out = pin;
    if (setenv("DOCKET_PIN", pin, true))
        abort();
    return 0;
}

static bool is_alive(struct loop *l, const char *url, const char *data)
{
    CLEANUP(json_drop) json_t *body = NULL;
    struct err e;
    struct client *probe = client_new(l, url, NULL);
    client_trust(probe, NULL, data);
    int r = client_call(probe, "GET", "/healthz", NULL, &body, &e);
    client_free(probe);
    return r >= 0 || e.code != ERR_SERVER_AWAY;
}

/* The local data directory of the server that has this URL; NULL: none of those that are known. */
static const char *find_directory(struct arena *a, const struct connect_options *o, const char *url)
{
    const char *dirs[] = {o->data, variable("DOCKET_DATA"), place_data(a), PLACE_SYSTEM_DATA};
    for (size_t i = 0; i < COUNT_OF(dirs); i++) {
        struct announced there;
        if (dirs[i] && announced_read(a, dirs[i], &there) && announced_is(&there, url))
            return dirs[i];
    }
    return NULL;
}

/* The token for a server given by its URL: the one named, or that of a local directory whose server it is. */
static int find_token(struct arena *a, const struct connect_options *o, const char *data, const char **out_token,
                      struct err *e)
{
    const char *file = o->token_file ? o->token_file : variable("DOCKET_TOKEN_FILE");
    struct err unused;
    if (file)
        return read_token(a, file, out_token, e);
    if (variable("DOCKET_TOKEN"))
        return first_word(a, variable("DOCKET_TOKEN"), "DOCKET_TOKEN", out_token, e);
    if (data)
        read_token(a, arena_printf(a, "%s/token", data), out_token, &unused);
    return 0;
}

static int by_url(struct connection *c, const struct connect_options *o, const char *url, struct err *e)
{
    const char *token = NULL;
    if (!*url)
        return err_refuse(e, ERR_USAGE, "the address of the server is empty");
    if (!strstr(url, "://"))
        url = arena_printf(&c->arena, "http://%s", url);
    const char *data = find_directory(&c->arena, o, url), *pin;
    int r = find_pin(o, url, &pin, e);
    if (!r)
        r = check_ca_file(o, e);
    if (!r)
        r = find_token(&c->arena, o, data, &token, e);
    if (r)
        return r;
    c->client = client_new(c->loop, url, token);
    if (pin)
        client_pin(c->client, pin);
    else
        client_trust(c->client, ca_file(o), ca_file(o) ? NULL : data);
    return 0;
}

/* A directory that is there but not for us. What its group may is said where it was given to a group. */
static int refuse_stranger(const char *data, const char *file, struct err *e)
{
    struct stat st;
    int r = err_fail(e, ERR_FILE, "could not open '%s': permission denied", file);
    const struct group *g = stat(data, &st) == 0 && (st.st_mode & 057) == 050 ? getgrgid(st.st_gid) : NULL;
    if (g)
        err_hint(e, "members of the group %s may use this server (adduser USER %s, then log in anew); one of your own: docket serve",
                 g->gr_name, g->gr_name);
    else
        err_hint(e, "only its owner may use this server; one of your own: docket serve");
    return r;
}

/* 0 and a client; 1 if no server runs there; < 0 ERR_FILE where we may not look. */
static int by_directory(struct connection *c, const struct connect_options *o, const char *data, struct err *e)
{
    const char *server = arena_printf(&c->arena, "%s/server", data), *token = NULL;
    struct announced there;
    if (eaccess(server, R_OK) && errno == EACCES)
        return refuse_stranger(data, server, e);
    if (!announced_read(&c->arena, data, &there) || !is_alive(c->loop, there.url, data))
        return 1;
    const char *own = arena_printf(&c->arena, "%s/token", data);
    if (!o->token_file && eaccess(own, R_OK) && errno == EACCES)
        return refuse_stranger(data, own, e);
    int r = read_token(&c->arena, o->token_file ? o->token_file : own, &token, e);
    if (r)
        return r;
    c->data = data;
    c->client = client_new(c->loop, there.url, token);
    client_trust(c->client, NULL, data);
    return 0;
}

int connect_embed(struct loop *l, const char *data, struct server **out_server, struct err *e)
{
    static const struct listen_place HERE = {.address = "127.0.0.1"};
    struct server_options o = {.data = data, .listen = &HERE, .listen_count = 1, .ports_asked = true};
    log_level = LOG_LEVEL_WARNING;
    return server_start(l, &o, out_server, e);
}

static void on_stopped(void *arg) { *(bool *)arg = true; }

void connect_embed_end(struct loop *l, struct server *s)
{
    bool stopped = false;
    server_stop(s, on_stopped, &stopped);
    while (!stopped)
        loop_turn(l, -1);
    server_free(s);
}

static int open_resting(struct connection *c, const struct connect_options *o, const char *data, struct err *e)
{
    if (access(arena_printf(&c->arena, "%s/docket.db", data), F_OK) != 0) {
        int r = err_fail(e, ERR_NOT_FOUND, o->run ? "'%s' was never run" : "there is no store in '%s'",
                         o->run ? o->run : data);
        err_hint(e, o->run ? "docket run %s" : "start a server on it: docket serve --data %s", o->run ? o->run : data);
        return r;
    }
    int r = connect_embed(c->loop, data, &c->server, e);
    if (r)
        return r;
    c->data = data;
    c->client = client_new(c->loop, server_url(c->server), server_token(c->server));
    return 0;
}

/* A directory that the command line named. */
static int by_named_directory(struct connection *c, const struct verb_call *call, const struct connect_options *o,
                              struct err *e)
{
    const char *data = o->data;
    int r = o->run ? place_run(&c->arena, o->run, &data, e) : 0;
    if (!r)
        r = by_directory(c, o, data, e);
    if (r <= 0)
        return r;
    if (call->verb->flags & VERB_OPENS_DATA)
        return open_resting(c, o, data, e);
    r = err_fail(e, ERR_SERVER_AWAY, "no server is running on '%s'", data);
    err_hint(e, "start one: docket serve --data %s", data);
    return r;
}

static int by_default(struct connection *c, const struct connect_options *o, struct err *e)
{
    const char *named = variable("DOCKET_DATA");
    const char *dirs[] = {named ? named : place_data(&c->arena), named ? NULL : PLACE_SYSTEM_DATA};
    for (size_t i = 0; i < COUNT_OF(dirs) && dirs[i]; i++) {
        int r = by_directory(c, o, dirs[i], e);
        if (r == -ERR_FILE && i > 0) { /* for whom it is not, the service is as good as away */
            e->code = ERR_SERVER_AWAY;
            return err_widen(e, -ERR_SERVER_AWAY, "no server is running on '%s', and ", dirs[0]);
        }
        if (r <= 0)
            return r;
    }
    int r = err_fail(e, ERR_SERVER_AWAY, "no server is running on '%s'", dirs[0]);
    err_hint(e, "start one: docket serve");
    return r;
}

int connect_open(struct connection *c, const struct verb_call *call, const struct connect_options *o, struct err *e)
{
    c->loop = call->loop;
    if (o->server)
        return by_url(c, o, o->server, e);
    if (o->pin && (o->run || o->data || !variable("DOCKET_SERVER")))
        return err_refuse(e, ERR_USAGE, "--pin is the key of a server that is named: --server URL, or DOCKET_SERVER");
    if (o->run || o->data)
        return by_named_directory(c, call, o, e);
    if (variable("DOCKET_SERVER"))
        return by_url(c, o, variable("DOCKET_SERVER"), e);
    return by_default(c, o, e);
}

void connect_again(struct connection *c)
{
    const struct connect_options none = {0};
    struct err unused;
    struct client *old = c->client;
    if (c->server || !c->data)
        return;
    c->client = NULL;
    if (by_directory(c, &none, c->data, &unused) == 0)
        client_free(old);
    else
        c->client = old;
}

void connect_close(struct connection *c)
{
    if (c->client)
        client_free(c->client);
    if (c->server)
        connect_embed_end(c->loop, c->server);
    arena_done(&c->arena);
}

int connect_check_queue(const char *queue, struct err *e)
{
    const char *slash = strchr(queue, '/'), *name = slash ? slash + 1 : queue;
    size_t n = strlen(name);
    bool bad_owner = slash && (slash == queue || slash - queue > LIMIT_USER);
    if (bad_owner || n == 0 || n > LIMIT_NAME || strchr(name, '/') || text_has_control(queue) ||
        !text_is_utf8(queue, strlen(queue)))
        return err_refuse(e, ERR_USAGE, "'%s' is no queue: a name has 1 to %d bytes, no '/' and no control characters",
                          queue, LIMIT_NAME);
    return 0;
}

int connect_queue(struct verb_call *call, const struct connect_options *o, const char **out_queue, struct err *e)
{
    bool given = call->arg_count > 0 && (!o->run || strcmp(call->args[0], CONNECT_RUN_QUEUE) == 0);
    if (!given && !o->run) {
        int r = err_refuse(e, ERR_USAGE, "which queue? %s %s %s", program_name(), call->verb->name,
                           call->verb->arguments);
        err_hint(e, "all queues: docket list");
        return r;
    }
    *out_queue = given ? call->args[0] : CONNECT_RUN_QUEUE;
    if (given) {
        call->args++;
        call->arg_count--;
    }
    return connect_check_queue(*out_queue, e);
}
