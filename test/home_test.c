/* How workers find home: which ways are tried, in which order, what is never given away; and the whole search against a far side that is
 * played: its shell is real, its network is a list of URLs that answer there. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "check.h"
#include "launch/home_find.h"

#define PIN "sha256//PPPP"
#define KEY "sha256//TTTT"

/* ---- pure */

static const char *listed(const struct home_places *places, const char *advertise, bool local, const char *seen, struct arena *a)
{
    struct home_candidate list[HOME_CANDIDATES];
    int count = home_candidates(places, advertise, local, seen, a, list);
    const char *text = "";
    for (int i = 0; i < count; i++)
        text = arena_printf(a, "%s%s %s %s\n", text, list[i].way, list[i].url, list[i].pin ? list[i].pin : "-");
    return text;
}

static void check_urls(void)
{
    CHECK("https is fit", home_url_is_fit("https://a.example:5443/x", false) && home_url_is_fit("https://10.0.0.1", true));
    CHECK("http is not", !home_url_is_fit("http://a.example", false) && !home_url_is_fit("http://10.0.0.1:5000", true));
    CHECK("but on loopback, here", home_url_is_fit("http://127.0.0.1:5000", true) && home_url_is_fit("http://[::1]:5000", true) &&
                                       home_url_is_fit("http://localhost:5000/", true));
    CHECK("nor there, nor what only looks so", !home_url_is_fit("http://127.0.0.1:5000", false) && !home_url_is_fit("http://localhost.example", true) &&
                                                   !home_url_is_fit("http://127.0.0.1.example", true) && !home_url_is_fit("http://127.0.0.1@x", true));
    CHECK("nor what is none", !home_url_is_fit("https://", false) && !home_url_is_fit("ftp://a", true) && !home_url_is_fit("https://a b", false) &&
                                  !home_url_is_fit("https://a\n", false) && !home_url_is_fit("", true));
}

static void check_candidates(void)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct home_places loopback = {.places = {{"127.0.0.1", 5000, NULL, false}, {"127.0.0.1", 41001, KEY, true}}, .count = 2};
    struct home_places plain = {.places = {{"0.0.0.0", 5000, NULL, false}}, .count = 1};
    struct home_places tls = {.places = {{"0.0.0.0", 5443, PIN, false}, {"10.0.0.1", 5444, PIN, false}, {"::", 5445, PIN, false}, {"::1", 5446, PIN, false}},
                              .count = 4, .advertise = "https://docket.example"};
    CHECK_TEXT("a server on loopback: none from elsewhere", listed(&loopback, NULL, false, "192.0.2.1", &a), "");
    CHECK_TEXT("but here", listed(&loopback, NULL, true, NULL, &a), "listener http://127.0.0.1:5000 -\n");
    CHECK_TEXT("plain HTTP is for nobody elsewhere", listed(&plain, NULL, false, "192.0.2.1", &a), "");
    CHECK_TEXT("nor is it when it is advertised", listed(&plain, "http://docket.example", false, NULL, &a), "");
    CHECK_TEXT("in their order", listed(&tls, NULL, false, "192.0.2.1", &a),
               "advertise https://docket.example -\nadvertise https://docket.example " PIN "\nlistener https://192.0.2.1:5443 " PIN
               "\nlistener https://10.0.0.1:5444 " PIN "\nlistener https://192.0.2.1:5445 " PIN "\n");
    CHECK_TEXT("the site's word comes before the server's", listed(&plain, "https://site.example", false, NULL, &a), "advertise https://site.example -\n");
    CHECK_TEXT("not seen: no address for those that listen everywhere", listed(&tls, "https://s", false, NULL, &a),
               "advertise https://s -\nadvertise https://s " PIN "\nlistener https://10.0.0.1:5444 " PIN "\n");
    CHECK_TEXT("seen by IPv6", listed(&tls, "https://s", false, "2001:db8::1", &a),
               "advertise https://s -\nadvertise https://s " PIN "\nlistener https://10.0.0.1:5444 " PIN "\nlistener https://[2001:db8::1]:5445 " PIN "\n");
    CHECK_TEXT("what is no address is not seen", listed(&tls, "https://s", false, "evil.example/;x", &a),
               "advertise https://s -\nadvertise https://s " PIN "\nlistener https://10.0.0.1:5444 " PIN "\n");
}

static void check_answers(void)
{
    CHECK("a number", home_probe_read("noise\nhome\t1\n", 13, 2) == 1 && home_probe_read("home\t0", 6, 1) == 0 && home_probe_read("home\t11\n", 8, 12) == 11);
    CHECK("none", home_probe_read("home\tnone\n", 10, 3) == -1 && home_probe_read("", 0, 3) == -1 && home_probe_read("home\t\n", 6, 3) == -1);
    CHECK("one that was not asked about", home_probe_read("home\t3\n", 7, 3) == -1 && home_probe_read("home\t-1\n", 8, 3) == -1 &&
                                              home_probe_read("home\t999\n", 9, 3) == -1 && home_probe_read("home\t1x\n", 8, 3) == -1);
}

/* ---- the far side, played */

static struct {
    struct loop *loop;
    char dir[64];
    int forwards, forwarded;   /* port for the forward; 0: it is refused */
    bool taken;                /* the port asked for first is taken */
    int started, cleaned, cancelled;
    bool never_ends;           /* the job waits for ever */
    enum far_started outcome;  /* of the first start */
    char *answer, *printed;
    struct loop_timer timer;
    void (*then)(void);
    far_answer_fn *on_answer;
    far_port_fn *on_port;
    far_start_fn *on_start;
    far_look_fn *on_look;
    far_done_fn *on_done;
    void *arg;
    int port;
    int64_t n;
} far;

static void on_timer(void *arg) { far.then(); }

static void later(void (*then)(void), void *arg)
{
    far.then = then;
    far.arg = arg;
    loop_timer_init(far.loop, &far.timer, on_timer, NULL);
    loop_timer_set(&far.timer, clock_mono_us());
}

/* What a script prints there; in a job another list of URLs answers. */
static char *shell(const char *script, bool job)
{
    CLEANUP(arena_done) struct arena a = {0};
    CLEANUP(buf_done) struct buf out = {0};
    struct err e;
    const char *path = arena_printf(&a, "%s/script", far.dir), *said = arena_printf(&a, "%s/said", far.dir);
    if (file_write(path, script, strlen(script), 0600, &e))
        abort();
    if (system(arena_printf(&a, "cd %s && HOME=%s PATH=%s:$PATH ANSWERS=%s SSH_CONNECTION='192.0.2.1 5 192.0.2.2 22' /bin/sh script >said", far.dir,
                            far.dir, far.dir, job ? "job" : "login")) == -1 ||
        file_read(said, 1 << 20, &out, &e))
        abort();
    return strdup(buf_text(&out));
}

static void tell_answer(void)
{
    char *text = far.answer;
    struct far_answer a = {.text = text, .n = strlen(text), .home = far.dir};
    far.answer = NULL;
    far.on_answer(far.arg, &a);
    free(text);
}

void site_run(struct site_link *k, const char *script, int in_fd, int64_t limit_us, far_answer_fn *fn, void *arg)
{
    far.answer = shell(script, false);
    far.on_answer = fn;
    later(tell_answer, arg);
}

static void tell_port(void)
{
    struct err e;
    bool refused = !far.forwarded || (far.taken && far.port);
    err_refuse(&e, ERR_SITE_REFUSED, "remote port forwarding failed for listen port %d", far.port);
    far.on_port(far.arg, refused ? &e : NULL, far.port ? far.port : far.forwarded);
}

void site_forward(struct site_link *k, int local_port, int far_port, far_port_fn *fn, void *arg)
{
    far.forwards++;
    far.port = far_port;
    far.on_port = fn;
    CHECK("the forward leads to the listener for tunnels", local_port == 41001);
    later(tell_port, arg);
}

static void tell_start(void)
{
    struct far_start s = {.outcome = far.outcome, .batch = "17"};
    err_refuse(&s.err, ERR_SITE_REFUSED, "sbatch: error: invalid partition");
    far.outcome = FAR_STARTED;
    far.on_start(far.arg, &s);
}

void site_start(struct site_link *k, const struct far_job *j, far_start_fn *fn, void *arg)
{
    far.started++;
    far.n = j->n;
    free(far.printed);
    far.printed = shell(j->script, true);
    far.on_start = fn;
    later(tell_start, arg);
}

static void tell_look(void)
{
    struct far_state s = {.known = true, .state = far.never_ends ? JOB_PENDING : JOB_FINISHED};
    struct far_look look = {.states = &s, .count = 1};
    far.on_look(far.arg, &look);
}

void site_look(struct site_link *k, const char *const *apps, int app_count, const struct far_name *known, int known_count, int64_t now_us,
               far_look_fn *fn, void *arg)
{
    far.on_look = fn;
    later(tell_look, arg);
}

static void tell_done(void) { far.on_done(far.arg, NULL); }

void site_read(struct site_link *k, const struct far_name *job, enum far_part part, int64_t from, int64_t max, int out_fd, far_done_fn *fn, void *arg)
{
    if (write(out_fd, far.printed, strlen(far.printed)) != (ssize_t)strlen(far.printed))
        abort();
    far.on_done = fn;
    later(tell_done, arg);
}

void site_clean(struct site_link *k, const struct far_name *jobs, int count, far_done_fn *fn, void *arg)
{
    far.cleaned++;
    far.on_done = fn;
    later(tell_done, arg);
}

void site_cancel(struct site_link *k, const struct far_name *jobs, int count, far_done_fn *fn, void *arg)
{
    far.cancelled++;
    far.on_done = fn;
    later(tell_done, arg);
}

/* ---- the search */

static char found[512];

static void on_found(void *arg, const struct home_found *f)
{
    if (f->err)
        snprintf(found, sizeof found, "%s", err_wire(f->err->code));
    else
        snprintf(found, sizeof found, "%s %s %s %d %d", f->way.way, f->way.url, f->way.pin ? f->way.pin : "-", f->far_port, f->relay_port);
    loop_stop(far.loop);
}

/* answers: lines "login URL PIN" or "job URL PIN" for what answers from there. */
static const char *searched(const struct home_ask *ask, const char *answers)
{
    static const char PROGRAM[] =
        "#!/bin/sh\ncase $1 in\nhealth) grep -qxF -- \"$ANSWERS $3 ${5:--}\" answers ;;\n"
        "relay) echo \"listening on 0.0.0.0:${RELAY:-6001}\" ;;\nesac\n";
    CLEANUP(arena_done) struct arena a = {0};
    struct err e;
    if (file_write(arena_printf(&a, "%s/docket", far.dir), PROGRAM, strlen(PROGRAM), 0700, &e) ||
        file_write(arena_printf(&a, "%s/answers", far.dir), answers, strlen(answers), 0600, &e))
        abort();
    snprintf(found, sizeof found, "nothing");
    home_find(far.loop, NULL, ask, on_found, NULL);
    loop_run(far.loop);
    return found;
}

static void check_search(void)
{
    static const char *const PROGRAM[] = {"docket", NULL};
    struct home_places places = {.places = {{"0.0.0.0", 5443, PIN, false}, {"127.0.0.1", 5000, NULL, false}, {"127.0.0.1", 41001, KEY, true}}, .count = 3,
                                 .advertise = "https://docket.example"};
    struct home_ask ask = {.site = "s", .app = "docket", .places = &places, .program = PROGRAM, .unique = "u1"};
    far.forwarded = 7001;
    CHECK_TEXT("what is advertised comes first", searched(&ask, "login https://docket.example -\nlogin https://192.0.2.1:5443 " PIN "\n"),
               "advertise https://docket.example - 0 0");
    CHECK_TEXT("then its key", searched(&ask, "login https://docket.example " PIN "\n"), "advertise https://docket.example " PIN " 0 0");
    CHECK_TEXT("then listeners", searched(&ask, "login https://192.0.2.1:5443 " PIN "\n"), "listener https://192.0.2.1:5443 " PIN " 0 0");
    CHECK("until then no port was forwarded", far.forwards == 0);
    CHECK_TEXT("then a forward", searched(&ask, "login https://127.0.0.1:7001 " KEY "\n"), "forward https://127.0.0.1:7001 " KEY " 7001 0");
    ask.far_port = 7002;
    CHECK_TEXT("on the port of before", searched(&ask, "login https://127.0.0.1:7002 " KEY "\n"), "forward https://127.0.0.1:7002 " KEY " 7002 0");
    far.taken = true;
    CHECK_TEXT("or any, where that is taken", searched(&ask, "login https://127.0.0.1:7001 " KEY "\n"), "forward https://127.0.0.1:7001 " KEY " 7001 0");
    far.taken = false;
    CHECK_TEXT("a forward that leads elsewhere is no way", searched(&ask, "login https://127.0.0.1:7001 sha256//other\n"), "no_way_home");
    far.forwarded = 0;
    ask.far_port = 0;
    CHECK_TEXT("nor is there one where it is refused", searched(&ask, ""), "no_way_home");
    places.count = 2;
    CHECK_TEXT("nor without a listener for it", searched(&ask, ""), "no_way_home");
    ask.local = true;
    CHECK_TEXT("here, the loopback", searched(&ask, "login http://127.0.0.1:5000 -\n"), "listener http://127.0.0.1:5000 - 0 0");
}

static void check_job(void)
{
    static const char *const PROGRAM[] = {"docket", NULL};
    struct home_places places = {.places = {{"0.0.0.0", 5443, PIN, false}, {"127.0.0.1", 41001, KEY, true}}, .count = 2};
    struct home_ask ask = {.site = "s", .app = "docket", .places = &places, .program = PROGRAM, .unique = "u1", .job = true};
    char host[128] = "", wanted[256], answers[512];
    gethostname(host, sizeof host - 1);
    far.forwarded = 7001;
    far.started = far.cleaned = 0;
    CHECK_TEXT("what answers at the login host alone is no way", searched(&ask, "login https://192.0.2.1:5443 " PIN "\n"), "no_way_home");
    CHECK("its folder is cleaned away", far.started == 1 && far.cleaned == 1);
    CHECK_TEXT("what answers in a job is", searched(&ask, "job https://127.0.0.1:7001 " KEY "\n"), "forward https://127.0.0.1:7001 " KEY " 7001 0");
    snprintf(answers, sizeof answers, "job https://%s:6001 " KEY "\n", host);
    snprintf(wanted, sizeof wanted, "relay https://%s:6001 " KEY " 7001 6001", host);
    CHECK_TEXT("or by a relay", searched(&ask, answers), wanted);
    ask.relay_port = 6005;
    snprintf(answers, sizeof answers, "login https://127.0.0.1:6005 " KEY "\njob https://%s:6005 " KEY "\n", host);
    snprintf(wanted, sizeof wanted, "relay https://%s:6005 " KEY " 7001 6005", host);
    CHECK_TEXT("one that runs still is used", searched(&ask, answers), wanted);
    far.outcome = FAR_TAKEN;
    far.started = 0;
    CHECK_TEXT("a folder that another has: the next", searched(&ask, "job https://192.0.2.1:5443 " PIN "\n"), "listener https://192.0.2.1:5443 " PIN " 0 0");
    CHECK("that one", far.started == 2 && far.n == 2);
    far.outcome = FAR_REFUSED;
    CHECK_TEXT("a job that is refused: the far side's words", searched(&ask, ""), "site_refused");
    far.forwarded = 0;
    CHECK_TEXT("without a forward a job tries the rest", searched(&ask, "job https://192.0.2.1:5443 " PIN "\n"), "listener https://192.0.2.1:5443 " PIN " 0 0");
}

int main(void)
{
    struct err e;
    far.loop = loop_new();
    snprintf(far.dir, sizeof far.dir, "/tmp/docket-home.XXXXXX");
    if (!mkdtemp(far.dir))
        abort();
    check_urls();
    check_candidates();
    check_answers();
    check_search();
    check_job();
    CHECK("the refusal names three ways out", home_refuse("s", &e) == ERR_NO_WAY_HOME && strstr(e.hint, "advertise") && strstr(e.hint, "--tls-cert") &&
                                                  strstr(e.hint, "AllowTcpForwarding"));
    free(far.printed);
    loop_free(far.loop);
    CLEANUP(arena_done) struct arena a = {0};
    return system(arena_printf(&a, "rm -rf %s", far.dir)) ? 1 : check_end();
}
