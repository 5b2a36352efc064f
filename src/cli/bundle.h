/* What the launcher of the portable bundle (packaging/launch.c) leaves to the program. */
#ifndef DOCKET_CLI_BUNDLE_H
#define DOCKET_CLI_BUNDLE_H

#include <stdbool.h>

#include "base/arena.h"

/* Gives LD_PRELOAD and LD_AUDIT, which the launcher hid from the bundle's loader, back to the environment, and the process its
 * name. To be called before any process is made; started without the launcher, nothing changes. */
void bundle_settle(void);

/* Is this the portable bundle: started by its own loader, with no library of the machine's? */
bool bundle_is_one(void);

/* The directory of the bundle (bin/ and lib/ are in it); NULL: this program does not run from one. */
const char *bundle_root(struct arena *a);

/* The path by which this program can be started: that of the bundle's launcher where it is one. In the arena; NULL: it cannot be told. */
const char *bundle_program(struct arena *a);

#endif
