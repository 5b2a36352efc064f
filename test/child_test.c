/* Commands under the nanny: what they are started with, how their end is told, and that nothing of them outlives the
 * command, the worker or the nanny. `child_test bench` measures starts per second instead. */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/family.h"
#include "check.h"

static struct loop *loop;
static struct nanny *nanny;

static const char *const ENV[] = {"PATH=/usr/bin:/bin", "GREETING=hello", NULL};

/* One command and what came of it. */
struct run {
    int64_t id;
    int fd; /* to read what it writes to stdout and stderr */
    int ended;
    struct child_end end;
    struct buf out;
};

static void on_end(void *arg, const struct child_end *end)
{
    struct run *r = arg;
    r->ended++;
    r->end = *end;
}

static int start_argv(struct run *r, const char *const *argv, const char *cwd)
{
    int fds[2];
    struct err e;
    *r = (struct run){0};
    if (pipe2(fds, O_CLOEXEC) < 0)
        abort();
    r->fd = fds[0];
    struct child_spec spec = {.argv = argv, .cwd = cwd, .env = ENV, .out_fd = fds[1], .err_fd = fds[1]};
    int result = child_start(nanny, &spec, on_end, r, &r->id, &e);
    close(fds[1]);
    return result;
}

static int start(struct run *r, const char *command, const char *cwd)
{
    const char *const argv[] = {"/bin/sh", "-c", command, NULL};
    return start_argv(r, argv, cwd);
}

static void wait_end(struct run *r)
{
    int64_t until = clock_mono_us() + 10 * CLOCK_SECOND;
    while (!r->ended && clock_mono_us() < until)
        loop_turn(loop, until - clock_mono_us());
}

/* Reads until nobody holds the other end; false if that takes longer than ms. */
static bool read_all(struct run *r, int ms)
{
    int64_t until = clock_mono_us() + ms * CLOCK_MS;
    for (;;) {
        struct pollfd p = {r->fd, POLLIN, 0};
        int64_t left = until - clock_mono_us();
        if (left < 0 || poll(&p, 1, (int)(left / 1000) + 1) <= 0)
            return false;
        char *place = buf_reserve(&r->out, 4096);
        ssize_t n = read(r->fd, place, 4096);
        if (n <= 0)
            return n == 0;
        r->out.len += (size_t)n;
        r->out.data[r->out.len] = '\0';
    }
}

static void run_done(struct run *r)
{
    close(r->fd);
    buf_done(&r->out);
}

static void run(struct run *r, const char *command, const char *cwd)
{
    if (start(r, command, cwd))
        abort();
    wait_end(r);
    read_all(r, 2000);
}

static void ends(void)
{
    static const struct {
        const char *name, *command;
        int exit_code, signal;
    } CASES[] = {
        {"exit 0", "true", 0, 0},
        {"exit 7", "exit 7", 7, 0},
        {"not found", "no-such-program 2>/dev/null", 127, 0},
        {"a signal", "kill -9 $$", 137, 9},
        {"TERM", "kill $$", 143, 15},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        struct run r;
        run(&r, CASES[i].command, NULL);
        CHECK(CASES[i].name, r.ended == 1 && r.end.started && r.end.exit_code == CASES[i].exit_code &&
                                 r.end.signal == CASES[i].signal);
        run_done(&r);
    }
}

static void surroundings(void)
{
    static const struct {
        const char *name, *command, *cwd, *wanted;
    } CASES[] = {
        {"only three descriptors are open", "ls /proc/self/fd | wc -w", NULL, "4\n"}, /* the fourth is ls's own */
        {"input is empty", "cat; readlink /proc/self/fd/0", NULL, "/dev/null\n"},
        {"the environment is the one given", "env | grep -v ^PWD | sort", NULL,
         "GREETING=hello\nPATH=/usr/bin:/bin\n"},
        {"it runs in its directory", "pwd", "/usr/bin", "/usr/bin\n"},
        /* the last 7 digits: signals 1 to 28; libc ignores 32 and 33, which are its own */
        {"no signal is ignored or blocked", "grep -hE 'Sig(Ign|Blk)' /proc/self/status | grep -o '.\\{7\\}$'", NULL,
         "0000000\n0000000\n"},
        {"it leads a group", "test $$ = $(ps -o pgid= -p $$) && echo yes", NULL, "yes\n"},
        {"both streams arrive", "echo out; echo err >&2", NULL, "out\nerr\n"},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        struct run r;
        run(&r, CASES[i].command, CASES[i].cwd);
        CHECK_TEXT(CASES[i].name, buf_text(&r.out), CASES[i].wanted);
        run_done(&r);
    }
}

static void not_started(void)
{
    static const char *const MISSING[] = {"/no/such/program", NULL}, *const TRUE[] = {"/bin/true", NULL};
    struct run r;
    CHECK("a missing directory is no failure of child_start", start_argv(&r, TRUE, "/no/such/place") == 0);
    wait_end(&r);
    CHECK("it is told as not started", r.ended == 1 && !r.end.started);
    CHECK_TEXT("saying so", r.end.failure, "directory '/no/such/place' does not exist here");
    run_done(&r);
    start_argv(&r, TRUE, "/etc/passwd");
    wait_end(&r);
    CHECK_TEXT("a file is no directory", r.end.failure, "'/etc/passwd' is not a directory");
    run_done(&r);
    start_argv(&r, MISSING, NULL);
    wait_end(&r);
    CHECK_TEXT("a missing program", r.end.failure, "could not start '/no/such/program': no such file or directory");
    run_done(&r);
}

static void large_spec(void)
{
    CLEANUP(buf_done) struct buf command = {0};
    buf_puts(&command, "echo ok #");
    while (command.len < 120000)
        buf_puts(&command, "0123456789");
    struct run r;
    run(&r, command.data, NULL);
    CHECK("a command of 120,000 bytes arrives whole", r.end.exit_code == 0 && strcmp(buf_text(&r.out), "ok\n") == 0);
    run_done(&r);
    while (command.len < 200000)
        buf_puts(&command, "0123456789");
    run(&r, command.data, NULL);
    CHECK_TEXT("the kernel's limit is told", r.end.failure, "could not start '/bin/sh': argument list too long");
    run_done(&r);
    while (command.len < 5000000)
        buf_puts(&command, "0123456789");
    CHECK("what no kernel takes is refused", start(&r, command.data, NULL) < 0 && !r.ended);
    run_done(&r);
}

static void killing(void)
{
    struct run r;
    start(&r, "sleep 100 | sleep 100", NULL);
    loop_turn(loop, 50 * CLOCK_MS);
    int64_t start_us = clock_mono_us();
    child_kill(nanny, r.id, SIGTERM);
    wait_end(&r);
    CHECK("TERM ends the whole group at once", r.end.signal == SIGTERM && read_all(&r, 300));
    CHECK("at once", clock_mono_us() - start_us < CLOCK_SECOND / 2);
    child_kill(nanny, r.id, SIGKILL); /* it has ended: nothing happens */
    run_done(&r);
    start(&r, "kill -STOP $$", NULL);
    loop_turn(loop, 50 * CLOCK_MS);
    child_kill(nanny, r.id, SIGTERM);
    wait_end(&r);
    CHECK("also one that is stopped", r.end.signal == SIGTERM);
    run_done(&r);
}

static void rest_of_group(void)
{
    struct run r;
    start(&r, "sleep 100 & exit 3", NULL);
    wait_end(&r);
    CHECK("the end is told while others of the group live", r.end.exit_code == 3);
    CHECK("which get TERM", read_all(&r, 300));
    run_done(&r);
    start(&r, "sh -c 'trap \"\" TERM; echo ready; while :; do sleep 0.1; done' & sleep 0.2", NULL);
    wait_end(&r);
    int64_t start_us = clock_mono_us();
    CHECK("and KILL if they ignore it", read_all(&r, 1000) && clock_mono_us() - start_us > 300 * CLOCK_MS);
    CHECK_TEXT("having been there", buf_text(&r.out), "ready\n");
    run_done(&r);
}

static void many(void)
{
    enum { COUNT = 400 };
    static struct run runs[COUNT];
    int wrong = 0;
    for (int i = 0; i < COUNT; i++)
        wrong += start(&runs[i], "echo x; exit 5", NULL) != 0;
    for (int i = 0; i < COUNT; i++) {
        wait_end(&runs[i]);
        wrong += !read_all(&runs[i], 1000) || runs[i].ended != 1 || runs[i].end.exit_code != 5 || runs[i].out.len != 2;
        run_done(&runs[i]);
    }
    CHECK("400 at once, each told once", wrong == 0);
}

/* Shapes of commands that leave processes behind in every way. */
static const char *const SHAPES[] = {
    "sleep 100 | sleep 100",
    "(sleep 100 &); sleep 100",
    "setsid sleep 100",
    "sh -c 'sleep 100; sleep 100'",
    "setsid sh -c '(setsid sleep 100 &) & sleep 100' & exec sleep 100",
    "trap '' TERM; setsid sh -c 'trap \"\" TERM; (sleep 100 & sleep 100)' & sleep 100; sleep 100",
};
enum { SHAPE_COUNT = COUNT_OF(SHAPES) };

/* How long it takes, in µs, until nobody holds the other end of fd; -1 after 3 s. */
static int64_t wait_gone(int fd)
{
    struct run r = {.fd = fd};
    int64_t start_us = clock_mono_us();
    bool gone = read_all(&r, 3000);
    buf_done(&r.out);
    return gone ? clock_mono_us() - start_us : -1;
}

/* A process with a nanny and all shapes running, all writing to fd; then `end` is called in it. */
static pid_t other_worker(int fd, void (*end)(struct nanny *n))
{
    pid_t pid = fork();
    if (pid)
        return pid;
    struct nanny *n = nanny_new();
    struct loop *l = loop_new();
    struct err e;
    nanny_attach(n, l);
    for (int i = 0; i < SHAPE_COUNT; i++) {
        const char *const argv[] = {"/bin/sh", "-c", SHAPES[i], NULL};
        struct child_spec spec = {.argv = argv, .env = ENV, .out_fd = fd, .err_fd = fd};
        struct run *r = calloc(1, sizeof *r);
        if (child_start(n, &spec, on_end, r, &r->id, &e))
            _exit(1);
    }
    int64_t until = clock_mono_us() + 300 * CLOCK_MS;
    while (clock_mono_us() < until)
        loop_turn(l, until - clock_mono_us());
    close(fd);
    end(n);
    _exit(0);
}

static void end_hard(struct nanny *n)
{
    (void)n;
    raise(SIGKILL);
}

static void end_well(struct nanny *n) { nanny_free(n); }

static void worker_ends(const char *name, void (*end)(struct nanny *n), int status_wanted)
{
    int fds[2], status;
    if (pipe2(fds, O_CLOEXEC) < 0)
        abort();
    pid_t pid = other_worker(fds[1], end);
    close(fds[1]);
    waitpid(pid, &status, 0);
    CHECK("the worker ended as meant", status == status_wanted);
    int64_t took = wait_gone(fds[0]);
    printf("# %s: all gone %lld ms after it\n", name, (long long)took / 1000);
    CHECK(name, took >= 0 && took < CLOCK_SECOND);
    close(fds[0]);
}

static int deaths;

static void on_death(void *arg)
{
    (void)arg;
    deaths++;
}

/* Last: the nanny is gone afterwards. `stranger` is a child this process had before the nanny. */
static void nanny_dies(pid_t stranger)
{
    struct run r[SHAPE_COUNT];
    for (int i = 0; i < SHAPE_COUNT; i++)
        start(&r[i], SHAPES[i], NULL);
    int64_t until = clock_mono_us() + 300 * CLOCK_MS;
    while (clock_mono_us() < until)
        loop_turn(loop, until - clock_mono_us());

    CLEANUP(family_done) struct family children = {0};
    family_find(&children, false);
    for (size_t i = 0; i < children.count; i++)
        if (children.pids[i] != stranger)
            kill(children.pids[i], SIGKILL);
    nanny_on_death(nanny, on_death, NULL);
    int64_t start_us = clock_mono_us();
    while (!deaths && clock_mono_us() < start_us + 3 * CLOCK_SECOND)
        loop_turn(loop, 100 * CLOCK_MS);
    int wrong = 0, alive = 0;
    for (int i = 0; i < SHAPE_COUNT; i++) {
        wrong += r[i].ended != 1 || !r[i].end.started || r[i].end.signal != SIGKILL || r[i].end.exit_code != 137;
        alive += !read_all(&r[i], 0) && wait_gone(r[i].fd) < 0;
        run_done(&r[i]);
    }
    CHECK("the nanny's death is told once", deaths == 1);
    CHECK("after each command was told as killed", wrong == 0);
    CHECK("and nothing of them is left", alive == 0);
    CHECK("other children of this process live on", kill(stranger, 0) == 0);
    CHECK("no command is started then", start(&r[0], "true", NULL) < 0);
    run_done(&r[0]);
}

/* Starts per second, `wide` at once. */
static int bench(int wide, int count)
{
    struct run *runs = calloc((size_t)wide, sizeof *runs);
    int started = 0, done = 0;
    int64_t start_us = clock_mono_us();
    for (int i = 0; i < wide; i++, started++)
        start(&runs[i], "true", NULL);
    while (done < count) {
        loop_turn(loop, -1);
        for (int i = 0; i < wide; i++)
            if (runs[i].ended) {
                done++;
                run_done(&runs[i]);
                runs[i].ended = 0;
                if (started < count && ++started)
                    start(&runs[i], "true", NULL);
            }
    }
    printf("%d at once: %.0f starts/s\n", wide, count / ((double)(clock_mono_us() - start_us) / CLOCK_SECOND));
    free(runs);
    return 0;
}

int main(int argc, char **argv)
{
    pid_t stranger = fork();
    if (stranger == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pause();
        _exit(0);
    }
    signal(SIGHUP, SIG_IGN);
    nanny = nanny_new();
    loop = loop_new();
    nanny_attach(nanny, loop);
    if (argc > 1 && strcmp(argv[1], "bench") == 0) {
        bench(1, 2000);
        bench(4, 5000);
        bench(64, 5000);
    } else {
        ends();
        surroundings();
        not_started();
        large_spec();
        killing();
        rest_of_group();
        many();
        worker_ends("kill -9 of a worker leaves nothing", end_hard, SIGKILL);
        worker_ends("nanny_free leaves nothing", end_well, 0);
        nanny_dies(stranger);
    }
    nanny_free(nanny);
    loop_free(loop);
    kill(stranger, SIGKILL);
    waitpid(stranger, NULL, 0);
    return check_end();
}
