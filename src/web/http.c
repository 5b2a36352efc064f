/* Requests are never suspended while a turn decides them: at its last call the access handler queues the request and
 * returns without a response; after the commit the library calls again and gets the answer. Only claims that wait are
 * suspended, because resuming any connection walks all suspended ones. The library does not see a suspended client
 * leave, so its socket is watched in our own epoll, and nothing is handed to a claim whose client is gone. */
#include "web/http.h"

#include <assert.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "core/engine.h"
#include "web/handshake.h"
#include "web/http_inner.h"
#include "web/signin.h"

struct http_connection *http_connection_of(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info->socket_context;
}

static int socket_of(struct MHD_Connection *c)
{
    return MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

static int run(struct work *w, struct turn *t, struct err *e)
{
    struct request *r = (struct request *)w;
    r->stream.now = r->stream.was;
    r->stream.taken = 0;
    r->status = 0;
    r->sends = false;
    r->making = NULL;
    r->header_count = 0;
    int refused = auth_settle(r, t, e);
    return refused ? refused : r->route->handler(r, t, e);
}

static void done(struct work *w)
{
    struct request *r = (struct request *)w;
    if (w->result < 0)
        log_error("%s %s: %s", r->route->path, err_wire(w->err.code), w->err.text);
    if (r->stream.on) {
        stream_on_turn(r);
        return;
    }
    if (w->result != 0)
        request_refuse(r, &w->err);
    bool suspended = r->stage == REQUEST_SUSPENDED;
    r->stage = REQUEST_ANSWERED;
    if (suspended) {
        loop_fd_remove(r->http->o.loop, socket_of(r->connection));
        MHD_resume_connection(r->connection);
    }
}

/* A slice of its answer is made: the next one comes behind those that wait for their first. Or a password is looked at beside
 * the loop, and the request rests until that is over. */
static void again(struct work *w)
{
    struct request *r = (struct request *)w;
    r->kept = r->coming;
    if (!signin_begin(r)) {
        list_append(&r->http->ready, &r->ready);
        return;
    }
    if (r->stream.on) {
        stream_on_rest(r);
    } else if (r->stage == REQUEST_READY) {
        r->stage = REQUEST_SUSPENDED;
        MHD_suspend_connection(r->connection);
    }
}

/* Asked at the moment a task is handed to it: the event of its leaving may still stand in the queue. */
static bool gone(struct work *w)
{
    struct pollfd p = {.fd = socket_of(((struct request *)w)->connection), .events = POLLRDHUP};
    return poll(&p, 1, 0) > 0;
}

/* The copy of the store that it waited for is dropped. */
static void end_backup(struct request *r)
{
    engine_unpark(r->http->o.engine, &r->work);
    r->work.result = err_refuse(&r->work.err, ERR_BAD_REQUEST, "the connection was closed before the copy was made");
    done(&r->work);
}

/* A client that waited is gone: it is handed nothing any more. The answer is for one that only closed its sending side. */
static void on_hangup(void *arg, uint32_t events)
{
    struct request *r = arg;
    if (r->work.effects.backup)
        end_backup(r);
    else
        engine_end_wait(r->http->o.engine, &r->work);
    http_pump(r->http);
}

static void wait_parked(struct work *w)
{
    struct request *r = (struct request *)w;
    if (r->stage != REQUEST_SUSPENDED)
        MHD_suspend_connection(r->connection);
    r->stage = REQUEST_SUSPENDED;
    r->kept = r->coming;
    loop_fd_set(r->http->o.loop, socket_of(r->connection), EPOLLRDHUP | EPOLLONESHOT, on_hangup, r);
}

/* A file that ends too early, because the disk had to be freed, ends the connection: the client sees that bytes lack. */
static ssize_t read_file(void *arg, uint64_t at, char *bytes, size_t n)
{
    const struct request *r = arg;
    ssize_t got = pread(r->file, bytes, n, (off_t)at);
    return got > 0 ? got : MHD_CONTENT_READER_END_WITH_ERROR;
}

static void count_answer(const struct request *r)
{
    int route = r->route ? (int)(r->route - ROUTES) : ROUTE_COUNT, class = r->status / 100;
    r->http->answered[route][class < HTTP_CLASSES ? class : 0]++;
}

int http_connections(const struct http *h)
{
    int count = 0;
    for (int i = 0; i < h->listener_count; i++)
        count += (int)MHD_get_daemon_info(h->listeners[i].daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS)->num_connections;
    return count;
}

static struct MHD_Response *response_of(struct request *r)
{
    if (r->sends)
        return send_response(r);
    if (r->making)
        return making_response(r);
    enum { PIECE_BYTES = 128 * 1024 };
    if (r->file >= 0)
        return MHD_create_response_from_callback((uint64_t)r->file_bytes, PIECE_BYTES, read_file, r, NULL);
    size_t n = r->answer.len;
    char *bytes = r->answer.data;
    r->answer = (struct buf){0};
    return MHD_create_response_from_buffer(n, bytes, MHD_RESPMEM_MUST_FREE);
}

/* Those who come to the tables face know HTTP Basic. */
static const char *challenge_of(const struct request *r)
{
    bool tables = r->route && r->route->flags & ROUTE_TABLES;
    return tables ? "Basic realm=\"Authentication Required\"" : "Bearer realm=\"docket\"";
}

static enum MHD_Result send_answer(struct request *r)
{
    struct MHD_Response *response = response_of(r);
    if (!response)
        abort();
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, r->content_type);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    if (r->allow)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, r->allow);
    if (r->status == 401 && r->work.err.code != ERR_NO_CLIENT)
        MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, challenge_of(r));
    if (r->status == 429)
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, "60");
    for (int i = 0; i < r->header_count; i++)
        MHD_add_response_header(response, r->headers[i].name, r->headers[i].value);
    count_answer(r);
    enum MHD_Result queued = MHD_queue_response(r->connection, (unsigned)r->status, response);
    MHD_destroy_response(response);
    r->stage = REQUEST_SENT;
    return queued;
}

/* The library begins a request: its raw URI, before anything is decoded. */
static void *on_uri(void *arg, const char *uri, struct MHD_Connection *connection)
{
    const struct http_listener *l = arg;
    struct arena arena = {0};
    struct request *r = arena_alloc(&arena, sizeof *r); /* it lives in its own arena */
    r->arena = arena;
    r->http = l->http;
    r->listener = l;
    r->connection = connection;
    r->work.run = run;
    r->work.done = done;
    r->work.wait = wait_parked;
    r->work.again = again;
    r->work.gone = gone;
    upload_init(&r->stream.was.upload);
    r->file = -1;
    l->http->open_requests++;
    r->has_query = strchr(uri, '?') != NULL;
    if (strlen(uri) > LIMIT_URI)
        err_refuse(&r->work.err, ERR_URI_TOO_LONG, "the URL is longer than %d bytes", LIMIT_URI);
    else if (strstr(uri, "%00"))
        err_refuse(&r->work.err, ERR_BAD_NAME, "the URL holds a NUL");
    return r;
}

/* Every body announced and accepted counts in `buffered` until its request is over. */
static enum MHD_Result on_head(struct request *r, const char *url, const char *method, const char *version)
{
    struct http_connection *c = http_connection_of(r->connection);
    c->request = r;
    c->since_us = clock_mono_us();
    c->body_got = 0;
    struct err *e = &r->work.err;
    int refused = e->code ? (int)e->code : http_judge_head(r, version, method, url, e);
    if (refused) {
        r->body_bytes = 0; /* its body will not be received */
        request_refuse(r, e);
        return send_answer(r);
    }
    r->stage = REQUEST_BODY;
    r->http->buffered += r->body_bytes;
    return MHD_YES;
}

static enum MHD_Result on_body(struct request *r, const char *bytes, size_t *n)
{
    if (r->stream.on)
        return stream_on_bytes(r, bytes, n);
    if (r->body.len + *n > r->body_bytes) /* more than was announced: the library should not let it */
        return MHD_NO;
    buf_add(&r->body, bytes, *n);
    http_connection_of(r->connection)->body_got += *n;
    *n = 0;
    return MHD_YES;
}

static enum MHD_Result on_body_end(struct request *r)
{
    if (r->stream.on) {
        stream_on_end(r);
        return r->stage == REQUEST_ANSWERED ? send_answer(r) : MHD_YES;
    }
    r->stage = REQUEST_READY;
    list_append(&r->http->ready, &r->ready);
    return MHD_YES;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *bytes, size_t *n, void **context)
{
    struct request *r = *context;
    switch (r->stage) {
    case REQUEST_HEAD: return on_head(r, url, method, version);
    case REQUEST_BODY:
    case REQUEST_PIECE:
    case REQUEST_THIRSTY:
    case REQUEST_REFUSED: return *n ? on_body(r, bytes, n) : on_body_end(r);
    case REQUEST_ANSWERED: return send_answer(r);
    default: return MHD_YES;
    }
}

/* The request is over, answered or broken off. */
static void on_completed(void *arg, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode how)
{
    struct request *r = *context;
    if (!r)
        return;
    struct http *h = r->http;
    struct http_connection *c = http_connection_of(connection);
    if (c) {
        c->request = NULL;
        c->since_us = 0;
        c->rest_bytes = HTTP_BYTES_UNKNOWN;
    }
    h->open_requests--;
    list_unlink(&r->ready);
    stream_forget(r);
    engine_unpark(h->o.engine, &r->work);
    making_forget(r);
    json_decref(r->json);
    buf_done(&r->answer);
    struct arena arena = r->arena;
    arena_done(&arena);
    *context = NULL;
}

static void on_connection(void *arg, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct http_listener *l = arg;
    struct http *h = l->http;
    struct http_connection *c = *context;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        c = calloc(1, sizeof *c);
        if (!c)
            abort();
        c->http = h;
        c->listener = l;
        c->connection = connection;
        c->fd = socket_of(connection);
        list_append(&h->connections, &c->node);
        l->connections++;
        *context = c;
        if (l->at.tls)
            handshake_begin(c);
    } else if (c) {
        h->left = true;
        l->connections--;
        list_unlink(&c->node);
        handshake_forget(c);
        free(c);
        *context = NULL;
    }
}

static void on_library(void *arg, uint32_t events) { http_pump(((struct http_listener *)arg)->http); }
static void on_library_timer(void *arg) { http_pump(arg); }

static void on_library_log(void *arg, const char *format, va_list args)
{
    char text[512];
    vsnprintf(text, sizeof text, format, args);
    text[strcspn(text, "\n")] = '\0';
    log_debug("http: %s", text);
}

/* Nine tenths of the descriptors this process may have; where these are few, all but those that the store and a backup need. */
static unsigned connection_limit(void)
{
    enum { OWN = 24, LEAST = 8 };
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files))
        return 900;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    rlim_t most = files.rlim_cur > 1000000 ? 1000000 : files.rlim_cur;
    if (most < 10 * OWN)
        return most > OWN + LEAST ? (unsigned)(most - OWN) : LEAST;
    return (unsigned)(most / 10 * 9);
}

/* With `share` connections at most. */
static bool start_library(struct http_listener *l, unsigned share)
{
    struct MHD_OptionItem plain[] = {{MHD_OPTION_END, 0, NULL}};
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)(intptr_t)handshake_certificate},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(intptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {MHD_OPTION_END, 0, NULL},
    };
    l->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG | (l->at.tls ? (unsigned)MHD_USE_TLS : 0), 0, NULL, NULL,
        on_request, l, MHD_OPTION_EXTERNAL_LOGGER, on_library_log, NULL, MHD_OPTION_LISTEN_SOCKET, l->at.fd,
        MHD_OPTION_URI_LOG_CALLBACK, on_uri, l, MHD_OPTION_NOTIFY_COMPLETED, on_completed, l,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, l, MHD_OPTION_CONNECTION_LIMIT, share ? share : 1,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)LIMIT_HEAD, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)LIMIT_IDLE_SECONDS, MHD_OPTION_ARRAY, l->at.tls ? tls : plain, MHD_OPTION_END);
    return l->daemon != NULL;
}

/* Nobody is connected, and yet somebody waits to be: there is no descriptor for him, and the library would try without end. */
static bool is_starved(const struct http_listener *l)
{
    struct pollfd p = {.fd = l->at.fd, .events = POLLIN};
    return !l->connections && !l->http->draining && poll(&p, 1, 0) > 0;
}

static void watch_library(struct http_listener *l, bool watch)
{
    int fd = MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    if (watch)
        loop_fd_set(l->http->o.loop, fd, EPOLLIN, on_library, l);
    else
        loop_fd_remove(l->http->o.loop, fd);
}

/* Each listener has its share of the connections, so that whoever fills one keeps nobody from the others. */
static bool start_listeners(struct http *h)
{
    unsigned share = connection_limit() / (unsigned)h->listener_count;
    for (int i = 0; i < h->listener_count; i++) {
        struct http_listener *l = &h->listeners[i];
        *l = (struct http_listener){.http = h, .at = h->o.listen[i]};
        if (!start_library(l, share))
            return false;
        watch_library(l, true);
    }
    return true;
}

/* Those that were started; the descriptors of the others are closed. */
static void stop_listeners(struct http *h)
{
    for (int i = 0; i < h->listener_count; i++) {
        struct http_listener *l = &h->listeners[i];
        if (l->daemon) {
            watch_library(l, false);
            MHD_stop_daemon(l->daemon);
        } else {
            l->at = h->o.listen[i];
            close(l->at.fd);
        }
        tls_drop(l->at.tls);
    }
}

/* What is left once no daemon runs. */
static void drop(struct http *h)
{
    free(h->listeners);
    free(h->answered);
    free(h);
}

int http_start(const struct http_options *o, struct http **out, struct err *e)
{
    struct http *h = calloc(1, sizeof *h);
    if (!h)
        abort();
    h->o = *o;
    h->o.base_path = o->base_path ? o->base_path : "";
    h->answered = calloc((size_t)ROUTE_COUNT + 1, sizeof *h->answered);
    h->listeners = calloc((size_t)o->listen_count + HTTP_MORE, sizeof *h->listeners);
    h->listener_count = h->first_count = o->listen_count;
    if (!h->answered || !h->listeners)
        abort();
    list_init(&h->ready);
    list_init(&h->pieces);
    list_init(&h->thirsty);
    list_init(&h->connections);
    list_init(&h->shaking);
    auth_init(h);
    h->signin = signin_new(o->loop, o->sign_in);
    if (!start_listeners(h)) {
        stop_listeners(h);
        signin_free(h->signin);
        drop(h);
        return err_fail(e, ERR_PORT, "the HTTP library could not start");
    }
    loop_timer_init(o->loop, &h->sweep, http_sweep, h);
    loop_timer_init(o->loop, &h->library, on_library_timer, h);
    loop_timer_set(&h->sweep, clock_mono_us() + CLOCK_SECOND);
    h->o.listen = NULL; /* the caller's; each listener has its own */
    *out = h;
    return 0;
}

/* The shares of the others are given out: it lives on a part of the descriptors that they leave. */
int http_add(struct http *h, const struct http_listen *listen, struct err *e)
{
    enum { PART = 20 };
    struct http_listener *l = &h->listeners[h->listener_count];
    unsigned share = connection_limit() / PART;
    assert(h->listener_count < h->first_count + HTTP_MORE);
    *l = (struct http_listener){.http = h, .at = *listen};
    if (h->draining || !start_library(l, share ? share : 1)) {
        close(l->at.fd);
        tls_drop(l->at.tls);
        return err_fail(e, ERR_PORT, "the HTTP library could not start");
    }
    h->listener_count++;
    watch_library(l, true);
    return 0;
}

void http_set_tls(struct http *h, struct tls *t)
{
    for (int i = 0; i < h->listener_count; i++) {
        struct http_listen *at = &h->listeners[i].at;
        if (!at->tls || at->far)
            continue;
        tls_drop(at->tls);
        at->tls = tls_keep(t);
    }
    tls_drop(t);
}

/* One piece of a stream a turn: whoever sends many lines waits for the others, not they for him. */
static int take_piece(struct http *h, struct work **works, size_t *bytes)
{
    struct list *node = list_shift(&h->pieces);
    if (!node)
        return 0;
    struct request *r = LIST_OF(struct request, ready, node);
    *bytes += r->body.len < LIMIT_SLICE_BYTES ? r->body.len : LIMIT_SLICE_BYTES;
    works[0] = &r->work;
    return 1;
}

int http_take(struct http *h, struct work **works, int max)
{
    size_t bytes = 0;
    bool first = h->pieces_first;
    int count = first ? take_piece(h, works, &bytes) : 0;
    while (count < max - 1 && bytes < LIMIT_BODY) {
        struct list *node = list_shift(&h->ready);
        if (!node)
            break;
        struct request *r = LIST_OF(struct request, ready, node);
        bytes += r->body.len;
        works[count++] = &r->work;
    }
    h->pieces_first = false;
    return first ? count : count + take_piece(h, works + count, &bytes);
}

void http_put_back(struct http *h, struct work **works, int count)
{
    while (count--) {
        struct request *r = (struct request *)works[count];
        struct list *first = r->stream.on ? h->pieces.next : h->ready.next;
        h->pieces_first = h->pieces_first || r->stream.on;
        list_append(first, &r->ready); /* before the first is behind the head's end */
    }
}

/* When the library wants to run again for it by itself, in ms; NONE: it does not. */
static int64_t next_run_ms(struct http_listener *l)
{
    enum { STARVED_MS = 10 };
    MHD_UNSIGNED_LONG_LONG wait_ms;
    bool starved = is_starved(l);
    watch_library(l, !starved);
    if (starved)
        return STARVED_MS;
    return MHD_get_timeout(l->daemon, &wait_ms) == MHD_YES ? (int64_t)wait_ms : NONE;
}

/* At its limit, or without a descriptor for a newcomer, the library listens no more. It would again once somebody has left, but sees
 * to that at the beginning of its next call: without one it would stay deaf. */
void http_pump(struct http *h)
{
    int64_t wait_ms = NONE;
    h->left = false;
    for (int i = 0; i < h->listener_count; i++)
        MHD_run(h->listeners[i].daemon);
    handshake_rest(h);
    for (int i = 0; i < h->listener_count; i++) {
        int64_t ms = next_run_ms(&h->listeners[i]);
        wait_ms = ms != NONE && (wait_ms == NONE || ms < wait_ms) ? ms : wait_ms;
    }
    h->unfinished = h->left || wait_ms == 0;
    if (wait_ms != NONE && wait_ms > 0)
        loop_timer_set(&h->library, clock_mono_us() + wait_ms * CLOCK_MS);
    else
        loop_timer_stop(&h->library);
}

void http_begin_round(struct http *h)
{
    h->round.number++;
    h->round.makings = h->round.asked;
    h->round.asked = 0;
}

bool http_unfinished(const struct http *h) { return h->unfinished; }
bool http_ready(const struct http *h) { return !list_empty(&h->ready) || !list_empty(&h->pieces); }

void http_drain(struct http *h)
{
    if (h->draining)
        return;
    h->draining = true;
    for (int i = 0; i < h->listener_count; i++) {
        int fd = MHD_quiesce_daemon(h->listeners[i].daemon);
        if (fd >= 0)
            close(fd);
    }
}

int http_open_requests(const struct http *h) { return h->open_requests; }

/* Nobody looks at passwords any more. */
static void abandon_signin(struct request *r)
{
    if (r->stage != REQUEST_SUSPENDED || r->stream.on)
        return;
    list_unlink(&r->ready);
    r->work.result = err_refuse(&r->work.err, ERR_STOPPING, "the server has stopped");
    done(&r->work);
}

/* The library ends no connection that is suspended; and needs more than one call to take the last answers and to send them. */
static void release_all(struct http *h)
{
    enum { CALLS = 4 };
    h->closing = true;
    LIST_EACH (node, &h->connections) {
        struct http_connection *c = LIST_OF(struct http_connection, node, node);
        if (c->request && c->request->signin)
            abandon_signin(c->request);
        if (c->request)
            stream_release(c->request);
        handshake_release(c);
    }
    for (int calls = 0; calls < CALLS; calls++)
        http_pump(h);
}

void http_free(struct http *h)
{
    if (!h)
        return;
    signin_free(MOVE(h->signin));
    release_all(h);
    loop_timer_stop(&h->sweep);
    loop_timer_stop(&h->library);
    stop_listeners(h);
    drop(h);
}
