/* The worker's side of the nanny: orders go out, news of ended commands come in, both over one socket that is never
 * waited for. An order that does not fit into the socket now is kept, with copies of its descriptors, until it does.
 *
 * If the nanny dies, the kernel hands its children to this process (also a subreaper). They are ended by KILL, round
 * after round, until none is left; then every command is reported as killed, and then the owner is told. Children that
 * this process had before it made the nanny are not touched. */
#include "base/child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/family.h"
#include "base/list.h"
#include "base/nanny.h"
#include "base/text.h"

enum { NEWS_PER_TURN = 256, ROUNDS_MAX = 200, ORDER_FDS = 3 };

#define ROUND_US (10 * CLOCK_MS)

/* A command not yet reported. */
struct child {
    struct list link;
    int64_t id;
    child_end_fn *on_end;
    void *arg;
};

/* An order that waits for room in the socket. */
struct letter {
    struct list link;
    struct nanny_order order;
    char *bytes;
    int fds[ORDER_FDS];
    int fd_count;
};

struct nanny {
    pid_t pid;
    int fd; /* -1 once the nanny is gone */
    struct loop *loop;
    struct family before; /* children of this process that are not the nanny's */
    struct list children, outbox;
    int64_t last_id;
    loop_fn *on_death;
    void *on_death_arg;
    struct loop_timer round;
    int rounds;
};

static void on_news(void *arg, uint32_t events);
static void on_round(void *arg);

/* Orders */

static void letter_free(struct letter *m)
{
    list_unlink(&m->link);
    for (int i = 0; i < m->fd_count; i++)
        close(m->fds[i]);
    free(m->bytes);
    free(m);
}

static ssize_t send_order(const struct nanny *n, const struct nanny_order *o, const char *bytes, const int *fds,
                          int fd_count)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int) * ORDER_FDS)];
    } control = {0};
    struct iovec parts[] = {{(void *)o, sizeof *o}, {(void *)bytes, o->in_memfd ? 0 : o->bytes}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = COUNT_OF(parts)};
    if (fd_count) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)fd_count);
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)fd_count);
        memcpy(CMSG_DATA(c), fds, sizeof(int) * (size_t)fd_count);
    }
    return sendmsg(n->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Will the socket take it later? (ETOOMANYREFS: too many descriptors on their way.) */
static bool is_full(void) { return errno == EAGAIN || errno == EINTR || errno == ENOBUFS || errno == ETOOMANYREFS; }

static void watch(struct nanny *n)
{
    if (n->loop && n->fd >= 0)
        loop_fd_set(n->loop, n->fd, EPOLLIN | (list_empty(&n->outbox) ? 0 : (uint32_t)EPOLLOUT), on_news, n);
}

static void flush_outbox(struct nanny *n)
{
    while (!list_empty(&n->outbox)) {
        struct letter *m = LIST_OF(struct letter, link, n->outbox.next);
        if (send_order(n, &m->order, m->bytes, m->fds, m->fd_count) < 0 && is_full())
            break;
        letter_free(m); /* sent, or the nanny is gone: then its end is on the way */
    }
    watch(n);
}

static int keep_order(struct nanny *n, const struct nanny_order *o, const char *bytes, const int *fds, int fd_count)
{
    struct letter *m = calloc(1, sizeof *m);
    if (!m || (o->bytes && !(m->bytes = malloc(o->bytes))))
        abort();
    m->order = *o;
    if (o->bytes)
        memcpy(m->bytes, bytes, o->bytes);
    for (; m->fd_count < fd_count; m->fd_count++)
        if ((m->fds[m->fd_count] = fcntl(fds[m->fd_count], F_DUPFD_CLOEXEC, 0)) < 0) {
            letter_free(m);
            return -1;
        }
    list_append(&n->outbox, &m->link);
    watch(n);
    return 0;
}

/* Sends or keeps it. -1 with errno if neither can be. */
static int give_order(struct nanny *n, const struct nanny_order *o, const char *bytes, const int *fds, int fd_count)
{
    if (n->fd < 0) {
        errno = EPIPE;
        return -1;
    }
    if (list_empty(&n->outbox)) {
        if (send_order(n, o, bytes, fds, fd_count) >= 0)
            return 0;
        if (!is_full())
            return -1;
    }
    return keep_order(n, o, bytes, fds, fd_count);
}

/* Starting and killing */

/* Appends each string with its NUL; how many they are. */
static uint32_t pack(struct buf *b, const char *const *strings)
{
    uint32_t count = 0;
    for (; strings[count]; count++)
        buf_add(b, strings[count], strlen(strings[count]) + 1);
    return count;
}

/* The strings in a file that lives in memory; -1 with errno. */
static int make_memfd(const struct buf *b)
{
    int fd = memfd_create("docket-spec", MFD_CLOEXEC);
    if (fd >= 0 && write(fd, b->data, b->len) != (ssize_t)b->len) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static int send_start(struct nanny *n, struct nanny_order *o, const struct buf *b, const struct child_spec *spec)
{
    int fds[ORDER_FDS] = {spec->out_fd, spec->err_fd};
    if (b->len <= NANNY_INLINE_BYTES)
        return give_order(n, o, b->data, fds, 2);
    CLEANUP(cleanup_fd) int memfd = make_memfd(b);
    if (memfd < 0)
        return -1;
    o->in_memfd = true;
    fds[2] = memfd;
    return give_order(n, o, b->data, fds, 3);
}

int child_start(struct nanny *n, const struct child_spec *spec, child_end_fn *on_end, void *arg, int64_t *out_id,
                struct err *e)
{
    assert(n->loop);
    CLEANUP(buf_done) struct buf b = {0};
    struct nanny_order o = {.verb = NANNY_START, .id = n->last_id + 1, .has_cwd = spec->cwd != NULL};
    o.argc = pack(&b, spec->argv);
    o.envc = pack(&b, spec->env);
    if (spec->cwd)
        buf_add(&b, spec->cwd, strlen(spec->cwd) + 1);
    if (b.len > NANNY_SPEC_BYTES)
        return err_fail(e, ERR_TOO_LARGE, "could not start a command: it is larger than %d bytes", NANNY_SPEC_BYTES);
    o.bytes = (uint32_t)b.len;
    char cause[TEXT_CAUSE_BYTES];
    if (send_start(n, &o, &b, spec) < 0)
        return err_fail(e, ERR_INTERNAL, "could not start a command: %s",
                        errno == EPIPE ? "its nanny is gone" : text_cause(errno, cause));
    struct child *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    *c = (struct child){.id = ++n->last_id, .on_end = on_end, .arg = arg};
    list_append(&n->children, &c->link);
    *out_id = c->id;
    return 0;
}

void child_kill(struct nanny *n, int64_t id, int signal)
{
    struct nanny_order o = {.verb = NANNY_KILL, .id = id, .signal = signal};
    if (n->fd >= 0)
        give_order(n, &o, NULL, NULL, 0);
}

/* News */

static struct child *find(const struct nanny *n, int64_t id)
{
    LIST_EACH(node, &n->children)
        if (LIST_OF(struct child, link, node)->id == id)
            return LIST_OF(struct child, link, node);
    return NULL;
}

void child_forget(struct nanny *n, int64_t id)
{
    struct child *c = find(n, id);
    if (!c)
        return;
    list_unlink(&c->link);
    free(c);
}

static void report(struct child *c, const struct child_end *end)
{
    list_unlink(&c->link);
    c->on_end(c->arg, end);
    free(c);
}

static void nanny_died(struct nanny *n)
{
    loop_fd_remove(n->loop, n->fd);
    close(n->fd);
    n->fd = -1;
    while (!list_empty(&n->outbox))
        letter_free(LIST_OF(struct letter, link, n->outbox.next));
    loop_timer_set(&n->round, clock_mono_us());
}

static void on_news(void *arg, uint32_t events)
{
    struct nanny *n = arg;
    for (int i = 0; i < NEWS_PER_TURN; i++) {
        struct nanny_news news;
        ssize_t got = recv(n->fd, &news, sizeof news, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        if (got != (ssize_t)sizeof news) {
            nanny_died(n);
            return;
        }
        struct child *c = find(n, news.id);
        if (c)
            report(c, &news.end);
    }
    if (events & EPOLLOUT)
        flush_outbox(n);
}

/* After the nanny's death */

/* One round; whoever is the child of a child killed now is a child in the next. False: there was nobody. */
static bool kill_and_reap(const struct nanny *n)
{
    CLEANUP(family_done) struct family mine = {0};
    family_find(&mine, false);
    bool found = false;
    for (size_t i = 0; i < mine.count; i++) {
        if (family_has(&n->before, mine.pids[i]))
            continue;
        kill(mine.pids[i], SIGKILL);
        waitpid(mine.pids[i], NULL, WNOHANG);
        found = true;
    }
    return found;
}

static void on_round(void *arg)
{
    struct nanny *n = arg;
    if (kill_and_reap(n) && ++n->rounds < ROUNDS_MAX) {
        loop_timer_set(&n->round, clock_mono_us() + ROUND_US);
        return;
    }
    const struct child_end killed = {.started = true, .exit_code = 128 + SIGKILL, .signal = SIGKILL};
    while (!list_empty(&n->children))
        report(LIST_OF(struct child, link, n->children.next), &killed);
    if (n->on_death)
        n->on_death(n->on_death_arg);
}

/* Life */

struct nanny *nanny_new(void)
{
    struct nanny *n = calloc(1, sizeof *n);
    int pair[2];
    if (!n || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
        perror("docket: nanny");
        abort();
    }
    list_init(&n->children);
    list_init(&n->outbox);
    family_find(&n->before, false);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    n->pid = fork();
    if (n->pid < 0) {
        perror("docket: nanny");
        abort();
    }
    if (n->pid == 0)
        nanny_run(pair[1]);
    close(pair[1]);
    n->fd = pair[0];
    return n;
}

void nanny_attach(struct nanny *n, struct loop *l)
{
    n->loop = l;
    loop_timer_init(l, &n->round, on_round, n);
    watch(n);
}

void nanny_on_death(struct nanny *n, loop_fn *fn, void *arg)
{
    n->on_death = fn;
    n->on_death_arg = arg;
}

bool nanny_is_dead(const struct nanny *n) { return n->fd < 0; }

void nanny_free(struct nanny *n)
{
    if (!n)
        return;
    if (n->loop) {
        loop_fd_remove(n->loop, n->fd);
        loop_timer_stop(&n->round);
    }
    if (n->fd >= 0)
        close(n->fd);
    while (waitpid(n->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    while (!list_empty(&n->outbox))
        letter_free(LIST_OF(struct letter, link, n->outbox.next));
    LIST_EACH(node, &n->children)
    {
        list_unlink(node);
        free(LIST_OF(struct child, link, node));
    }
    family_done(&n->before);
    free(n);
}
