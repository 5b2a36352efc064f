/* Where the control connection of a site has its socket. */
#ifndef DOCKET_LAUNCH_CONTROL_H
#define DOCKET_LAUNCH_CONTROL_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/* DATA/ssh/SITE; where that is too long for a socket, the same in a directory of this user's below /tmp, named after it. The directory is
 * made, or must be this user's alone. In the arena. 0; < 0 ERR_FILE. */
int control_path(struct arena *a, const char *data, int64_t site, const char **out_path, struct err *e);

#endif
