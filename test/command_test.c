/* Programs run beside the loop: what they are fed, what is heard of them, how their end is told, and that nothing of them
 * is left. */
#include "base/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "check.h"

static struct loop *loop;

struct run {
    int ended;
    struct command_end end;
    struct buf out, words;
    size_t wanted; /* on_out wants no more than this */
};

static void on_end(void *arg, const struct command_end *end)
{
    struct run *r = arg;
    r->ended++;
    r->end = *end;
    buf_add(&r->out, end->out, end->out_n);
    buf_puts(&r->words, end->words);
}

static bool on_out(void *arg, const char *bytes, size_t n)
{
    struct run *r = arg;
    buf_add(&r->out, bytes, n);
    return r->out.len <= r->wanted;
}

static void wait_end(struct run *r)
{
    int64_t until_us = clock_mono_us() + 20 * CLOCK_SECOND;
    while (!r->ended && clock_mono_us() < until_us)
        loop_turn(loop, 100 * CLOCK_MS);
}

static struct command *start(struct run *r, struct command_spec spec, const char *script)
{
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    struct err e = {0};
    *r = (struct run){.wanted = r->wanted};
    spec.argv = argv;
    spec.on_end = on_end;
    spec.arg = r;
    if (!spec.out_max)
        spec.out_max = 64 * 1024 * 1024;
    struct command *c = command_start(loop, &spec, &e);
    CHECK("a shell starts", c);
    return c;
}

static void run(struct run *r, struct command_spec spec, const char *script)
{
    start(r, spec, script);
    wait_end(r);
    CHECK("its end is told once", r->ended == 1);
}

static void drop(struct run *r)
{
    buf_done(&r->out);
    buf_done(&r->words);
}

static void test_ends(void)
{
    struct run r = {0};
    run(&r, (struct command_spec){.in_fd = -1}, "echo out; echo words >&2; exit 7");
    CHECK("exit status", r.end.exit_code == 7 && !r.end.signal);
    CHECK_TEXT("its stdout", buf_text(&r.out), "out\n");
    CHECK_TEXT("its stderr", buf_text(&r.words), "words\n");
    drop(&r);
    run(&r, (struct command_spec){.in_fd = -1}, "kill -9 $$");
    CHECK("a signal", r.end.exit_code == 137 && r.end.signal == SIGKILL);
    drop(&r);
    run(&r, (struct command_spec){.in_fd = -1, .limit_us = 200 * CLOCK_MS}, "sleep 60");
    CHECK("its time is over", r.end.late && r.end.signal == SIGKILL);
    drop(&r);
    run(&r, (struct command_spec){.in_fd = -1}, "sleep 300 & exit 3");
    CHECK("nobody waits for what it left", r.end.exit_code == 3);
    drop(&r);
}

static void test_input(void)
{
    enum { BYTES = 3 * 1024 * 1024 };
    struct run r = {0};
    char *bytes = malloc(BYTES);
    for (int i = 0; i < BYTES; i++)
        bytes[i] = (char)(i * 7 + i / 251);
    int fd = memfd_create("input", MFD_CLOEXEC);
    CHECK("a file of input", write(fd, bytes, BYTES) == BYTES && lseek(fd, 0, SEEK_SET) == 0);
    run(&r, (struct command_spec){.in = "before", .in_n = 6, .in_fd = fd}, "cat");
    CHECK("bytes, then the file, come back", r.out.len == BYTES + 6 && memcmp(r.out.data, "before", 6) == 0 &&
                                                 memcmp(r.out.data + 6, bytes, BYTES) == 0);
    CHECK("the file was taken", fcntl(fd, F_GETFD) == -1 && errno == EBADF);
    drop(&r);
    run(&r, (struct command_spec){.in = bytes, .in_n = BYTES, .in_fd = -1}, "head -c 3 >/dev/null; exit 4");
    CHECK("one that reads little of it ends as it likes", r.end.exit_code == 4);
    drop(&r);
    run(&r, (struct command_spec){.in_fd = -1}, "cat; echo done");
    CHECK_TEXT("no input is an empty one", buf_text(&r.out), "done\n");
    drop(&r);
    free(bytes);
}

static void test_bounds(void)
{
    struct run r = {0};
    run(&r, (struct command_spec){.in_fd = -1, .out_max = 1000}, "yes");
    CHECK("more than it may say", r.end.too_much && r.end.out_n <= 1000);
    drop(&r);
    r.wanted = 100000;
    run(&r, (struct command_spec){.in_fd = -1, .on_out = on_out}, "yes");
    CHECK("more than is wanted", r.end.too_much && r.out.len > 100000 && r.out.len < 300000);
    drop(&r);
    run(&r, (struct command_spec){.in_fd = -1}, "i=0; while [ $i -lt 3000 ]; do echo word$i >&2; i=$((i + 1)); done");
    CHECK("the end of its words", r.words.len == COMMAND_WORDS_BYTES && strstr(buf_text(&r.words), "word2999\n"));
    drop(&r);
}

static void test_forgotten(void)
{
    struct run r = {0};
    struct command *c = start(&r, (struct command_spec){.in_fd = -1}, "sleep 300 & echo $! >&2; wait");
    for (int i = 0; i < 5; i++)
        loop_turn(loop, 50 * CLOCK_MS);
    int pid = command_pid(c);
    command_forget(c);
    CHECK("it is gone", kill(pid, 0) == -1 && errno == ESRCH);
    int64_t until_us = clock_mono_us() + 10 * CLOCK_SECOND; /* whoever inherits what it left reaps it */
    while (kill(-pid, 0) == 0 && clock_mono_us() < until_us)
        loop_turn(loop, 10 * CLOCK_MS);
    CHECK("with its group", kill(-pid, 0) == -1 && errno == ESRCH);
    CHECK("and nothing is told", r.ended == 0);
    drop(&r);
}

static void test_refused(void)
{
    const char *const argv[] = {"/nowhere/at/all", NULL};
    struct err e = {0};
    const struct command_spec spec = {.argv = argv, .in_fd = open("/dev/null", O_RDONLY | O_CLOEXEC), .on_end = on_end};
    CHECK("a program that is not there", !command_start(loop, &spec, &e));
    CHECK_TEXT("and why", e.text, "could not run '/nowhere/at/all': no such file or directory");
    CHECK("its input is closed", fcntl(spec.in_fd, F_GETFD) == -1);
}

/* Whatever else is open here is not open there, and what is blocked or ignored here is neither there. */
static void test_clean(void)
{
    struct run r = {0};
    CHECK("a descriptor that others inherit", dup2(STDERR_FILENO, 77) == 77);
    run(&r, (struct command_spec){.in_fd = -1},
        "[ ! -e /proc/$$/fd/77 ] || echo inherited; for s in $(sed -n 's/^Sig\\(Blk\\|Ign\\):[[:space:]]*//p' /proc/self/status); do "
        "printf ' %d' $((0x$s & 0x7fffffff)); done");
    CHECK_TEXT("is not open there, no signal is blocked or ignored", buf_text(&r.out), " 0 0");
    close(77);
    drop(&r);
}

static void on_signal(void *arg, int signal)
{
    (void)arg;
    (void)signal;
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    loop = loop_new();
    loop_signal(loop, SIGTERM, on_signal, NULL);
    test_ends();
    test_input();
    test_bounds();
    test_forgotten();
    test_refused();
    test_clean();
    loop_free(loop);
    return check_end();
}
