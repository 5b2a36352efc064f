/* docket site login: the control connection of a site is opened in the caller's terminal, where ssh may ask for what it likes. It
 * stays when this program has left, and the server uses it. So whoever calls must be the user of the server, on its machine: only they
 * can open that door. */
#include "cli/site_verb.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/text.h"

extern char **environ;

static const struct option OPTIONS[] = {SITE_OPTIONS};

static int run_login(struct verb_call *call, struct err *e);

const struct verb site_word_login = {
    .name = "site login",
    .arguments = "SITE",
    .summary = "sign in at a site in this terminal, for the server",
    .help = "For hosts that ask for a password or a code: ssh asks here, and the connection stays open\n"
            "for the server until it is lost. Call it on the server's machine, as its user.\n\n"
            "  docket site login cluster\n",
    SITE_PLAIN,
    .args_min = 1,
    .args_max = 1,
    .run = run_login,
};

/* The directory of the control connection is the server's: is it ours? */
static int check_here(struct arena *a, const char *control, struct err *e)
{
    struct stat st;
    char *dir = dirname(arena_strdup(a, control));
    if (stat(dir, &st) == 0 && st.st_uid == geteuid())
        return 0;
    int r = err_refuse(e, ERR_USAGE, "the server runs on another machine, or as another user: its directory '%.200s' is not here, or not yours", dir);
    err_hint(e, "sign in where it runs, as the user whom it runs as");
    return r;
}

static int read_control(struct arena *a, const json_t *site, const char **out, struct err *e)
{
    *out = json_string_value(json_object_get(site, "control"));
    if (!json_is_string(json_object_get(site, "host")))
        return err_refuse(e, ERR_USAGE, "this site has no host: there is nothing to sign in to");
    if (!*out)
        return err_refuse(e, ERR_FORBIDDEN, "only whoever has the site may sign in there");
    return check_here(a, *out, e);
}

enum { WORDS_MAX = 20 };

/* ssh with what the site's settings say, and then `more` (NULL-ended). */
static void make_words(struct arena *a, const json_t *site, const char *control, const char *const *more, const char *words[WORDS_MAX])
{
    const json_t *s = json_object_get(site, "settings");
    const char *config = json_string_value(json_object_get(s, "ssh_config"));
    int n = 0;
    words[n++] = "ssh";
    if (config) {
        words[n++] = "-F";
        words[n++] = config;
    }
    if (json_object_get(s, "port")) {
        words[n++] = "-p";
        words[n++] = out_field(a, s, "port");
    }
    words[n++] = "-o";
    words[n++] = arena_printf(a, "ControlPath=%s", control);
    for (; *more; more++)
        words[n++] = *more;
    words[n++] = "--";
    words[n++] = json_string_value(json_object_get(site, "host"));
    words[n] = NULL;
}

/* Runs it in this terminal; its status, or -1. */
static int run_ssh(const char *const *words, bool silent)
{
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status = -1;
    posix_spawn_file_actions_init(&actions);
    if (silent)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&pid, "ssh", &actions, NULL, (char *const *)words, environ) == 0)
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
    posix_spawn_file_actions_destroy(&actions);
    return status < 0 || !WIFEXITED(status) ? -1 : WEXITSTATUS(status);
}

static int sign_in(struct arena *a, const json_t *site, const char *control, struct err *e)
{
    static const char *const ASK[] = {"-O", "check", NULL};
    static const char *const OPEN[] = {"-M", "-N", "-f", "-o", "ControlPersist=yes", NULL};
    const char *words[WORDS_MAX];
    make_words(a, site, control, ASK, words);
    if (run_ssh(words, true) == 0)
        return 0; /* it is open already */
    make_words(a, site, control, OPEN, words);
    int status = run_ssh(words, false);
    if (status == 0)
        return 0;
    if (status < 0 || status == 127)
        return err_fail(e, ERR_FILE, "could not run ssh");
    return err_refuse(e, ERR_SITE_LOGIN, "ssh did not get in: it ended with status %d", status);
}

static int run_login(struct verb_call *call, struct err *e)
{
    const struct site_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *site = NULL;
    const char *control;
    int r = site_verb_call(call, &c, "GET", "", NULL, &site, e);
    if (!r)
        r = read_control(&c.arena, site, &control, e);
    if (!r)
        r = sign_in(&c.arena, site, control, e);
    return r ? r : site_verb_sync(&c, call->args[0], o->json, e);
}
