/* The client: libcurl's multi interface, driven by the loop.
 *
 * libcurl says which sockets it wants to be told of and when its next timer is due; both go into the loop, and what
 * happens is handed back with curl_multi_socket_action. Requests that have ended are then taken from libcurl and
 * answered from here, never from within one of its callbacks, so a callback may send and cancel as it likes.
 *
 * A reply is judged once: whatever the reason, a request without an answer of docket's has status 0 and
 * ERR_SERVER_AWAY; an error carries the server's own words from its problem document. */
#include "cli/client.h"

#include <assert.h>
#include <curl/curl.h>
#include <sodium.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/text.h"
#include "cli/client_trust.h"

enum {
    ANSWER_BYTES = 64 * 1024 * 1024, /* the largest body taken */
    CONNECT_SECONDS = 10,
    KEEPALIVE_SECONDS = 15,
    UPLOAD_BYTES = 256 * 1024, /* handed to the system at a time */
    CONNECTION_AGE_SECONDS = 60, /* a connection idle for longer is not used again: the server may be closing it */
};

#define DEFAULT_TIMEOUT_US (30 * CLOCK_SECOND)

struct client {
    struct loop *loop;
    char *url, *authorization; /* authorization: the header, or NULL */
    bool loopback;
    struct client_trust trust;
    CURLM *multi;
    struct loop_timer timer;
    struct list requests;
};

struct client_request {
    struct list link;
    struct client *client;
    CURL *easy;
    char *path;
    struct curl_slist *headers;
    struct buf body, answer;
    bool too_large, key_renewed;
    int64_t timeout_us; /* 0: none */
    client_source_fn *source; /* makes the body; NULL: it is there */
    enum client_made made;
    client_sink_fn *sink; /* takes the bytes of a good answer; NULL: they are gathered */
    char error[CURL_ERROR_SIZE];
    client_fn *fn;
    void *arg;
};

/* A socket of libcurl's that the loop watches. */
struct link {
    struct client *client;
    curl_socket_t fd;
};

static void *must(void *p)
{
    if (!p)
        abort();
    return p;
}

static void request_free(struct client_request *r)
{
    list_unlink(&r->link);
    curl_easy_cleanup(r->easy);
    curl_slist_free_all(r->headers);
    buf_done(&r->body);
    buf_done(&r->answer);
    free(r->path);
    free(r);
}

static struct client_request *begin(struct client_request *r)
{
    if (curl_multi_add_handle(r->client->multi, r->easy) != CURLM_OK)
        abort();
    return r;
}

/* Replies */

/* Why there was no answer, in words. */
static void explain(const struct client_request *r, CURLcode code, char *out, size_t room)
{
    char cause[TEXT_CAUSE_BYTES];
    long os_error = 0;
    curl_easy_getinfo(r->easy, CURLINFO_OS_ERRNO, &os_error);
    if (r->too_large)
        snprintf(out, room, "its answer is larger than %d MiB", ANSWER_BYTES / 1024 / 1024);
    else if (code == CURLE_COULDNT_CONNECT && os_error)
        snprintf(out, room, "%s", text_cause((int)os_error, cause));
    else if (code == CURLE_OPERATION_TIMEDOUT)
        snprintf(out, room, "no answer within %.3g s", (double)r->timeout_us / CLOCK_SECOND);
    else if (code == CURLE_COULDNT_RESOLVE_HOST)
        snprintf(out, room, "there is no host of that name");
    else if (code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR)
        snprintf(out, room, "it closed the connection");
    else
        snprintf(out, room, "%s", r->error[0] ? r->error : curl_easy_strerror(code));
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static enum err_code code_from(const char *wire, int status)
{
    enum err_code code = err_from_wire(wire);
    if (code)
        return code;
    if (status == 401)
        return ERR_UNAUTHORIZED;
    if (status == 413)
        return ERR_TOO_LARGE;
    return status < 500 ? ERR_BAD_REQUEST : ERR_INTERNAL;
}

/* An error answered: by docket with a problem document, or by something before it. */
static void read_problem(struct client_reply *reply, const char *url)
{
    enum err_code code = code_from(text_of(reply->body, "code"), reply->status);
    const char *detail = text_of(reply->body, "detail"), *title = text_of(reply->body, "title");
    if (*detail || *title)
        err_refuse(&reply->err, code, "%s", *detail ? detail : title);
    else
        err_refuse(&reply->err, code, "the server at %s answered with status %d", url, reply->status);
    if (*text_of(reply->body, "hint"))
        err_hint(&reply->err, "%s", text_of(reply->body, "hint"));
}

/* Something on the way sends its callers elsewhere, as proxies do from http to https. */
static void explain_redirect(const struct client_request *r, long status, struct err *e)
{
    char *to = NULL;
    curl_easy_getinfo(r->easy, CURLINFO_REDIRECT_URL, &to);
    if (!to) {
        err_fail(e, ERR_SERVER_AWAY, "no docket server answers at %s: what does says status %ld", r->client->url, status);
        return;
    }
    size_t n = strlen(to), path = strlen(r->path);
    if (n > path && strcmp(to + n - path, r->path) == 0)
        n -= path;
    err_fail(e, ERR_SERVER_AWAY, "what answers at %s sends its callers to %.*s", r->client->url, n < 500 ? (int)n : 500, to);
    err_hint(e, "ask there: --server %.*s", n < 200 ? (int)n : 200, to);
}

static void judge(struct client_request *r, CURLcode code, struct client_reply *reply)
{
    const char *url = r->client->url;
    if (code != CURLE_OK && client_trust_explain(&r->client->trust, url, r->easy, code, r->error, &reply->err))
        return;
    if (code != CURLE_OK) {
        char why[CURL_ERROR_SIZE];
        explain(r, code, why, sizeof why);
        err_fail(&reply->err, ERR_SERVER_AWAY, "no server answers at %s: %s", url, why);
        return;
    }
    long status = 0;
    curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status < 200 || (status >= 300 && status < 400)) {
        explain_redirect(r, status, &reply->err);
        return;
    }
    if (r->answer.len)
        reply->body = json_loadb(r->answer.data, r->answer.len, JSON_DECODE_ANY, NULL);
    if (status < 400 && r->answer.len && !reply->body) {
        err_fail(&reply->err, ERR_SERVER_AWAY, "no docket server answers at %s: what came back is not JSON", url);
        return;
    }
    reply->status = (int)status;
    if (status >= 400)
        read_problem(reply, url);
}

/* The server on this machine has got another key: nothing was sent to it yet, so this is no second time. */
static bool try_new_key(struct client_request *r, CURLcode code)
{
    struct client_trust *t = &r->client->trust;
    if (code != CURLE_SSL_PINNEDPUBKEYNOTMATCH || r->key_renewed || !client_trust_renew(t, r->client->url))
        return false;
    r->key_renewed = true;
    client_trust_apply(t, r->easy);
    curl_multi_remove_handle(r->client->multi, r->easy);
    begin(r);
    return true;
}

static void finish(struct client_request *r, CURLcode code)
{
    struct client_reply reply = {0};
    if (try_new_key(r, code))
        return;
    judge(r, code, &reply);
    curl_multi_remove_handle(r->client->multi, r->easy);
    client_fn *fn = r->fn;
    void *arg = r->arg;
    request_free(r);
    fn(arg, &reply);
    json_decref(reply.body);
}

/* Hands in those that ended; a callback may add more. */
static void finish_all(struct client *c)
{
    int left;
    for (CURLMsg *m; (m = curl_multi_info_read(c->multi, &left));) {
        struct client_request *r;
        if (m->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&r);
        finish(r, m->data.result);
    }
}

/* libcurl and the loop */

static void on_ready(void *arg, uint32_t events)
{
    const struct link *link = arg;
    struct client *c = link->client; /* link may be gone after the call */
    int what = (events & (EPOLLIN | EPOLLHUP) ? CURL_CSELECT_IN : 0) | (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
               (events & EPOLLERR ? CURL_CSELECT_ERR : 0);
    int running;
    curl_multi_socket_action(c->multi, link->fd, what, &running);
    finish_all(c);
}

static void on_timer(void *arg)
{
    struct client *c = arg;
    int running;
    curl_multi_socket_action(c->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    finish_all(c);
}

static int on_socket_wish(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
    (void)easy;
    struct client *c = arg;
    struct link *link = socket_arg;
    if (what == CURL_POLL_REMOVE) {
        loop_fd_remove(c->loop, fd);
        curl_multi_assign(c->multi, fd, NULL);
        free(link);
        return 0;
    }
    if (!link) {
        link = must(malloc(sizeof *link));
        *link = (struct link){c, fd};
        curl_multi_assign(c->multi, fd, link);
    }
    uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0);
    loop_fd_set(c->loop, fd, events, on_ready, link);
    return 0;
}

static int on_timer_wish(CURLM *multi, long ms, void *arg)
{
    (void)multi;
    struct client *c = arg;
    if (ms < 0)
        loop_timer_stop(&c->timer);
    else
        loop_timer_set(&c->timer, clock_mono_us() + ms * CLOCK_MS);
    return 0;
}

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)arg;
    (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static bool is_good(const struct client_request *r)
{
    long status = 0;
    curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
    return status < 400;
}

static bool sink_bytes(struct client_request *r, const char *bytes, size_t n)
{
    curl_off_t total = -1;
    curl_easy_getinfo(r->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &total);
    return r->sink(r->arg, bytes, n, total);
}

static size_t on_bytes(char *bytes, size_t size, size_t count, void *arg)
{
    struct client_request *r = arg;
    size_t n = size * count;
    if (r->sink && is_good(r))
        return sink_bytes(r, bytes, n) ? n : 0;
    if (r->answer.len + n > ANSWER_BYTES) {
        r->too_large = true;
        return 0;
    }
    buf_add(&r->answer, bytes, n);
    return n;
}

/* What libcurl sends next of a body that is made as it goes. */
static size_t on_wanted(char *bytes, size_t size, size_t count, void *arg)
{
    struct client_request *r = arg;
    size_t n = size * count;
    while (r->made == CLIENT_MORE && r->body.len < n)
        r->made = r->source(r->arg, &r->body);
    if (r->made == CLIENT_BREAK)
        return CURL_READFUNC_ABORT;
    n = r->body.len < n ? r->body.len : n;
    memcpy(bytes, buf_text(&r->body), n);
    buf_drop(&r->body, n);
    return n;
}

/* Requests */

static void add_header(struct client_request *r, const char *line)
{
    r->headers = must(curl_slist_append(r->headers, line));
}

static void set_options(struct client_request *r, const char *method, const char *path)
{
    CURL *h = r->easy;
    CLEANUP(buf_done) struct buf url = {0};
    buf_printf(&url, "%s%s", r->client->url, path);
    curl_easy_setopt(h, CURLOPT_URL, url.data);
    curl_easy_setopt(h, CURLOPT_PATH_AS_IS, 1L); /* a queue may be called ".." */
    curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(h, CURLOPT_PRIVATE, r);
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(h, CURLOPT_USERAGENT, "docket/" DOCKET_VERSION);
    curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)((r->timeout_us + 999) / 1000));
    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(h, CURLOPT_MAXAGE_CONN, (long)CONNECTION_AGE_SECONDS);
    curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(h, CURLOPT_WRITEDATA, r);
    curl_easy_setopt(h, CURLOPT_ERRORBUFFER, r->error);
    curl_easy_setopt(h, CURLOPT_HTTPHEADER, r->headers);
    client_trust_apply(&r->client->trust, h);
    if (r->client->loopback)
        curl_easy_setopt(h, CURLOPT_NOPROXY, "*");
}

static void set_body(struct client_request *r, const char *method, const char *bytes, size_t n)
{
    bool always = strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0; /* these have one, be it empty */
    if (!bytes && !always)
        return;
    if (n)
        buf_add(&r->body, bytes, n);
    curl_easy_setopt(r->easy, CURLOPT_POSTFIELDS, buf_text(&r->body));
    curl_easy_setopt(r->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.len);
}

static struct client_request *make(struct client *c, const char *path, client_fn *fn, void *arg)
{
    assert(path[0] == '/');
    struct client_request *r = must(calloc(1, sizeof *r));
    *r = (struct client_request){.client = c, .fn = fn, .arg = arg, .easy = must(curl_easy_init()),
                                .path = must(strdup(path))};
    list_append(&c->requests, &r->link);
    if (c->authorization)
        add_header(r, c->authorization);
    return r;
}

struct client_request *client_send_bytes(struct client *c, const char *method, const char *path, const char *media_type,
                                         const char *bytes, size_t n, int64_t timeout_us, client_fn *fn, void *arg)
{
    struct client_request *r = make(c, path, fn, arg);
    r->timeout_us = timeout_us > 0 ? timeout_us : DEFAULT_TIMEOUT_US;
    add_header(r, "Accept: application/json, application/problem+json");
    add_header(r, "Expect:");
    CLEANUP(buf_done) struct buf type = {0};
    buf_printf(&type, bytes ? "Content-Type: %s" : "Content-Type:", media_type);
    add_header(r, type.data);
    set_options(r, method, path);
    set_body(r, method, bytes, n);
    return begin(r);
}

static void keep_alive(struct client_request *r)
{
    curl_easy_setopt(r->easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(r->easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_SECONDS);
    curl_easy_setopt(r->easy, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_SECONDS);
}

struct client_request *client_fetch(struct client *c, const char *path, client_sink_fn *sink, client_fn *fn, void *arg)
{
    struct client_request *r = make(c, path, fn, arg);
    r->sink = sink;
    set_options(r, "GET", path);
    keep_alive(r);
    return begin(r);
}

struct client_request *client_put(struct client *c, const char *path, const char *media_type, client_source_fn *source, client_fn *fn,
                                  void *arg)
{
    struct client_request *r = make(c, path, fn, arg);
    CLEANUP(buf_done) struct buf type = {0};
    r->source = source;
    buf_printf(&type, "Content-Type: %s", media_type);
    add_header(r, type.data);
    add_header(r, "Accept: application/json, application/problem+json");
    add_header(r, "Expect:");
    set_options(r, "PUT", path);
    curl_easy_setopt(r->easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(r->easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOAD_BYTES);
    curl_easy_setopt(r->easy, CURLOPT_READFUNCTION, on_wanted);
    curl_easy_setopt(r->easy, CURLOPT_READDATA, r);
    keep_alive(r);
    return begin(r);
}

struct client_request *client_send(struct client *c, const char *method, const char *path, const json_t *body,
                                   int64_t timeout_us, client_fn *fn, void *arg)
{
    CLEANUP(cleanup_free) char *text = NULL;
    if (body)
        text = must(json_dumps(body, JSON_COMPACT));
    return client_send_bytes(c, method, path, "application/json", text, text ? strlen(text) : 0, timeout_us, fn, arg);
}

void client_cancel(struct client_request *r)
{
    curl_multi_remove_handle(r->client->multi, r->easy);
    request_free(r);
}

/* One call */

struct call {
    bool done;
    FILE *to; /* of client_save */
    struct client_reply reply;
};

static void on_called(void *arg, const struct client_reply *reply)
{
    struct call *call = arg;
    call->done = true;
    call->reply = *reply;
    json_incref(call->reply.body);
}

int client_call(struct client *c, const char *method, const char *path, const json_t *body, json_t **out_body,
                struct err *e)
{
    struct call call = {0};
    client_send(c, method, path, body, 0, on_called, &call);
    while (!call.done)
        loop_turn(c->loop, -1);
    if (call.reply.status && call.reply.status < 400) {
        if (out_body)
            *out_body = call.reply.body;
        else
            json_decref(call.reply.body);
        return 0;
    }
    json_decref(call.reply.body);
    *e = call.reply.err;
    return call.reply.status ? (int)e->code : -(int)e->code;
}

static bool on_saved(void *arg, const void *bytes, size_t n, int64_t total)
{
    struct call *call = arg;
    return fwrite(bytes, 1, n, call->to) == n;
}

int client_save(struct client *c, const char *path, FILE *to, struct err *e)
{
    struct call call = {.to = to};
    client_fetch(c, path, on_saved, on_called, &call);
    while (!call.done)
        loop_turn(c->loop, -1);
    json_decref(call.reply.body);
    if (ferror(to) || fflush(to))
        return err_fail(e, ERR_FILE, "could not write what the server sends");
    if (call.reply.status && call.reply.status < 400)
        return 0;
    *e = call.reply.err;
    return call.reply.status ? (int)e->code : -(int)e->code;
}

/* Life */

/* A server on this machine is never reached through a proxy. */
static bool is_loopback(const char *url)
{
    CURLU *u = must(curl_url());
    char *host = NULL;
    bool result = curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
                  curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                  (strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 || strcmp(host, "[::1]") == 0);
    curl_free(host);
    curl_url_cleanup(u);
    return result;
}

static char *make_authorization(const char *scheme, const char *what)
{
    struct buf b = {0};
    buf_printf(&b, "Authorization: %s %s", scheme, what);
    return b.data;
}

void client_as(struct client *c, const char *name, const char *password)
{
    char *pair = NULL, *coded = NULL;
    if (asprintf(&pair, "%s:%s", name, password) < 0)
        abort();
    size_t n = strlen(pair), room = sodium_base64_ENCODED_LEN(n, sodium_base64_VARIANT_ORIGINAL);
    if (!(coded = malloc(room)))
        abort();
    sodium_bin2base64(coded, room, (unsigned char *)pair, n, sodium_base64_VARIANT_ORIGINAL);
    free(c->authorization);
    c->authorization = make_authorization("Basic", coded);
    explicit_bzero(pair, n);
    explicit_bzero(coded, room);
    free(pair);
    free(coded);
}

struct client *client_new(struct loop *l, const char *url, const char *token)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort();
    struct client *c = must(calloc(1, sizeof *c));
    c->loop = l;
    c->url = must(strdup(url));
    for (size_t n = strlen(url); n > 0 && c->url[n - 1] == '/'; n--)
        c->url[n - 1] = '\0';
    c->authorization = token ? make_authorization("Bearer", token) : NULL;
    client_trust_init(&c->trust, c->url, NULL, NULL);
    c->loopback = is_loopback(c->url);
    list_init(&c->requests);
    loop_timer_init(l, &c->timer, on_timer, c);
    c->multi = must(curl_multi_init());
    curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket_wish);
    curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
    curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_timer_wish);
    curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
    return c;
}

void client_trust(struct client *c, const char *ca_file, const char *data)
{
    client_trust_done(&c->trust);
    client_trust_init(&c->trust, c->url, ca_file, data);
}

void client_pin(struct client *c, const char *pin)
{
    client_trust_done(&c->trust);
    client_trust_init_pin(&c->trust, pin);
}

void client_free(struct client *c)
{
    if (!c)
        return;
    LIST_EACH(node, &c->requests)
        client_cancel(LIST_OF(struct client_request, link, node));
    curl_multi_cleanup(c->multi);
    loop_timer_stop(&c->timer);
    free(c->url);
    free(c->authorization);
    client_trust_done(&c->trust);
    free(c);
    curl_global_cleanup();
}

const char *client_url(const struct client *c) { return c->url; }
