/* See password.h. The prompt goes to the terminal itself, so that stdout stays free for what the verb prints; the terminal
 * shows again what is typed even where Ctrl-C ends the asking. */
#include "cli/password.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"

static int check(const char *password, struct err *e)
{
    size_t n = strlen(password);
    if (n > 0 && n <= LIMIT_PASSWORD && !text_has_control(password))
        return 0;
    return err_refuse(e, ERR_USAGE, "a password has 1 to %d bytes, without control characters", LIMIT_PASSWORD);
}

/* A line without its end. false: there is none, or it is too long. */
static bool read_line(FILE *from, char out[LIMIT_PASSWORD + 2])
{
    if (!fgets(out, LIMIT_PASSWORD + 2, from))
        return false;
    size_t n = strcspn(out, "\r\n");
    bool whole = out[n] || feof(from);
    out[n] = '\0';
    return whole;
}

static int from_file(struct arena *a, const char *path, const char **out, struct err *e)
{
    char line[LIMIT_PASSWORD + 2] = "", cause[TEXT_CAUSE_BYTES];
    FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin;
    if (!f)
        return err_fail(e, ERR_FILE, "could not open '%s': %s", path, text_cause(errno, cause));
    bool whole = read_line(f, line);
    if (f != stdin)
        fclose(f);
    int r = whole ? check(line, e)
                  : err_refuse(e, ERR_USAGE, "'%s' does not begin with a password of at most %d bytes", path, LIMIT_PASSWORD);
    *out = arena_strdup(a, line);
    explicit_bzero(line, sizeof line);
    return r;
}

static volatile sig_atomic_t interrupted;
static void on_interrupt(int signal) { interrupted = 1; }

/* Asks once. The terminal is put back whatever happens. */
static bool ask(FILE *tty, const char *prompt, char out[LIMIT_PASSWORD + 2])
{
    struct termios shown, hidden;
    struct sigaction stop = {.sa_handler = on_interrupt}, before;
    if (tcgetattr(fileno(tty), &shown))
        return false;
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    sigaction(SIGINT, &stop, &before);
    tcsetattr(fileno(tty), TCSAFLUSH, &hidden);
    fputs(prompt, tty);
    fflush(tty);
    bool read = read_line(tty, out);
    fputc('\n', tty);
    tcsetattr(fileno(tty), TCSAFLUSH, &shown);
    sigaction(SIGINT, &before, NULL);
    return read && !interrupted;
}

/* again NULL: it is not to be typed twice. */
static int from_terminal(struct arena *a, FILE *tty, const char *prompt, const char *again, const char **out,
                         struct err *e)
{
    char first[LIMIT_PASSWORD + 2] = "", second[LIMIT_PASSWORD + 2] = "";
    bool asked = ask(tty, prompt, first) && (!again || ask(tty, again, second));
    int r = asked ? check(first, e) : err_refuse(e, ERR_INTERRUPTED, "no password was typed");
    if (!r && again && strcmp(first, second) != 0)
        r = err_refuse(e, ERR_USAGE, "the two are not the same");
    *out = arena_strdup(a, first);
    explicit_bzero(first, sizeof first);
    explicit_bzero(second, sizeof second);
    return r;
}

static int get(struct arena *a, const char *path, const char *prompt, const char *again, const char **out, struct err *e)
{
    if (path)
        return from_file(a, path, out, e);
    FILE *tty = fopen("/dev/tty", "r+e");
    if (!tty) {
        int r = err_refuse(e, ERR_USAGE, "there is no terminal to ask for a password at");
        err_hint(e, "--password-file FILE, or - for stdin");
        return r;
    }
    int r = from_terminal(a, tty, prompt, again, out, e);
    fclose(tty);
    return r;
}

int password_read(struct arena *a, const char *path, const char **out, struct err *e)
{
    return get(a, path, "New password: ", "Once more: ", out, e);
}

int password_ask(struct arena *a, const char *path, const char *prompt, const char **out, struct err *e)
{
    return get(a, path, prompt, NULL, out, e);
}
