/* Slow clients are cut off: a head must be whole 10 s after its first byte, a body keep 1 KiB/s after its first 10 s. The
 * library counts inactivity only, so one byte a second would hold a connection for ever. A connection at rest costs
 * nothing and may stay. When a head's first byte came is seen from the kernel's count of bytes received. */
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "web/http_inner.h"

static uint64_t bytes_received(int fd)
{
    struct tcp_info info = {0};
    socklen_t n = sizeof info;
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n) == 0 ? info.tcpi_bytes_received : 0;
}

static bool head_too_slow(struct http_connection *c, int64_t now_us)
{
    uint64_t got = c->since_us ? 0 : bytes_received(c->fd);
    if (c->rest_bytes == HTTP_BYTES_UNKNOWN)
        c->rest_bytes = got;
    else if (got > c->rest_bytes)
        c->since_us = now_us;
    return c->since_us && now_us - c->since_us > LIMIT_HEAD_SECONDS * CLOCK_SECOND;
}

static bool body_too_slow(const struct http_connection *c, int64_t now_us)
{
    int64_t seconds = (now_us - c->since_us) / CLOCK_SECOND;
    return seconds > LIMIT_BODY_GRACE_SECONDS && (int64_t)c->body_got < seconds * LIMIT_BODY_RATE;
}

static bool too_slow(struct http_connection *c, int64_t now_us)
{
    if (!c->request)
        return head_too_slow(c, now_us);
    return c->request->stage == REQUEST_BODY && body_too_slow(c, now_us);
}

void http_sweep(void *arg)
{
    struct http *h = arg;
    int64_t now_us = clock_mono_us();
    LIST_EACH (node, &h->connections) {
        struct http_connection *c = LIST_OF(struct http_connection, node, node);
        if (too_slow(c, now_us)) {
            log_debug("a client that sends too slowly is cut off");
            shutdown(c->fd, SHUT_RDWR); /* the library notices and cleans up */
        }
    }
    loop_timer_set(&h->sweep, now_us + CLOCK_SECOND);
}
