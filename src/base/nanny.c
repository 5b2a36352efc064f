/* The nanny's process: parent of every command.
 *
 * It runs a loop of its own over three things: orders from the worker, SIGCHLD, and timers. A command is spawned
 * into a process group whose number is its pid. When the command's own process has ended, that is told to the worker
 * at once, and what is left of the group gets TERM and, half a second later, KILL. When the worker is gone (the
 * socket has ended) every group and every descendant gets TERM, and half a second later KILL, again and again until
 * the kernel says that there are no children left; as a subreaper the nanny inherits each orphan, so nobody slips
 * away by setsid or by forking twice.
 *
 * It never blocks: news that the worker does not take yet wait in the record of their command, so orders are read in
 * any case and the two cannot wait for each other. A group is only signalled while its number cannot have been given
 * to somebody else: its leader is not reaped, or, after that, no process has that number (while members live, the
 * kernel gives it to nobody). */
#include "base/nanny.h"

#include <dirent.h>
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

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/family.h"
#include "base/list.h"

enum { SOCKET_FD = 3, ORDER_FDS = 3 };

#define GRACE_US (CLOCK_SECOND / 2)
#define HUNT_US (10 * CLOCK_MS) /* between two rounds of KILL */

/* A command, from its START until its group is gone and its end is told. */
struct kid {
    struct list link;
    struct list news_link; /* among those whose end is to be told */
    struct house *house;
    pid_t pid; /* and its group; 0: never started */
    bool ended, group_left;
    struct nanny_news news;
    struct loop_timer grace; /* between TERM and KILL for the rest of the group */
};

struct house {
    struct loop *loop;
    struct list kids, untold;
    bool alone; /* the worker is gone */
    struct loop_timer timer;
};

/* Telling */

static void on_socket(void *arg, uint32_t events);

static void forget_if_over(struct kid *k)
{
    if (!k->ended || list_linked(&k->news_link) || k->group_left)
        return;
    list_unlink(&k->link);
    loop_timer_stop(&k->grace);
    free(k);
}

/* False: the worker does not take it now. */
static bool send_news(const struct kid *k)
{
    if (k->house->alone || send(SOCKET_FD, &k->news, sizeof k->news, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
        return true;
    return errno != EAGAIN && errno != ENOBUFS && errno != EINTR;
}

static void tell(struct house *h)
{
    while (!list_empty(&h->untold)) {
        struct kid *k = LIST_OF(struct kid, news_link, h->untold.next);
        if (!send_news(k))
            break;
        list_unlink(&k->news_link);
        forget_if_over(k);
    }
    if (!h->alone)
        loop_fd_set(h->loop, SOCKET_FD, EPOLLIN | (list_empty(&h->untold) ? 0 : (uint32_t)EPOLLOUT), on_socket, h);
}

static void has_ended(struct kid *k)
{
    k->ended = true;
    list_append(&k->house->untold, &k->news_link);
}

/* Groups */

/* Sends a signal to the group of a reaped leader. False: nobody is left in it. */
static bool signal_rest(const struct kid *k, int signal)
{
    if (kill(-k->pid, 0) < 0) /* as a rule */
        return false;
    if (kill(k->pid, 0) == 0 || errno == EPERM) /* the number is somebody else's by now */
        return false;
    return kill(-k->pid, signal) == 0;
}

static void on_grace_over(void *arg)
{
    struct kid *k = arg;
    signal_rest(k, SIGKILL);
    k->group_left = false;
    forget_if_over(k);
}

/* TERM to the whole group. One that is stopped must go on to receive it. */
static void end_rest_of_group(struct kid *k)
{
    k->group_left = signal_rest(k, SIGTERM);
    if (!k->group_left)
        return;
    signal_rest(k, SIGCONT);
    loop_timer_set(&k->grace, clock_mono_us() + GRACE_US);
}

static struct kid *find_by_pid(struct house *h, pid_t pid)
{
    LIST_EACH(node, &h->kids)
    {
        struct kid *k = LIST_OF(struct kid, link, node);
        if (k->pid == pid && !k->ended)
            return k;
    }
    return NULL;
}

static void record_end(struct kid *k, int status)
{
    struct child_end *end = &k->news.end;
    end->started = true;
    end->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    end->exit_code = WIFSIGNALED(status) ? 128 + end->signal : WEXITSTATUS(status);
    has_ended(k);
    end_rest_of_group(k);
}

/* Every zombie: commands, and orphans that came to us. Alone and without children, the nanny's work is done. */
static void reap(struct house *h)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        struct kid *k = find_by_pid(h, pid);
        if (k)
            record_end(k, status);
    }
    bool childless = pid < 0 && errno == ECHILD;
    tell(h);
    if (h->alone && childless)
        loop_stop(h->loop);
}

static void on_sigchld(void *arg, int signal)
{
    (void)signal;
    reap(arg);
}

/* Starting */

static struct kid *kid_new(struct house *h, int64_t id)
{
    struct kid *k = calloc(1, sizeof *k);
    if (!k)
        abort();
    k->house = h;
    k->news.id = id;
    loop_timer_init(h->loop, &k->grace, on_grace_over, k);
    list_append(&h->kids, &k->link);
    return k;
}

static void start(struct house *h, const struct nanny_order *o, char *bytes, const int fds[2])
{
    struct kid *k = kid_new(h, o->id);
    if (nanny_spawn(o, bytes, fds, &k->pid, &k->news.end) == 0)
        return;
    k->pid = 0;
    has_ended(k);
}

/* A START whose strings or descriptors did not arrive. */
static void start_failed(struct house *h, const struct nanny_order *o, const char *why)
{
    struct kid *k = kid_new(h, o->id);
    snprintf(k->news.end.failure, sizeof k->news.end.failure, "could not start: %s", why);
    k->news.end.no_room = true;
    has_ended(k);
}

static void start_from_memfd(struct house *h, const struct nanny_order *o, const int fds[ORDER_FDS])
{
    char *bytes = mmap(NULL, o->bytes, PROT_READ, MAP_PRIVATE, fds[2], 0);
    if (bytes == MAP_FAILED) {
        start_failed(h, o, "out of memory");
        return;
    }
    start(h, o, bytes, fds);
    munmap(bytes, o->bytes);
}

/* Orders */

static void kill_group(struct house *h, int64_t id, int signal)
{
    LIST_EACH(node, &h->kids)
    {
        struct kid *k = LIST_OF(struct kid, link, node);
        if (k->news.id != id || k->ended)
            continue;
        kill(-k->pid, signal);
        if (signal == SIGTERM)
            kill(-k->pid, SIGCONT);
    }
}

static void obey(struct house *h, const struct nanny_order *o, char *bytes, const int *fds, size_t fd_count)
{
    if (o->verb == NANNY_KILL)
        kill_group(h, o->id, o->signal);
    else if (fd_count != (o->in_memfd ? 3 : 2))
        start_failed(h, o, "too many open files");
    else if (o->in_memfd)
        start_from_memfd(h, o, fds);
    else
        start(h, o, bytes, fds);
    tell(h);
}

/* The descriptors that came with a message. */
static size_t take_fds(struct msghdr *message, int fds[ORDER_FDS])
{
    size_t count = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
            count = (c->cmsg_len - CMSG_LEN(0)) / sizeof *fds;
            memcpy(fds, CMSG_DATA(c), count * sizeof *fds);
        }
    return count;
}

/* One order. False: none is there. */
static bool read_order(struct house *h)
{
    static char bytes[NANNY_INLINE_BYTES];
    struct nanny_order o;
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int) * ORDER_FDS)];
    } control;
    struct iovec parts[] = {{&o, sizeof o}, {bytes, sizeof bytes}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = COUNT_OF(parts), .msg_control = &control,
                             .msg_controllen = sizeof control};
    ssize_t n = recvmsg(SOCKET_FD, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n < 0)
        return errno == EINTR;
    if ((size_t)n < sizeof o) { /* the end */
        h->alone = true;
        return false;
    }
    int fds[ORDER_FDS];
    size_t count = take_fds(&message, fds);
    obey(h, &o, bytes, fds, count);
    for (size_t i = 0; i < count; i++)
        close(fds[i]);
    return true;
}

/* Alone */

static void signal_all(struct house *h, int signal)
{
    LIST_EACH(node, &h->kids)
    {
        struct kid *k = LIST_OF(struct kid, link, node);
        if (k->pid && !k->ended)
            kill(-k->pid, signal);
        else if (k->group_left)
            signal_rest(k, signal);
    }
    CLEANUP(family_done) struct family below = {0};
    family_find(&below, true);
    family_signal(&below, signal);
}

static void on_hunt(void *arg)
{
    struct house *h = arg;
    signal_all(h, SIGKILL);
    loop_timer_set(&h->timer, clock_mono_us() + HUNT_US);
}

static void left_alone(struct house *h)
{
    loop_fd_remove(h->loop, SOCKET_FD);
    signal_all(h, SIGTERM);
    signal_all(h, SIGCONT);
    loop_timer_set(&h->timer, clock_mono_us() + GRACE_US);
    reap(h);
}

static void on_socket(void *arg, uint32_t events)
{
    struct house *h = arg;
    if (events & EPOLLOUT)
        tell(h);
    for (int i = 0; i < 64 && read_order(h); i++)
        ;
    if (h->alone || ((events & (EPOLLHUP | EPOLLERR)) && !(events & EPOLLIN))) {
        h->alone = true;
        left_alone(h);
    }
}

/* Life */

/* No signal moves it, but for those of its own faults; and none is ignored, so that commands need nothing but the mask
 * of a login. */
static void settle_signals(void)
{
    static const int FAULTS[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    sigset_t blocked;
    sigfillset(&blocked);
    for (size_t i = 0; i < COUNT_OF(FAULTS); i++)
        sigdelset(&blocked, FAULTS[i]);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
    for (int i = 1; i < _NSIG; i++)
        signal(i, SIG_DFL);
}

/* Closes `first` and all above. A kernel before 5.9 has no call for it: then one by one, those that /proc lists, or, without
 * /proc, all that there could be. */
static void close_from(int first)
{
    enum { MOST = 1024 * 1024 }; /* of one process, unless the machine was told otherwise */
    if (close_range((unsigned)first, ~0U, 0) == 0)
        return;
    CLEANUP(cleanup_dir) DIR *listed = opendir("/proc/self/fd");
    for (struct dirent *entry; listed && (entry = readdir(listed));) {
        int fd = atoi(entry->d_name); /* "." and "..": 0 */
        if (fd >= first && fd != dirfd(listed))
            close(fd);
    }
    long room = listed ? 0 : sysconf(_SC_OPEN_MAX);
    for (int fd = first; fd < room && fd < MOST; fd++)
        close(fd);
}

/* Only the socket, /dev/null as input and output, and stderr stay open; a terminal's keys do not reach it. Commands
 * inherit the input; what else is open is closed as they begin. */
static void settle(int fd)
{
    settle_signals();
    setsid();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    prctl(PR_SET_NAME, "docket-nanny");
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, SOCKET_FD + 1);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC), input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (copy < 0 || null < 0 || input < 0) {
        perror("docket: nanny");
        abort();
    }
    dup2(input, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    if (fcntl(STDERR_FILENO, F_GETFD) < 0)
        dup2(null, STDERR_FILENO);
    dup3(copy, SOCKET_FD, O_CLOEXEC); /* last: one of the others may have been that number */
    close_from(SOCKET_FD + 1);
}

_Noreturn void nanny_run(int fd)
{
    settle(fd);
    struct house h = {.loop = loop_new()};
    list_init(&h.kids);
    list_init(&h.untold);
    loop_timer_init(h.loop, &h.timer, on_hunt, &h);
    loop_signal(h.loop, SIGCHLD, on_sigchld, &h);
    loop_fd_set(h.loop, SOCKET_FD, EPOLLIN, on_socket, &h);
    loop_run(h.loop);
    _exit(0);
}
