/* bin/docket of the portable bundle: a static program that starts lib/docket by the bundle's own loader.
 *
 * The bundle brings its own C library, so it needs the loader that belongs to it, and that one's place is only known here:
 * the directory of this program is found (/proc/self/exe; without /proc by the name it was called by, links followed), and
 * lib/ beside it. The loader takes libraries from there and from nowhere else: neither the machine's cache nor
 * LD_LIBRARY_PATH is asked, and both reach the user's commands as they are. '$ORIGIN' is the directory of lib/docket,
 * whatever characters its name has; a path written out would be cut at a colon.
 *
 * What the machine preloads (LD_PRELOAD, LD_AUDIT: clusters watch their users' programs so) is made for the machine's C
 * library and would break ours. It is handed on under another name; src/cli/bundle.c gives it back for the commands. */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
enum { OWN_WORDS = 6 };

/* The same pairs stand in src/cli/bundle.c. */
static const char *const HIDDEN[][2] = {{"LD_PRELOAD", "DOCKET_LD_PRELOAD"}, {"LD_AUDIT", "DOCKET_LD_AUDIT"}};

static void refuse(const char *doing, const char *path)
{
    fprintf(stderr, "docket: could not %s '%s': %s\n  unpack the bundle as a whole, on a file system that runs programs\n",
            doing, path, strerror(errno));
    exit(127);
}

/* This program's own path, without links. */
static void find_self(char out[PATH_MAX])
{
    const char *called = (const char *)getauxval(AT_EXECFN);
    ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);
    if (n > 0 && out[0] == '/') {
        out[n] = '\0';
        return;
    }
    if (!called || !realpath(called, out))
        refuse("find", called ? called : "bin/docket");
}

/* ROOT/bin/docket becomes ROOT. */
static void find_root(char path[PATH_MAX])
{
    find_self(path);
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(path, '/');
        if (slash)
            *slash = '\0';
    }
}

static void join(char out[PATH_MAX], const char *root, const char *name)
{
    if (snprintf(out, PATH_MAX, "%s/lib/%s", root, name) < PATH_MAX)
        return;
    errno = ENAMETOOLONG;
    refuse("use", root);
}

static void hide_preloads(void)
{
    for (size_t i = 0; i < COUNT_OF(HIDDEN); i++) {
        const char *value = getenv(HIDDEN[i][0]);
        bool lost = value ? setenv(HIDDEN[i][1], value, 1) : unsetenv(HIDDEN[i][1]);
        if (lost)
            refuse("hand on", HIDDEN[i][0]);
        unsetenv(HIDDEN[i][0]);
    }
}

int main(int argc, char **argv)
{
    char root[PATH_MAX], loader[PATH_MAX], program[PATH_MAX];
    char *name = argc > 0 ? argv[0] : "docket";
    char *own[OWN_WORDS] = {"docket", "--inhibit-cache", "--library-path", "$ORIGIN", "--argv0", name};
    char **words = calloc((size_t)argc + OWN_WORDS + 2, sizeof *words);
    if (!words)
        refuse("start", name);
    find_root(root);
    join(loader, root, "ld-linux-x86-64.so.2");
    join(program, root, "docket");
    memcpy(words, own, sizeof own);
    words[OWN_WORDS] = program;
    for (int i = 1; i < argc; i++)
        words[OWN_WORDS + i] = argv[i];
    hide_preloads();
    execv(loader, words);
    refuse("start", loader);
}
