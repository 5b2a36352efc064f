/* Spawning for the nanny: posix_spawn (no copy of a large process) into a process group of its own, with /dev/null as
 * input, the two descriptors given as output, every other one closed, signals as at login. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

/* Why posix_spawn did not: it says an errno, but not which step met it. */
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

/* Its own process group, default signals, none blocked. */
static void prepare_attributes(posix_spawnattr_t *attributes)
{
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_init(attributes);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(attributes, 0);
    posix_spawnattr_setsigdefault(attributes, &all);
    posix_spawnattr_setsigmask(attributes, &none);
}

static int spawn_now(const struct spawn *s, const int fds[2], pid_t *out_pid)
{
    posix_spawnattr_t attributes;
    prepare_attributes(&attributes);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, fds[0], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fds[1], STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    if (s->cwd)
        posix_spawn_file_actions_addchdir_np(&actions, s->cwd);
    int error = posix_spawn(out_pid, s->argv[0], &actions, &attributes, s->argv, s->env);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
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
