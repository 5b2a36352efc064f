/* A connection is a pair of ends, each with a buffer of what was read from it and not yet written to the other. Interest follows
 * from the buffers: an end is read while its buffer is empty, written to while the other's is not, and not watched at all
 * where neither holds, so that one that hung up while nobody can read it does not keep the loop busy.
 *
 * The end of what one side says is passed on (shutdown) once all of it is; the pair ends when both have said all, or as soon as
 * either breaks. A peer that is gone without a word is found by the kernel's probes. */
#include "cli/relay.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/list.h"

enum { PROBE_AFTER_SECONDS = 120, PROBE_EACH_SECONDS = 30, PROBES = 4, ACCEPTS = 64, STARVED_MS = 100 };

struct end {
    struct pair *pair;
    struct end *other;
    int fd;
    bool connecting, said_all, told_all; /* it has sent its last byte; it was told that the other has */
    uint32_t events;                     /* it is watched for */
    char *bytes;                         /* read from it; NULL: none are held */
    size_t from, until;
};

struct pair {
    struct list link;
    struct relay *relay;
    struct end ends[2];
};

struct relay {
    struct loop *loop;
    struct relay_options o;
    struct sockaddr_storage to;
    struct list pairs;
    int count;
    bool listening;
    struct loop_timer idle, again;
};

static void on_accept(void *arg, uint32_t events);

static void listen_more(struct relay *r)
{
    bool more = r->count < LIMIT_RELAYED && !r->again.due_us;
    if (more == r->listening)
        return;
    r->listening = more;
    if (more)
        loop_fd_set(r->loop, r->o.listen_fd, EPOLLIN, on_accept, r);
    else
        loop_fd_remove(r->loop, r->o.listen_fd);
}

static void rest(struct relay *r)
{
    if (!r->count && r->o.idle_us)
        loop_timer_set(&r->idle, clock_mono_us() + r->o.idle_us);
}

static void end_pair(struct pair *p)
{
    struct relay *r = p->relay;
    for (int i = 0; i < 2; i++) {
        loop_fd_remove(r->loop, p->ends[i].fd);
        close(p->ends[i].fd);
        free(p->ends[i].bytes);
    }
    list_unlink(&p->link);
    free(p);
    r->count--;
    rest(r);
    listen_more(r);
}

static bool holds(const struct end *s) { return s->until > s->from; }

/* -1: it is broken. */
static int read_some(struct end *s)
{
    if (!s->bytes && !(s->bytes = malloc(RELAY_BYTES)))
        abort();
    ssize_t n = recv(s->fd, s->bytes, RELAY_BYTES, 0);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    s->said_all = n == 0;
    s->from = 0;
    s->until = (size_t)n;
    return 0;
}

/* To the other side: -1: that is broken. */
static int write_some(struct end *s)
{
    struct end *to = s->other;
    ssize_t n = holds(s) ? send(to->fd, s->bytes + s->from, s->until - s->from, MSG_NOSIGNAL) : 0;
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    s->from += (size_t)n;
    if (holds(s))
        return 0;
    free(MOVE(s->bytes)); /* one that rests holds nothing */
    s->from = s->until = 0;
    if (s->said_all && !to->told_all) {
        to->told_all = true;
        shutdown(to->fd, SHUT_WR);
    }
    return 0;
}

static int finish_connect(struct end *s)
{
    int why = 0;
    socklen_t n = sizeof why;
    s->connecting = false;
    return getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &why, &n) == 0 && why == 0 ? 0 : -1;
}

static void on_event(void *arg, uint32_t events);

static void watch(struct end *s)
{
    bool in = !s->said_all && !holds(s) && !s->connecting && !s->other->connecting;
    bool out = s->connecting || holds(s->other);
    uint32_t events = (in ? (uint32_t)EPOLLIN : 0) | (out ? (uint32_t)EPOLLOUT : 0);
    if (events == s->events)
        return;
    s->events = events;
    if (events)
        loop_fd_set(s->pair->relay->loop, s->fd, events, on_event, s);
    else
        loop_fd_remove(s->pair->relay->loop, s->fd);
}

/* -1: the pair is over. */
static int step(struct end *s, uint32_t events)
{
    struct end *o = s->other;
    if (s->connecting && finish_connect(s) != 0)
        return -1;
    if ((s->events & EPOLLOUT) && holds(o) && write_some(o) != 0)
        return -1;
    if ((s->events & EPOLLIN) && events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        if (read_some(s) != 0 || write_some(s) != 0)
            return -1;
    }
    return s->told_all && o->told_all ? -1 : 0;
}

static void on_event(void *arg, uint32_t events)
{
    struct end *s = arg;
    struct pair *p = s->pair;
    if (step(s, events) != 0) {
        end_pair(p);
        return;
    }
    watch(&p->ends[0]);
    watch(&p->ends[1]);
}

static void probe(int fd)
{
    int on = 1, after = PROBE_AFTER_SECONDS, each = PROBE_EACH_SECONDS, probes = PROBES;
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &after, sizeof after);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &each, sizeof each);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* -1: it cannot be reached. */
static int connect_there(const struct relay *r)
{
    const struct sockaddr *to = (const struct sockaddr *)&r->to;
    int fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, to, r->o.to_bytes) == 0 || errno == EINPROGRESS)
        return fd;
    close(fd);
    return -1;
}

static void begin_pair(struct relay *r, int fd)
{
    int there = connect_there(r);
    struct pair *p = there < 0 ? NULL : calloc(1, sizeof *p);
    if (there < 0) {
        close(fd);
        return;
    }
    if (!p)
        abort();
    p->relay = r;
    p->ends[0] = (struct end){.pair = p, .other = &p->ends[1], .fd = fd};
    p->ends[1] = (struct end){.pair = p, .other = &p->ends[0], .fd = there, .connecting = true};
    list_append(&r->pairs, &p->link);
    r->count++;
    loop_timer_stop(&r->idle);
    probe(fd);
    probe(there);
    watch(&p->ends[1]);
}

static void on_again(void *arg) { listen_more(arg); }

/* Without a descriptor for a newcomer he waits in the kernel's queue, and is not looked for at once again. */
static void on_accept(void *arg, uint32_t events)
{
    struct relay *r = arg;
    for (int i = 0; i < ACCEPTS && r->count < LIMIT_RELAYED; i++) {
        int fd = accept4(r->o.listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS))
            loop_timer_set(&r->again, clock_mono_us() + STARVED_MS * CLOCK_MS);
        if (fd < 0)
            break;
        begin_pair(r, fd);
    }
    listen_more(r);
}

static void on_idle(void *arg)
{
    struct relay *r = arg;
    r->o.on_idle(r->o.arg);
}

struct relay *relay_new(struct loop *l, const struct relay_options *o)
{
    struct relay *r = calloc(1, sizeof *r);
    if (!r)
        abort();
    r->loop = l;
    r->o = *o;
    memcpy(&r->to, o->to, o->to_bytes);
    list_init(&r->pairs);
    loop_timer_init(l, &r->idle, on_idle, r);
    loop_timer_init(l, &r->again, on_again, r);
    listen_more(r);
    rest(r);
    return r;
}

void relay_free(struct relay *r)
{
    LIST_EACH (node, &r->pairs)
        end_pair(LIST_OF(struct pair, link, node));
    loop_timer_stop(&r->idle);
    loop_timer_stop(&r->again);
    loop_fd_remove(r->loop, r->o.listen_fd);
    close(r->o.listen_fd);
    free(r);
}
