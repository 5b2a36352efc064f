/* Home: the server, as workers at a site reach it. A worker is given a URL and a token; the token never crosses a network in clear
 * text, so a URL is one that speaks TLS, or one of this machine for workers of this machine. */
#ifndef DOCKET_LAUNCH_HOME_H
#define DOCKET_LAUNCH_HOME_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

enum { HOME_PLACES = 24, HOME_CANDIDATES = 32 };

/* Where the server listens, as plain data. */
struct home_place {
    const char *address; /* numeric; "0.0.0.0" and "::" are all of their kind */
    int port;
    const char *pin;     /* of its key, "sha256//…"; NULL: it speaks plain HTTP */
    bool tunnel;         /* the one on loopback that is there for reverse forwards; only in places of a site that needs one */
};

struct home_places {
    struct home_place places[HOME_PLACES];
    int count;
    const char *advertise; /* the server's own word for how others reach it; NULL or "": none */
};

#endif
