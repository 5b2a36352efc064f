/* Spawning for the nanny: a process group of its own, /dev/null as input, the two descriptors given as output, every
 * other one closed, signals as at login.
 *
 * vfork copies no memory; and since the nanny ignores no signal and opens nothing that outlives an exec, few calls
 * are left to the new process (posix_spawn makes about a hundred, most of them to reset each signal). */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/nanny.h"
#include "base/text.h"

/* Strings of a START as the arrays that exec wants; they point into the bytes. */
struct spawn {
    char **argv, **env, *cwd;
};

static char *next_string(char **at, const char *end)
{
    char *s = *at;
    assert(s < end);
    *at += strlen(s) + 1;
    return s;
}

static char **next_strings(char **at, const char *end, uint32_t count)
{
    char **strings = calloc((size_t)count + 1, sizeof *strings);
    if (!strings)
        abort();
    for (uint32_t i = 0; i < count; i++)
        strings[i] = next_string(at, end);
    return strings;
}

static void spawn_unpack(struct spawn *s, const struct nanny_order *o, char *bytes)
{
    const char *end = bytes + o->bytes;
    s->argv = next_strings(&bytes, end, o->argc);
    s->env = next_strings(&bytes, end, o->envc);
    s->cwd = o->has_cwd ? next_string(&bytes, end) : NULL;
}

static void spawn_done(struct spawn *s)
{
    free(s->argv);
    free(s->env);
}

/* Why it could not: of an errno that does not say which step met it. */
static void explain(const struct spawn *s, int error, struct child_end *end)
{
    char *out = end->failure;
    size_t room = sizeof end->failure;
    char cause[TEXT_CAUSE_BYTES];
    struct stat st = {0};
    int missing = s->cwd && stat(s->cwd, &st) < 0 ? errno : 0;
    if (missing == ENOENT || missing == ENOTDIR)
        snprintf(out, room, "directory '%s' does not exist here", s->cwd);
    else if (missing)
        snprintf(out, room, "directory '%s' cannot be entered: %s", s->cwd, text_cause(missing, cause));
    else if (s->cwd && !S_ISDIR(st.st_mode))
        snprintf(out, room, "'%s' is not a directory", s->cwd);
    else if (s->cwd && access(s->cwd, X_OK) < 0)
        snprintf(out, room, "directory '%s' cannot be entered: %s", s->cwd, text_cause(errno, cause));
    else
        snprintf(out, room, "could not start '%s': %s", s->argv[0], text_cause(error, cause));
    end->no_room = error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE;
}

/* The new process, on the nanny's memory until it is a program of its own. Its input is the nanny's, its signals are as
 * by default once it takes the mask; what else is open here closes itself. Returns only where it cannot: errno. */
static int become(const struct spawn *s, const int fds[2])
{
    sigset_t none;
    sigemptyset(&none);
    if (setpgid(0, 0) < 0 || dup2(fds[0], STDOUT_FILENO) < 0 || dup2(fds[1], STDERR_FILENO) < 0)
        return errno;
    if (s->cwd && chdir(s->cwd) < 0)
        return errno;
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(s->argv[0], s->argv, s->env);
    return errno;
}

/* vfork: the nanny goes on once the new process has its program, or has ended. */
static int spawn_now(const struct spawn *s, const int fds[2], pid_t *out_pid)
{
    volatile int error = 0;
    pid_t pid = vfork();
    if (pid < 0)
        return errno;
    if (pid == 0) {
        error = become(s, fds);
        _exit(EXIT_FAILURE);
    }
    if (error)
        waitpid(pid, NULL, 0);
    else
        *out_pid = pid;
    return error;
}

int nanny_spawn(const struct nanny_order *o, char *bytes, const int fds[2], pid_t *out_pid, struct child_end *end)
{
    CLEANUP(spawn_done) struct spawn s = {0};
    spawn_unpack(&s, o, bytes);
    int error = spawn_now(&s, fds, out_pid);
    if (error)
        explain(&s, error, end);
    return error ? -1 : 0;
}
