/* Where the floors meet: data directory, store, core, HTTP, the clock. Each turn of the loop ends in on_turn_end: what has
 * arrived is decided and committed together, then the answers leave and the log is tidied, so that nobody waits for a
 * checkpoint. */
#include "cli/server.h"

#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "cli/bundle.h"
#include "cli/bundle_pack.h"
#include "cli/data_dir.h"
#include "cli/home_listener.h"
#include "cli/listen.h"
#include "core/account.h"
#include "core/backup.h"
#include "core/engine.h"
#include "launch/control.h"
#include "launch/launcher.h"
#include "web/http.h"
#include "web/tls.h"

enum { DRAIN_SECONDS = 5 };

struct server {
    struct loop *loop;
    struct arena arena;
    struct data_dir dir;
    struct clock clock;
    struct store *store;
    struct engine engine;
    struct http *http;
    struct launcher *launcher;
    const char *url, *listeners;
    char *owner;
    const char *tls_cert, *tls_key; /* files; NULL: plain HTTP */
    struct tls *tls;                /* read, and not yet given to http */
    const char *pin;                /* of the key in force; NULL: plain HTTP */
    struct home_places places;      /* where it listens; their pins: as they were at the start */
    struct home_listener home;      /* for tunnels */
    struct loop_timer due; /* when a turn is due without a request */
    struct loop_timer holding; /* shows other hosts that we are alive */
    bool due_now;
    int64_t turn_began_us;
    int tidy_frames; /* the log is moved once it holds so many */

    struct loop_timer ending; /* looks whether all answers have left */
    int64_t ending_until_us;
    loop_fn *on_stopped, *on_failure;
    void *stopped_arg, *failure_arg;
    bool stopping, hooked;
};

static int64_t spent_us(void *arg)
{
    const struct server *s = arg;
    return clock_mono_us() - s->turn_began_us;
}

static void free_reserve(void *arg)
{
    struct server *s = arg;
    log_error("the disk is full: new work is refused, results go on from the reserve");
    data_dir_free_reserve(&s->dir);
}

static bool restore_reserve(void *arg)
{
    struct server *s = arg;
    bool restored = data_dir_reserve(&s->dir);
    if (restored)
        log_info("the disk has room again");
    return restored;
}

static void complain(void *arg, const struct err *e) { log_error("%s", e->text); }

static void on_due(void *arg)
{
    struct server *s = arg;
    s->due_now = true;
}

static void plan_next(struct server *s, int64_t now_us)
{
    int64_t due_us = engine_due(&s->engine, now_us);
    s->due_now = due_us != NONE && due_us <= now_us;
    if (due_us == NONE || s->due_now)
        loop_timer_stop(&s->due);
    else
        loop_timer_set(&s->due, clock_mono_us() + due_us - now_us);
}

/* Waits until every answer has left, then tells whoever asked. */
static void on_ending(void *arg)
{
    struct server *s = arg;
    if (http_open_requests(s->http) && clock_mono_us() < s->ending_until_us) {
        loop_timer_set(&s->ending, clock_mono_us() + 10 * CLOCK_MS);
        return;
    }
    if (s->engine.failed && s->on_failure)
        s->on_failure(s->failure_arg);
    else if (s->on_stopped)
        s->on_stopped(s->stopped_arg);
}

static void begin_ending(struct server *s, int seconds)
{
    s->stopping = true;
    http_drain(s->http);
    s->ending_until_us = clock_mono_us() + seconds * CLOCK_SECOND;
    loop_timer_set(&s->ending, 0);
}

/* The disk failed: everyone is told, nothing more is taken, the supervisor starts another that reads what is there. */
static void fail(struct server *s, const struct err *e)
{
    log_error("%s; the server ends itself, start it again", e->text);
    engine_abandon(&s->engine, e);
    begin_ending(s, 1);
    http_pump(s->http);
}

/* Nothing is written to a directory that another host has taken over. false: it has, or may soon. */
static bool still_ours(struct server *s)
{
    struct err e;
    if (data_dir_renew(&s->dir, &e) == 0)
        return true;
    s->engine.failed = true;
    store_forsake(s->store);
    e.code = ERR_STOPPING;
    fail(s, &e);
    return false;
}

static void on_holding(void *arg)
{
    struct server *s = arg;
    if (!s->engine.failed && still_ours(s))
        loop_timer_set(&s->holding, clock_mono_us() + HOST_LOCK_RENEW_SECONDS * CLOCK_SECOND);
}

/* The library needs more than one call to take an answer and to send it: all of them now, for the next turn may be long. */
static void send_answers(struct http *h)
{
    enum { CALLS_MAX = 4 };
    http_pump(h);
    for (int calls = 1; calls < CALLS_MAX && http_unfinished(h); calls++)
        http_pump(h);
}

/* Moves the log of the store as often as this disk does it in a few milliseconds: whoever asks meanwhile waits for that. */
static void tidy(struct server *s)
{
    enum { LONG_MS = 6, SHORT_MS = 3 };
    struct err e;
    bool moved;
    int64_t began_us = clock_mono_us();
    int r = store_tidy(s->store, s->engine.full ? STORE_TIDY_SCARCE : s->tidy_frames, &moved, &e);
    int64_t took_us = clock_mono_us() - began_us;
    if (r && !s->engine.full)
        log_warning("%s", e.text);
    if (moved && took_us > LONG_MS * CLOCK_MS)
        s->tidy_frames = s->tidy_frames * 3 / 4 > STORE_TIDY_LEAST ? s->tidy_frames * 3 / 4 : STORE_TIDY_LEAST;
    if (moved && took_us < SHORT_MS * CLOCK_MS)
        s->tidy_frames = s->tidy_frames * 5 / 4 < STORE_TIDY_MOST ? s->tidy_frames * 5 / 4 : STORE_TIDY_MOST;
}

static void run_turn(struct server *s)
{
    enum { LAUNCHER_MOST = 32 };
    struct work *works[LIMIT_TURN_REQUESTS];
    struct err e = {0};
    int taken;
    int steps = launcher_take(s->launcher, works, LAUNCHER_MOST);
    int count = steps + http_take(s->http, works + steps, LIMIT_TURN_REQUESTS - steps);
    s->turn_began_us = clock_mono_us();
    int64_t now_us = clock_now_us(&s->clock);
    int r = engine_run(&s->engine, works, count, now_us, &taken, &e);
    int steps_taken = taken < steps ? taken : steps;
    launcher_put_back(s->launcher, works + steps_taken, steps - steps_taken);
    taken = taken < steps ? steps : taken;
    http_put_back(s->http, works + taken, count - taken);
    if (s->engine.failed) {
        fail(s, &e);
        return;
    }
    if (r)
        log_error("%s", e.text);
    send_answers(s->http);
    if (s->engine.stirred)
        launcher_stir(s->launcher);
    tidy(s);
    plan_next(s, now_us);
}

/* A backup goes on a little between two turns, so that nobody waits for it. true: there is more. */
static bool copy_some(struct server *s)
{
    int64_t until_us = clock_mono_us() + backup_budget_us(&s->engine);
    enum backup_progress progress;
    while ((progress = backup_step(&s->engine)) == BACKUP_MORE)
        if (clock_mono_us() >= until_us)
            return true;
    s->due_now = s->due_now || progress == BACKUP_OVER;
    return false;
}

/* Is there something for a turn? */
static bool is_due(const struct server *s) { return http_ready(s->http) || launcher_ready(s->launcher) || s->due_now; }

static bool on_turn_end(void *arg)
{
    struct server *s = arg;
    http_begin_round(s->http);
    if (!s->engine.failed && is_due(s) && still_ours(s))
        run_turn(s);
    else if (http_unfinished(s->http))
        http_pump(s->http);
    bool copying = !s->engine.failed && copy_some(s);
    return copying || http_unfinished(s->http) || (!s->engine.failed && is_due(s));
}

static int64_t now_us(void *arg)
{
    struct server *s = arg;
    return clock_now_us(&s->clock);
}

static int home_of(void *arg, bool tunnel, struct home_places *out, struct err *e) { return server_home(arg, tunnel, out, e); }

static const char *control_of(void *arg, const struct site_row *site, struct arena *a)
{
    const struct server *s = arg;
    const char *path;
    struct err e;
    return control_path(a, s->dir.path, site->id, &path, &e) == 0 ? path : NULL;
}

static int script_of(void *arg, const struct site_row *site, const struct job_row *job, struct arena *a, const char **out_text,
                     struct err *e)
{
    const struct server *s = arg;
    return launcher_script(s->launcher, site, job, a, out_text, e);
}

/* In another thread: touches nothing of the server's. */
static int pack_bundle(const char *to, struct err *e)
{
    CLEANUP(arena_done) struct arena a = {0};
    const char *root = bundle_root(&a);
    return root ? bundle_pack(root, "docket-" DOCKET_VERSION, to, e) : err_fail(e, ERR_FILE, "this program runs from no bundle");
}

/* The bundle that this program runs from, packed at the first need, or the one that lies with the program's documentation. */
static const char *bundle_file(struct server *s)
{
    return bundle_is_one() ? arena_printf(&s->arena, "%s/bundle-" DOCKET_VERSION ".tar.gz", s->dir.path) : getenv("DOCKET_BUNDLE");
}

static void open_launcher(struct server *s, const struct server_options *o)
{
    const struct launcher_options options = {.loop = s->loop, .engine = &s->engine, .data = s->dir.path, .owner = s->owner,
                                             .program = bundle_program(&s->arena), .bundle = bundle_file(s),
                                             .pack = bundle_is_one() ? pack_bundle : NULL, .now_us = now_us, .home = home_of, .arg = s};
    s->launcher = launcher_new(&options);
    if (o->launches)
        launcher_settle(s->launcher, o->sites, o->site_count);
}

static bool is_user_name(const char *text)
{
    static const char SIGNS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@+-";
    size_t n = strlen(text);
    return n > 0 && n <= LIMIT_USER && strspn(text, SIGNS) == n;
}

/* Where the machine's list of users cannot be asked (a container; another C library than the one its directory service is for)
 * the login's word is taken, so that the name is the same wherever the same user is. */
static char *owner_name(struct arena *a)
{
    const struct passwd *me = getpwuid(geteuid());
    const char *login = getenv("LOGNAME");
    if (me)
        return arena_strdup(a, me->pw_name);
    return login && is_user_name(login) ? arena_strdup(a, login) : arena_printf(a, "uid%ld", (long)geteuid());
}

/* What SQLite makes is the owner's alone, whatever the umask; its log gets the mode of the store. */
static int open_private(struct server *s, struct err *e)
{
    struct store_options o = data_dir_store(&s->dir);
    mode_t before = umask(077);
    int r = store_open(&o, &s->store, e);
    umask(before);
    return r;
}

/* Where the disk is full the reserve is given up to open the store at all: reads and results go on. */
static int open_even_if_full(struct server *s, struct err *e)
{
    int r = open_private(s, e);
    if (r != -ERR_STORAGE_FULL)
        return r;
    free_reserve(s);
    s->engine.full = true;
    return open_private(s, e);
}

static int open_store(struct server *s, struct err *e)
{
    int r = open_even_if_full(s, e);
    if (r)
        return r;
    int64_t behind_us = clock_init(&s->clock, store_newest_us(s->store));
    if (behind_us > CLOCK_SECOND)
        log_warning("this machine's clock is %lld s behind the newest entry of the store; time goes on from there",
                    (long long)(behind_us / CLOCK_SECOND));
    s->engine.spent_us = spent_us;
    s->tidy_frames = STORE_TIDY_MOST / 4;
    s->engine.free_reserve = free_reserve;
    s->engine.restore_reserve = restore_reserve;
    s->engine.complain = complain;
    s->engine.arg = s;
    s->engine.backup_path = s->dir.backup_path;
    r = engine_init(&s->engine, s->store, clock_now_us(&s->clock), e);
    if (r == 0)
        r = account_settle_owner(s->store, s->owner, clock_now_us(&s->clock), e);
    if (r == -ERR_STORAGE_FULL) /* the owner's token needs no row */
        r = 0;
    return r ? r : file_sync_dir(s->dir.path, e);
}

/* Where the time of a certificate has not come or is over, in words; NULL: it counts. */
static const char *untimely(const struct tls *t)
{
    struct clock wall;
    clock_init(&wall, 0);
    int64_t now_us = clock_now_us(&wall);
    if (now_us >= tls_until_us(t))
        return "has expired";
    return now_us < tls_from_us(t) ? "does not count yet" : NULL;
}

static void tell_certificate(const char *what, const struct tls *t)
{
    char until[CLOCK_TEXT_BYTES];
    log_info("%s: %s, until %s", what, tls_subject(t), clock_format(tls_until_us(t), until));
}

/* A server that is up while its certificate is renewed is better than none: an untimely one is only told of. */
static int read_certificate(struct server *s, const struct server_options *o, struct err *e)
{
    if (!o->tls_cert || !*o->tls_cert)
        return 0;
    s->tls_cert = arena_strdup(&s->arena, o->tls_cert);
    s->tls_key = arena_strdup(&s->arena, o->tls_key);
    int r = tls_load(s->tls_cert, s->tls_key, &s->tls, e);
    if (r)
        return r;
    tell_certificate("certificate", s->tls);
    if (untimely(s->tls))
        log_warning("the certificate in '%s' %s: clients will refuse it", s->tls_cert, untimely(s->tls));
    return 0;
}

/* A server that cannot be found by its directory is better than none. */
static void announce(struct server *s)
{
    struct err e;
    int r = data_dir_announce(&s->dir, s->url, s->pin, &e);
    if (r && !s->engine.full) { /* what is in the way is, as a rule, a full disk */
        free_reserve(s);
        s->engine.full = true;
        r = data_dir_announce(&s->dir, s->url, s->pin, &e);
    }
    if (r)
        log_warning("%s; verbs find this server by --server %s", e.text, s->url);
}

/* Verbs find the server by a listener that answers everything as they know it. */
static void name_listeners(struct server *s, const struct http_listen *listen, const char *const *urls, int count)
{
    const char *words = "", *plain = NULL;
    for (int i = 0; i < count; i++) {
        const struct face *face = listen[i].face;
        words = arena_printf(&s->arena, "%s%s%s", words, i ? ", " : "", urls[i]);
        if (face)
            words = arena_printf(&s->arena, "%s (%s%s%s)", words, face->name, listen[i].dataset ? ": " : "",
                                 listen[i].dataset ? listen[i].dataset : "");
        plain = plain || face ? plain : urls[i];
    }
    s->url = plain ? plain : urls[0];
    s->listeners = words;
}

/* Where workers of sites may look for it. */
static void note_places(struct server *s, const struct server_options *o, const char *const *urls)
{
    s->places.advertise = o->advertise;
    for (int i = 0; i < o->listen_count; i++)
        s->places.places[s->places.count++] = (struct home_place){.address = o->listen[i].address, .port = atoi(strrchr(urls[i], ':') + 1)};
}

static int open_home(struct server *s, struct err *e)
{
    if (s->home.pin)
        return 0;
    return home_listener_open(s->http, s->dir.path, clock_now_us(&s->clock), &s->arena, &s->home, e);
}

/* Once there was a need for it, workers may be on their way through it now. */
static void reopen_home(struct server *s)
{
    struct err e;
    if (file_exists(arena_printf(&s->arena, "%s/%s", s->dir.path, HOME_LISTENER_PORT)) && open_home(s, &e) != 0)
        log_error("%s; workers of other machines do not find the server", e.text);
}

int server_home(struct server *s, bool tunnel, struct home_places *out, struct err *e)
{
    int r = tunnel ? open_home(s, e) : 0;
    if (r)
        return r;
    *out = s->places;
    for (int i = 0; i < out->count; i++)
        out->places[i].pin = s->pin;
    if (tunnel)
        out->places[out->count++] = (struct home_place){"127.0.0.1", s->home.port, s->home.pin, true};
    return 0;
}

static int open_http(struct server *s, const struct server_options *o, struct err *e)
{
    struct http_listen *listen = arena_array(&s->arena, (size_t)o->listen_count, sizeof *listen);
    const char **urls = arena_array(&s->arena, (size_t)o->listen_count, sizeof *urls);
    struct http_options http = {.loop = s->loop, .engine = &s->engine, .owner = s->owner, .token = s->dir.token,
                                .started_us = clock_now_us(&s->clock), .behind = o->behind,
                                .behind_count = o->behind_count, .base_path = o->base_path,
                                .advertise = o->advertise, .sign_in = o->sign_in, .listen = listen,
                                .listen_count = o->listen_count,
                                .launch = {control_of, script_of, s}};
    int r = listen_on(o->listen, o->listen_count, !o->ports_asked, s->tls != NULL, &s->arena, listen, urls, e);
    if (r)
        return r;
    name_listeners(s, listen, urls, o->listen_count);
    note_places(s, o, urls);
    if (s->tls)
        s->pin = arena_strdup(&s->arena, tls_pin(s->tls));
    for (int i = 0; s->tls && i < o->listen_count; i++)
        listen[i].tls = tls_keep(s->tls);
    tls_drop(MOVE(s->tls));
    r = http_start(&http, &s->http, e);
    if (r)
        return r;
    announce(s);
    reopen_home(s);
    return 0;
}

/* What was full when the server was killed is full now: without the reserve no work is taken that adds, or results would find no
 * room later. */
static void take_reserve(struct server *s)
{
    if (s->engine.full || data_dir_reserve(&s->dir))
        return;
    log_error("there is no room for the reserve in '%s': new work is refused until there is", s->dir.path);
    s->engine.full = true;
}

int server_start(struct loop *l, const struct server_options *o, struct server **out_server, struct err *e)
{
    struct server *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL); /* ignored, as it may have been handed to us, no login program's status would be known */
    s->loop = l;
    s->owner = owner_name(&s->arena);
    loop_timer_init(l, &s->due, on_due, s);
    loop_timer_init(l, &s->ending, on_ending, s);
    loop_timer_init(l, &s->holding, on_holding, s);
    s->dir.lock_fd = -1;
    int r = read_certificate(s, o, e);
    if (r == 0)
        r = data_dir_open(&s->dir, &s->arena, o->data, e);
    if (r == 0)
        r = open_store(s, e);
    if (r == 0)
        r = open_http(s, o, e);
    if (r) {
        server_free(s);
        return r;
    }
    take_reserve(s);
    open_launcher(s, o);
    if (s->dir.shared)
        on_holding(s);
    loop_after_add(l, on_turn_end, s);
    s->hooked = true;
    s->due_now = true;
    *out_server = s;
    return 0;
}

const char *server_url(const struct server *s) { return s->url; }
const char *server_listeners(const struct server *s) { return s->listeners; }
const char *server_shared(const struct server *s) { return s->dir.shared; }
const char *server_token(const struct server *s) { return s->dir.token; }
const char *server_owner(const struct server *s) { return s->owner; }

void server_reload(struct server *s)
{
    struct tls *t;
    struct err e;
    if (!s->tls_cert) {
        log_info("there is no certificate to read anew");
        return;
    }
    int r = tls_load(s->tls_cert, s->tls_key, &t, &e);
    if (r == 0 && untimely(t)) {
        r = err_fail(&e, ERR_FILE, "the one in '%s' %s", s->tls_cert, untimely(t));
        tls_drop(t);
    }
    if (r) {
        log_error("certificate not reloaded, the old one stays: %s", e.text);
        return;
    }
    tell_certificate("certificate reloaded", t);
    s->pin = arena_strdup(&s->arena, tls_pin(t));
    http_set_tls(s->http, t);
    announce(s);
}

void server_set_sites(struct server *s, const struct site_fixed *sites, int count) { launcher_settle(s->launcher, sites, count); }

void server_stop(struct server *s, loop_fn *fn, void *arg)
{
    if (s->stopping)
        return;
    s->on_stopped = fn;
    s->stopped_arg = arg;
    engine_unpark_all(&s->engine);
    s->due_now = true;
    begin_ending(s, DRAIN_SECONDS);
}

void server_on_failure(struct server *s, loop_fn *fn, void *arg)
{
    s->on_failure = fn;
    s->failure_arg = arg;
}

void server_free(struct server *s)
{
    struct err stopped = {.code = ERR_STOPPING, .text = "the server has stopped"};
    if (!s)
        return;
    if (s->hooked)
        loop_after_remove(s->loop, on_turn_end, s);
    loop_timer_stop(&s->due);
    loop_timer_stop(&s->ending);
    loop_timer_stop(&s->holding);
    if (s->engine.parking)
        engine_abandon(&s->engine, &stopped);
    if (s->http) {
        http_pump(s->http);
        http_free(s->http);
    }
    launcher_free(s->launcher);
    engine_done(&s->engine);
    store_close(s->store);
    data_dir_close(&s->dir);
    tls_drop(s->tls);
    arena_done(&s->arena);
    free(s);
}
