/* How it works: three pipes that never make the loop wait, and a pidfd that says when the process has ended. The bytes for its stdin are
 * kept, those of a file are read a piece at a time as the pipe takes them. A program that ends without reading all of it is no
 * failure: its exit status tells.
 *
 * It has ended when its process has; then what is still in the pipes is read, as much as is there. Nobody waits for what it may
 * have left running with its stdout open (an `ssh` that goes to the background, a helper): its group is ended with it. Without a pidfd (a
 * kernel before 5.3) its process is looked at twenty times a second. */
#include "base/command.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"

enum { PIECE = 64 * 1024, PIECES_PER_TURN = 16, PIECES_AT_END = 32 };

#define LOOK_US (50 * CLOCK_MS)

struct command {
    struct loop *loop;
    struct command_spec spec; /* argv and in are not kept */
    pid_t pid;
    int pidfd, to, from, words_fd; /* -1: closed */
    struct loop_timer limit, look;
    struct buf in, out, words;
    size_t out_n; /* all it has said */
    bool late, too_much;
};

static void shut(struct command *c, int *fd)
{
    if (*fd < 0)
        return;
    loop_fd_remove(c->loop, *fd);
    close(*fd);
    *fd = -1;
}

static void kill_group(const struct command *c, int signal)
{
    if (kill(-c->pid, signal) < 0)
        kill(c->pid, signal);
}

/* ---- its stdin */

/* More of the file into what is to be written; false: there is no more. */
static bool read_piece(struct command *c)
{
    if (c->spec.in_fd < 0)
        return false;
    ssize_t n = read(c->spec.in_fd, buf_reserve(&c->in, PIECE), PIECE);
    if (n > 0) {
        c->in.len += (size_t)n;
        return true;
    }
    if (n < 0 && errno == EINTR)
        return true;
    close(c->spec.in_fd); /* its end, or it cannot be read: whoever reads the other side sees that bytes are missing */
    c->spec.in_fd = -1;
    return false;
}

static void on_writable(void *arg, uint32_t events)
{
    struct command *c = arg;
    (void)events;
    for (int i = 0; i < PIECES_PER_TURN; i++) {
        while (!c->in.len && read_piece(c))
            ;
        if (!c->in.len) {
            shut(c, &c->to);
            return;
        }
        ssize_t n = write(c->to, c->in.data, c->in.len);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n < 0) {
            shut(c, &c->to);
            return;
        }
        buf_drop(&c->in, (size_t)n);
    }
}

/* ---- what it says */

static void take_out(struct command *c, const char *bytes, size_t n)
{
    if (c->too_much)
        return;
    c->out_n += n;
    bool more = c->out_n <= c->spec.out_max;
    if (more && c->spec.on_out)
        more = c->spec.on_out(c->spec.arg, bytes, n);
    else if (more)
        buf_add(&c->out, bytes, n);
    if (more)
        return;
    c->too_much = true;
    kill_group(c, SIGKILL);
}

static void take_words(struct command *c, const char *bytes, size_t n)
{
    buf_add(&c->words, bytes, n);
    if (c->words.len > COMMAND_WORDS_BYTES)
        buf_drop(&c->words, c->words.len - COMMAND_WORDS_BYTES);
}

/* Reads what is there; at most `pieces`. */
static void hear(struct command *c, int *fd, int pieces, void (*take)(struct command *, const char *, size_t))
{
    char bytes[PIECE];
    for (int i = 0; i < pieces && *fd >= 0; i++) {
        ssize_t n = read(*fd, bytes, sizeof bytes);
        if (n > 0)
            take(c, bytes, (size_t)n);
        else if (n == 0 || (errno != EAGAIN && errno != EINTR))
            shut(c, fd);
        else if (errno == EAGAIN)
            return;
    }
}

static void on_readable(void *arg, uint32_t events)
{
    struct command *c = arg;
    (void)events;
    hear(c, &c->from, PIECES_PER_TURN, take_out);
}

static void on_words(void *arg, uint32_t events)
{
    struct command *c = arg;
    (void)events;
    hear(c, &c->words_fd, 1, take_words);
}

/* ---- its end */

static void done(struct command *c)
{
    shut(c, &c->to);
    shut(c, &c->from);
    shut(c, &c->words_fd);
    shut(c, &c->pidfd);
    loop_timer_stop(&c->limit);
    loop_timer_stop(&c->look);
    if (c->spec.in_fd >= 0)
        close(c->spec.in_fd);
    buf_done(&c->in);
    buf_done(&c->out);
    buf_done(&c->words);
    free(c);
}

static void finish(struct command *c, int status)
{
    hear(c, &c->from, PIECES_AT_END, take_out); /* more than a pipe holds */
    hear(c, &c->words_fd, PIECES_AT_END, take_words);
    int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    struct command_end end = {
        .exit_code = signal ? 128 + signal : WEXITSTATUS(status),
        .signal = signal,
        .late = c->late,
        .too_much = c->too_much,
        .out = buf_text(&c->out),
        .out_n = c->out.len,
        .words = buf_text(&c->words),
    };
    if (c->spec.on_end)
        c->spec.on_end(c->spec.arg, &end);
    done(c);
}

/* Has it ended? Its group goes before it is reaped: until then nobody else can have its number. */
static void on_process(void *arg, uint32_t events)
{
    struct command *c = arg;
    siginfo_t info = {0};
    int status;
    (void)events;
    if (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != c->pid) {
        if (c->pidfd < 0)
            loop_timer_set(&c->look, clock_mono_us() + LOOK_US);
        return;
    }
    kill(-c->pid, SIGKILL);
    while (waitpid(c->pid, &status, 0) < 0)
        if (errno != EINTR) { /* somebody else has reaped it */
            status = SIGKILL;
            break;
        }
    finish(c, status);
}

static void on_look(void *arg) { on_process(arg, 0); }

static void on_limit(void *arg)
{
    struct command *c = arg;
    c->late = true;
    kill_group(c, SIGKILL);
}

void command_forget(struct command *c)
{
    if (!c)
        return;
    kill_group(c, SIGKILL);
    while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    done(c);
}

int command_pid(const struct command *c) { return (int)c->pid; }

/* ---- its beginning */

struct pipes {
    int in[2], out[2], err[2];
};

static void close_all(struct pipes *p)
{
    int *fds = (int *)p;
    for (size_t i = 0; i < sizeof *p / sizeof *fds; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

static int open_all(struct pipes *p, struct err *e)
{
    char cause[TEXT_CAUSE_BYTES];
    *p = (struct pipes){{-1, -1}, {-1, -1}, {-1, -1}};
    if (pipe2(p->in, O_CLOEXEC) == 0 && pipe2(p->out, O_CLOEXEC) == 0 && pipe2(p->err, O_CLOEXEC) == 0)
        return 0;
    int cause_no = errno;
    close_all(p);
    return err_fail(e, ERR_INTERNAL, "no pipe for a program: %s", text_cause(cause_no, cause));
}

/* 0, or an errno. */
static int spawn(const struct pipes *p, const char *const *argv, pid_t *out_pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, p->in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, p->out[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, p->err[1], STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1); /* whatever we were started with */
    posix_spawnattr_init(&how);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setsigdefault(&how, &all);
    int r = posix_spawnp(out_pid, argv[0], &files, &how, (char *const *)argv, environ);
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&files);
    return r;
}

/* Our end of a pipe: it never makes us wait, and the far one is the program's alone. */
static int keep(int fd)
{
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    return fd;
}

static void attach(struct command *c)
{
    loop_timer_init(c->loop, &c->limit, on_limit, c);
    loop_timer_init(c->loop, &c->look, on_look, c);
    c->pidfd = (int)syscall(SYS_pidfd_open, c->pid, 0);
    if (c->pidfd >= 0) {
        fcntl(c->pidfd, F_SETFD, FD_CLOEXEC);
        loop_fd_set(c->loop, c->pidfd, EPOLLIN, on_process, c);
    } else {
        loop_timer_set(&c->look, clock_mono_us() + LOOK_US);
    }
    loop_fd_set(c->loop, c->to, EPOLLOUT, on_writable, c);
    loop_fd_set(c->loop, c->from, EPOLLIN, on_readable, c);
    loop_fd_set(c->loop, c->words_fd, EPOLLIN, on_words, c);
    if (c->spec.limit_us)
        loop_timer_set(&c->limit, clock_mono_us() + c->spec.limit_us);
}

struct command *command_start(struct loop *l, const struct command_spec *spec, struct err *e)
{
    CLEANUP(cleanup_fd) int in_fd = spec->in_fd;
    struct pipes p;
    char cause[TEXT_CAUSE_BYTES];
    pid_t pid;
    if (open_all(&p, e))
        return NULL;
    int r = spawn(&p, spec->argv, &pid);
    if (r) {
        close_all(&p);
        err_fail(e, ERR_INTERNAL, "could not run '%s': %s", spec->argv[0], text_cause(r, cause));
        return NULL;
    }
    struct command *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    *c = (struct command){.loop = l, .spec = *spec, .pid = pid};
    c->to = keep(p.in[1]);
    c->from = keep(p.out[0]);
    c->words_fd = keep(p.err[0]);
    close(p.in[0]);
    close(p.out[1]);
    close(p.err[1]);
    if (spec->in_n)
        buf_add(&c->in, spec->in, spec->in_n);
    in_fd = -1;
    attach(c);
    return c;
}
