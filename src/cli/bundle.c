/* The portable bundle starts this program by its own loader, for which nothing of the machine may be preloaded; the commands
 * that docket runs are the machine's, and shall find their environment as the user has it. */
#include "cli/bundle.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>

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
