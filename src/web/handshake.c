/* The HTTP library calls gnutls_handshake again and again while a client says nothing: it does not notice that there is nothing to
 * read, and would keep the loop busy for as long as a client likes. So what GnuTLS reads passes through `pull`, which notices;
 * after the library's call such a connection is suspended, and its socket watched, until the client speaks or the sweep cuts it
 * off. A handshake needs this once or twice; after it the library reads on by itself.
 *
 * A certificate is kept by the connections it was shown to, so it may be exchanged at any time. One that speaks HTTP here is told
 * so in HTTP. */
#include "web/handshake.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/limits.h"

enum { RECORD_HEAD = 5, RECORD_DATA = 23 }; /* RFC 8446, 5.1 */
enum { PLAIN_READS = 4 };                   /* of LIMIT_HEAD bytes each */

static gnutls_session_t session_of(const struct http_connection *c)
{
    return MHD_get_connection_info(c->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session;
}

int handshake_certificate(gnutls_session_t session, const gnutls_datum_t *authorities, int authority_count,
                          const gnutls_pk_algorithm_t *kinds, int kind_count, gnutls_pcert_st **out_certs,
                          unsigned *out_count, gnutls_privkey_t *out_key)
{
    struct http_connection *c = http_connection_of(gnutls_session_get_ptr(session));
    if (!c->tls)
        c->tls = tls_keep(c->listener->at.tls);
    handshake_show(c->tls, out_certs, out_count, out_key);
    return 0;
}

/* A request in plain HTTP: what was read of it is thrown away, so that the answer gets through. Of a long one only the beginning
 * is: who sends as fast as we read would keep everybody waiting. */
static ssize_t answer_plain(struct http_connection *c)
{
    static const char BODY[] = "{\"type\":\"about:blank\",\"title\":\"the request is not well formed\",\"status\":400,"
                               "\"code\":\"bad_request\",\"detail\":\"this server speaks TLS\","
                               "\"hint\":\"ask it by https:// instead of http://\"}\n";
    char rest[LIMIT_HEAD], answer[1024];
    int n = snprintf(answer, sizeof answer,
                     "HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\nContent-Length: %zu\r\n"
                     "Connection: close\r\n\r\n%s", sizeof BODY - 1, BODY);
    for (int reads = 0; reads < PLAIN_READS; reads++)
        if (recv(c->fd, rest, sizeof rest, MSG_DONTWAIT) != (ssize_t)sizeof rest)
            break;
    send(c->fd, answer, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
    shutdown(c->fd, SHUT_WR);
    return 0;
}

static ssize_t pull(gnutls_transport_ptr_t arg, void *bytes, size_t n)
{
    struct http_connection *c = arg;
    ssize_t got = recv(c->fd, bytes, n, 0);
    c->dry = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    bool first = got > 0 && !c->spoke;
    c->spoke = c->spoke || got > 0;
    return first && *(const char *)bytes >= 'A' && *(const char *)bytes <= 'Z' ? answer_plain(c) : got;
}

/* Both sides have said that they are done. */
static int on_finished(gnutls_session_t session, unsigned kind, unsigned when, unsigned incoming, const gnutls_datum_t *message)
{
    struct http_connection *c = http_connection_of(gnutls_session_get_ptr(session));
    c->finished |= incoming ? 1 : 2;
    if (!handshake_open(c)) {
        list_unlink(&c->shaking);
        c->since_us = 0;
        c->rest_bytes = HTTP_BYTES_UNKNOWN;
    }
    return 0;
}

bool handshake_open(const struct http_connection *c) { return c->listener->at.tls && c->finished != 3; }

void handshake_begin(struct http_connection *c)
{
    gnutls_session_t session = session_of(c);
    c->since_us = clock_mono_us();
    list_append(&c->http->shaking, &c->shaking);
    gnutls_transport_set_ptr2(session, c, (gnutls_transport_ptr_t)(intptr_t)c->fd);
    gnutls_transport_set_pull_function(session, pull);
    gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_FINISHED, GNUTLS_HOOK_POST, on_finished);
}

void handshake_forget(struct http_connection *c)
{
    list_unlink(&c->shaking);
    tls_drop(c->tls);
}

static void wake(struct http_connection *c)
{
    loop_fd_remove(c->http->o.loop, c->fd);
    c->resting = c->dry = false;
    list_append(&c->http->shaking, &c->shaking);
    MHD_resume_connection(c->connection);
}

static void on_spoke(void *arg, uint32_t events)
{
    struct http_connection *c = arg;
    struct http *h = c->http;
    wake(c);
    http_pump(h);
}

void handshake_rest(struct http *h)
{
    LIST_EACH (node, &h->shaking) {
        struct http_connection *c = LIST_OF(struct http_connection, shaking, node);
        if (!c->dry || h->closing)
            continue;
        list_unlink(&c->shaking);
        c->resting = true;
        MHD_suspend_connection(c->connection);
        loop_fd_set(h->o.loop, c->fd, EPOLLIN | EPOLLRDHUP | EPOLLONESHOT, on_spoke, c);
    }
}

void handshake_release(struct http_connection *c)
{
    if (c->resting)
        wake(c);
}

/* Where a record ends another begins, with its kind and length. */
bool handshake_more(const struct http_connection *c)
{
    unsigned char head[RECORD_HEAD];
    int unread = 0;
    if (gnutls_record_check_pending(session_of(c)) > 0)
        return true;
    if (ioctl(c->fd, FIONREAD, &unread) != 0 || recv(c->fd, head, sizeof head, MSG_PEEK | MSG_DONTWAIT) != RECORD_HEAD)
        return false;
    return head[0] == RECORD_DATA && unread >= RECORD_HEAD + head[3] * 256 + head[4];
}
