/* Slow clients are cut off: a head must be whole 10 s after its first byte, a body keep 1 KiB/s after its first 10 s. The
 * library counts inactivity only, so one byte a second would hold a connection for ever. A connection at rest costs
 * nothing and may stay. When a head's first byte came is seen from the kernel's count of bytes received.
 *
 * With TLS a handshake has as long as a head.
 *
 * A client that is gone in the middle of a head or body is cut off too: where its last bytes and its leaving come as one
 * event, the library takes the bytes and then waits for an event that has been. */
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "web/handshake.h"
#include "web/http_inner.h"
#include "web/signin.h"

enum { STATE_CLOSE_WAIT = 8 }; /* TCP_CLOSE_WAIT: the other side sends nothing more; tcp.h of libc and Linux clash over it */

static struct tcp_info look(int fd)
{
    struct tcp_info info = {0};
    socklen_t n = sizeof info;
    getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n);
    return info;
}

/* It sends nothing more, and all it sent has been read. */
static bool is_gone(int fd, const struct tcp_info *info)
{
    int unread = 0;
    return info->tcpi_state == STATE_CLOSE_WAIT && ioctl(fd, FIONREAD, &unread) == 0 && unread == 0;
}

static bool head_too_slow(struct http_connection *c, uint64_t got, int64_t now_us)
{
    if (c->rest_bytes == HTTP_BYTES_UNKNOWN)
        c->rest_bytes = got;
    else if (!c->since_us && got > c->rest_bytes)
        c->since_us = now_us;
    return c->since_us && now_us - c->since_us > LIMIT_HEAD_SECONDS * CLOCK_SECOND;
}

static bool body_too_slow(const struct http_connection *c, int64_t now_us)
{
    int64_t seconds = (now_us - c->since_us) / CLOCK_SECOND;
    return seconds > LIMIT_BODY_GRACE_SECONDS && (int64_t)c->body_got < seconds * LIMIT_BODY_RATE;
}

static bool must_go(struct http_connection *c, int64_t now_us)
{
    if (c->request && c->request->stage != REQUEST_BODY && c->request->stage != REQUEST_REFUSED)
        return false;
    if (handshake_open(c))
        return now_us - c->since_us > LIMIT_HEAD_SECONDS * CLOCK_SECOND;
    struct tcp_info info = look(c->fd);
    if (is_gone(c->fd, &info) && !(c->tls && handshake_more(c)))
        return true;
    return c->request ? body_too_slow(c, now_us) : head_too_slow(c, info.tcpi_bytes_received, now_us);
}

void http_sweep(void *arg)
{
    struct http *h = arg;
    int64_t now_us = clock_mono_us();
    stream_sweep(h, now_us);
    signin_sweep(h->signin, now_us);
    LIST_EACH (node, &h->connections) {
        struct http_connection *c = LIST_OF(struct http_connection, node, node);
        if (must_go(c, now_us)) {
            log_debug("a client that sends too slowly, or has left, is cut off");
            shutdown(c->fd, SHUT_RDWR); /* the library notices and cleans up */
        }
    }
    loop_timer_set(&h->sweep, now_us + CLOCK_SECOND);
}
