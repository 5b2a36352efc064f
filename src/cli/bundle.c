/* The portable bundle starts this program by its own loader, for which nothing of the machine may be preloaded; the commands
 * that docket runs are the machine's, and shall find their environment as the user has it. */
#include "cli/bundle.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"

/* The same pairs stand in packaging/launch.c. */
static const char *const HIDDEN[][2] = {{"LD_PRELOAD", "DOCKET_LD_PRELOAD"}, {"LD_AUDIT", "DOCKET_LD_AUDIT"}};

void bundle_settle(void)
{
    prctl(PR_SET_NAME, "docket"); /* for ps and pgrep; the kernel saw the loader start */
    for (size_t i = 0; i < COUNT_OF(HIDDEN); i++) {
        const char *value = getenv(HIDDEN[i][1]);
        if (value && setenv(HIDDEN[i][0], value, 1))
            abort();
        unsetenv(HIDDEN[i][1]);
    }
}

bool bundle_is_one(void)
{
    const char *started = (const char *)getauxval(AT_EXECFN), *slash = started ? strrchr(started, '/') : NULL;
    return slash && strncmp(slash, "/ld-linux", strlen("/ld-linux")) == 0;
}

/* The kernel has started the loader, lib/ld-linux…: two floors below the root. */
const char *bundle_root(struct arena *a)
{
    char path[PATH_MAX];
    ssize_t n = bundle_is_one() ? readlink("/proc/self/exe", path, sizeof path - 1) : -1;
    if (n <= 0)
        return NULL;
    path[n] = '\0';
    for (int floors = 0; floors < 2; floors++) {
        char *slash = strrchr(path, '/');
        if (!slash || slash == path)
            return NULL;
        *slash = '\0';
    }
    return arena_strdup(a, path);
}

const char *bundle_program(struct arena *a)
{
    char path[PATH_MAX];
    const char *root = bundle_root(a);
    ssize_t n = root ? 0 : readlink("/proc/self/exe", path, sizeof path - 1);
    if (root)
        return arena_printf(a, "%s/bin/docket", root);
    if (n <= 0)
        return NULL;
    path[n] = '\0';
    return arena_strdup(a, path);
}
