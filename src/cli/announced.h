/* What a running server has written down of itself in its data directory. */
#ifndef DOCKET_CLI_ANNOUNCED_H
#define DOCKET_CLI_ANNOUNCED_H

#include <stdbool.h>

#include "base/arena.h"

struct announced {
    const char *url;
    const char *pin; /* of its key, as curl reads it; NULL: it speaks plain HTTP */
};

/* DIR/server, in the arena. False: none runs there, as far as the file tells (one that was killed leaves it). */
bool announced_read(struct arena *a, const char *data, struct announced *out);

/* Is that the server at this URL, but for slashes at its end? What stands in its directory is for no other: not for one at port
 * 50001 because it is itself at 5000. */
bool announced_is(const struct announced *there, const char *url);

#endif
