/* The template of `docket load --each`, and values that are put into it: template and shell_scan against a real shell.
 *
 * The first byte chooses a value. Where a template is taken, the command must be one that the shell reads alike whatever the
 * value is: `sh -n`, which parses and runs nothing, accepts it with a harmless value if and only if it does with one that is
 * full of quotes, parentheses and newlines. A refusal names the option. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cli/template.h"
#include "fuzz.h"

#define HARMLESS "q7x"

static const char *const VALUES[] = {"\"", "`", "'", "\\", ")", "(", "}", "\n(", "$(", "\"\n(", "`\n(", "'\n(\n'", ";;", "$((", "))", "]",
                                     " ) ( ", "\n)\nesac"};

/* Does the shell read it? */
static int is_read(const char *command)
{
    static char *environment[] = {NULL};
    char *argv[] = {"sh", "-n", "-c", (char *)command, NULL};
    posix_spawn_file_actions_t quiet;
    pid_t pid;
    int status;
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&quiet, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    int r = posix_spawn(&pid, "/bin/sh", &quiet, NULL, argv, environment);
    posix_spawn_file_actions_destroy(&quiet);
    fuzz_must(r == 0, "no shell: %d", r);
    while (waitpid(pid, &status, 0) != pid)
        fuzz_must(errno == EINTR, "no end of the shell: %d", errno);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void expand(const struct template *t, const char *value, struct buf *out)
{
    struct template_value v = {value, strlen(value)};
    template_expand(t, &v, out);
}

static void check_command(const struct template *t, const char *text, const char *hostile)
{
    CLEANUP(buf_done) struct buf harmless = {0}, other = {0};
    expand(t, HARMLESS, &harmless);
    expand(t, hostile, &other);
    if (strcmp(buf_text(&harmless), buf_text(&other)) == 0) /* no value stands in it */
        return;
    fuzz_must(is_read(buf_text(&harmless)) == is_read(buf_text(&other)), "the shell reads '%s' otherwise than '%s'",
              buf_text(&other), buf_text(&harmless));
}

/* A quoted value is one word, and that is the value. */
static void check_quote(const char *value)
{
    CLEANUP(buf_done) struct buf word = {0}, read = {0};
    struct template_value v = {value, strlen(value)};
    bool quoted = false;
    template_quote(&v, &word);
    for (const char *s = buf_text(&word); *s; s++) {
        if (*s == '\'')
            quoted = !quoted;
        else if (!quoted && *s == '\\' && s[1])
            buf_putc(&read, *++s);
        else {
            fuzz_must(quoted, "'%c' stands bare in %s", *s, buf_text(&word));
            buf_putc(&read, *s);
        }
    }
    fuzz_must(!quoted && strcmp(buf_text(&read), value) == 0, "%s is not the word for %s", buf_text(&word), value);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct fuzz_input in = {bytes, n};
    const char *hostile = VALUES[fuzz_choice(&in, COUNT_OF(VALUES))];
    CLEANUP(cleanup_free) char *text = fuzz_text(&in, '\0');
    struct template t;
    struct err e = {0};
    check_quote(text);
    int r = template_parse(&t, &a, TEMPLATE_COMMAND, "each", text, NULL, 0, &e);
    if (r) {
        fuzz_check_refusal(r, &e);
        fuzz_must(strncmp(e.text, "--each: ", 8) == 0, "which option? %s", e.text);
        return 0;
    }
    if (!strstr(text, "{=")) /* as it is: the template's own affair */
        check_command(&t, text, hostile);
    return 0;
}
