/* A site's own login: a program is given the name and the password, a line each, on its stdin, and nothing of them in its
 * arguments or environment. It ends with 0 and writes the name of the account, and on a second line, if it likes, until when
 * (RFC 3339) what is let in by it may be good for; it ends with 1 for no. Anything else, or silence for half a minute, says
 * that it cannot tell; what it writes to stderr goes to the server's log. It has answered when it has ended: what it may have
 * left running is not waited for. Where the server stops, it is ended. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "core/account.h"
#include "web/signin_way.h"

enum { ANSWER_BYTES = 256, CHUNK_MS = 100 };

struct talk {
    int to, from; /* our ends of its stdin and stdout; -1: closed */
    char said[ANSWER_BYTES + 1];
    size_t said_n;
};

static void shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void end_talk(struct talk *t)
{
    shut(&t->to);
    shut(&t->from);
}

static int begin(const char *path, struct talk *t, pid_t *out_pid, struct err *e)
{
    int in[2], out[2];
    char *argv[] = {(char *)path, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    sigset_t none, all;
    char cause[TEXT_CAUSE_BYTES];
    if (pipe2(in, O_CLOEXEC))
        return err_fail(e, ERR_SIGN_IN, "no pipe for '%s'", path);
    if (pipe2(out, O_CLOEXEC)) {
        shut(&in[0]);
        shut(&in[1]);
        return err_fail(e, ERR_SIGN_IN, "no pipe for '%s'", path);
    }
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, out[1], STDOUT_FILENO);
    posix_spawnattr_init(&how);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setsigdefault(&how, &all);
    int r = posix_spawn(out_pid, path, &files, &how, argv, environ);
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&files);
    shut(&in[0]);
    shut(&out[1]);
    *t = (struct talk){.to = in[1], .from = out[0]};
    if (r == 0)
        return 0;
    end_talk(t);
    return err_fail(e, ERR_SIGN_IN, "could not run '%s': %s", path, text_cause(r, cause));
}

/* A pipe takes the two lines whole, whether the program reads them or not; one that has ended is no failure yet. */
static void tell(struct talk *t, const struct signin_ask *ask)
{
    char lines[LIMIT_USER + LIMIT_PASSWORD + 3];
    int n = snprintf(lines, sizeof lines, "%s\n%s\n", ask->name, ask->password);
    ssize_t written = write(t->to, lines, (size_t)n); /* SIGPIPE is ignored; a short one shows in what it answers */
    (void)written;
    explicit_bzero(lines, sizeof lines);
    shut(&t->to);
}

static bool is_late(const struct signin_ask *ask, int64_t until_us)
{
    return clock_mono_us() >= until_us || atomic_load(ask->stopping);
}

static bool has_ended(pid_t pid)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

/* All it says, until it closes its stdout or has ended. false: it takes too long, or says too much. */
static bool hear(struct talk *t, const struct signin_ask *ask, pid_t pid, int64_t until_us)
{
    while (t->said_n < ANSWER_BYTES && !is_late(ask, until_us)) {
        bool ended = has_ended(pid); /* asked first: then all it said is there */
        struct pollfd p = {.fd = t->from, .events = POLLIN};
        if (poll(&p, 1, ended ? 0 : CHUNK_MS) > 0) {
            ssize_t n = read(t->from, t->said + t->said_n, ANSWER_BYTES - t->said_n);
            if (n <= 0)
                return n == 0;
            t->said_n += (size_t)n;
        } else if (ended) {
            return true;
        }
    }
    return false;
}

/* Its status, as waitpid has it; -1: it had to be ended. */
static int wait_end(const struct signin_ask *ask, pid_t pid, int64_t until_us)
{
    int status;
    pid_t ended;
    while ((ended = waitpid(pid, &status, WNOHANG)) == 0 && !is_late(ask, until_us)) {
        struct pollfd none = {.fd = -1};
        poll(&none, 1, 10);
    }
    if (ended == pid)
        return status;
    kill(-pid, SIGKILL);
    waitpid(pid, &status, 0);
    return -1;
}

static int read_answer(const char *path, struct talk *t, struct signin_yes *out, struct err *e)
{
    int64_t until_us = 0;
    t->said[t->said_n] = '\0';
    bool text = strlen(t->said) == t->said_n;
    char *rest = t->said, *name = strsep(&rest, "\n"), *until = rest ? strsep(&rest, "\n") : NULL;
    if (!text || (rest && *rest) || account_check_name(name, e))
        return err_fail(e, ERR_SIGN_IN, "'%s' said yes, but not the name of an account in one line", path);
    if (until && *until && clock_parse(until, &until_us))
        return err_fail(e, ERR_SIGN_IN, "the second line of '%s' is no time", path);
    snprintf(out->user, sizeof out->user, "%s", name);
    out->until_s = until && *until && until_us < CLOCK_SECOND ? 1 : until_us / CLOCK_SECOND; /* 0 is as long as usual */
    return 1;
}

static int tell_trouble(const char *path, const struct talk *t, int status, struct err *e)
{
    if (t->said_n == ANSWER_BYTES)
        return err_fail(e, ERR_SIGN_IN, "'%s' says more than a name and a time", path);
    if (status < 0)
        return err_fail(e, ERR_SIGN_IN, "'%s' did not answer within %d s", path, SIGNIN_PATIENCE_SECONDS);
    if (WIFSIGNALED(status))
        return err_fail(e, ERR_SIGN_IN, "'%s' was ended by signal %d", path, WTERMSIG(status));
    return err_fail(e, ERR_SIGN_IN, "'%s' ended with %d", path, WEXITSTATUS(status));
}

static int verify(const struct signin_ask *ask, struct signin_yes *out, struct err *e)
{
    struct talk t;
    pid_t pid;
    int64_t until_us = clock_mono_us() + SIGNIN_PATIENCE_SECONDS * CLOCK_SECOND;
    int r = begin(ask->with, &t, &pid, e);
    if (r)
        return r;
    tell(&t, ask);
    bool whole = hear(&t, ask, pid, until_us);
    end_talk(&t);
    int status = wait_end(ask, pid, whole ? until_us : 0);
    bool ended = status >= 0 && WIFEXITED(status);
    if (whole && ended && WEXITSTATUS(status) == 0)
        return read_answer(ask->with, &t, out, e);
    return ended && WEXITSTATUS(status) == 1 ? 0 : tell_trouble(ask->with, &t, status, e);
}

const struct signin_way SIGNIN_COMMAND = {"command", verify};
