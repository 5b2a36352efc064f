/* Requests of somebody who has the token: any method, path, query and body, on a server with a store of its own.
 *
 * An input is a few requests, each ended by a byte 1E, written as HTTP without what every request says: "POST
 * /api/v1/queues/q/tasks?x=1", header lines, a blank line, the body. "+30" lets 30 s pass. In a path, "~" stands for
 * /api/v1/queues.
 *
 * Each request is answered, or waits as it asked to and is answered in the end; never with a failure of the server; as JSON, or a
 * problem with a code of its status. What was refused has changed nothing. At the end the store is in order. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "fuzz.h"
#include "store/store.h"
#include "web/http_inner.h"
#include "world.h"

enum { CONNECTIONS = 6, STEPS = 12, SECONDS_MAX = 1 << 24 };

struct client {
    int fd; /* -1: none */
    bool waits, head, ended;
    struct buf in;
};

static void client_close(struct client *c)
{
    if (c->fd >= 0)
        close(c->fd);
    buf_done(&c->in);
    *c = (struct client){.fd = -1};
}

/* What the answer is, if it is there; of one that broke off the client is closed. */
static struct world_answer take(struct client *c)
{
    struct world_answer answer;
    c->ended = !world_read(c->fd, &c->in);
    world_answer(&c->in, c->head, &answer);
    c->waits = !answer.status;
    return answer;
}

/* The head with what goes without saying. False: there is no request. */
static bool put_request(struct fuzz_input *step, struct buf *out, bool *out_head)
{
    struct fuzz_input line = fuzz_part(step, '\n');
    const char *text = (const char *)line.at, *target = line.left ? memchr(text, ' ', line.left) : NULL;
    if (!target || !isupper(*line.at) || memchr(text, 0, line.left) || memchr(text, '\r', line.left))
        return false;
    size_t method = (size_t)(target - text), n = line.left - method - 1;
    target++;
    *out_head = method == 4 && memcmp(text, "HEAD", 4) == 0;
    buf_add(out, text, method + 1);
    if (n && *target == '~') {
        buf_puts(out, "/api/v1/queues");
        target++;
        n--;
    }
    buf_add(out, target, n);
    buf_puts(out, " HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " WORLD_TOKEN "\r\n");
    while (step->left && *step->at != '\n') {
        line = fuzz_part(step, '\n');
        if (!isalpha(*line.at)) /* one without a name ends the head, says the library: fuzz_wire.c */
            continue;
        buf_add(out, line.at, line.left);
        buf_puts(out, "\r\n");
    }
    fuzz_part(step, '\n');
    buf_printf(out, "Content-Length: %zu\r\n\r\n", step->left);
    buf_add(out, step->at, step->left);
    return true;
}

/* A stream keeps what stood before the line that was refused, and says so. */
static bool is_stream(const struct world_answer *a) { return strstr(a->body, "\"lines\":") || strstr(a->body, "\"size\":"); }

static void send_request(struct world *w, struct client *c, const struct buf *request)
{
    int64_t rev = store_rev(w->store);
    ssize_t sent = write(c->fd, request->data, request->len);
    fuzz_must(sent == (ssize_t)request->len, "the connection takes %zd of %zu bytes", sent, request->len);
    world_settle(w);
    struct world_answer answer = take(c);
    for (size_t had = 0; !answer.status && c->in.len > had; answer = take(c)) { /* more than a socket holds: a copy of the store */
        had = c->in.len;
        world_settle(w);
    }
    if (answer.status >= 400)
        fuzz_must(store_rev(w->store) == rev || is_stream(&answer), "refused, and yet something changed: %.*s",
                  (int)answer.n, answer.body);
    fuzz_must(answer.status || !c->ended, "the connection was closed without an answer");
    fuzz_must(!answer.status || c->in.len == answer.used, "more than one answer: %s", c->in.data);
    buf_clear(&c->in);
    if (c->ended)
        client_close(c);
}

/* The first that waits for nothing, else one that leaves while it waits. */
static struct client *free_client(struct world *w, struct client *clients)
{
    int i = 0;
    while (i < CONNECTIONS - 1 && clients[i].fd >= 0 && clients[i].waits)
        i++;
    if (clients[i].waits)
        client_close(&clients[i]);
    if (clients[i].fd < 0)
        clients[i].fd = world_connect(w);
    return &clients[i];
}

/* Whoever waited has been answered, or still waits. */
static void look_at_waiting(struct client *clients)
{
    for (int i = 0; i < CONNECTIONS; i++)
        if (clients[i].waits && take(&clients[i]).status) {
            buf_clear(&clients[i].in);
            if (clients[i].ended)
                client_close(&clients[i]);
        }
}

static void step_on(struct world *w, struct client *clients, struct fuzz_input step)
{
    CLEANUP(buf_done) struct buf request = {0};
    bool head;
    if (step.left && *step.at == '+') {
        CLEANUP(cleanup_free) char *text = fuzz_text(&step, '\n');
        world_pass(w, strtoull(text + 1, NULL, 10) % SECONDS_MAX * CLOCK_SECOND);
        return;
    }
    if (!put_request(&step, &request, &head))
        return;
    world_settle(w);
    look_at_waiting(clients);
    struct client *c = free_client(w, clients);
    c->head = head;
    send_request(w, c, &request);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct fuzz_input in = {bytes, n};
    struct client clients[CONNECTIONS];
    struct world *w = world_begin();
    for (int i = 0; i < CONNECTIONS; i++)
        clients[i] = (struct client){.fd = -1};
    for (int steps = 0; in.left && steps < STEPS; steps++)
        step_on(w, clients, fuzz_part(&in, '\x1e'));
    world_settle(w);
    world_wake_all(w);
    look_at_waiting(clients);
    for (int i = 0; i < CONNECTIONS; i++) {
        fuzz_must(!clients[i].waits, "a request was never answered");
        client_close(&clients[i]);
    }
    world_end(w);
    return 0;
}
