/* Home: the server, as workers at a site reach it. A worker is given a URL and a token; the token never crosses a network in clear
 * text, so a URL is one that speaks TLS, or one of this machine for workers of this machine. */
#ifndef DOCKET_LAUNCH_HOME_H
#define DOCKET_LAUNCH_HOME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
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

/* A way that may lead home; borrowed from what it was made of and the arena. */
struct home_candidate {
    const char *way; /* advertise, listener, forward, relay */
    const char *url, *pin;
};

/* May workers be given this URL? https; http only on this machine's loopback, and only to workers of this machine. Pure. */
bool home_url_is_fit(const char *url, bool local);

/* The ways to try, in their order: the site's word for where the server is, else the server's; the listeners that the far side may reach, under
 * the address that it sees us come from where they listen on all (seen_from NULL: not known). local: the site is this machine.
 * Those that need a connection's help (forward, relay) are added by home_add. Returns how many, at most HOME_CANDIDATES. Pure. */
int home_candidates(const struct home_places *places, const char *advertise, bool local, const char *seen_from, struct arena *a,
                    struct home_candidate out[HOME_CANDIDATES]);

/* One more: a port of a host of the far side that leads to the place for tunnels. Returns the count. Pure. */
int home_add(struct home_candidate *list, int count, const char *way, const char *host, int port, const char *pin, struct arena *a);

/* The listener for tunnels; NULL: there is none. */
const struct home_place *home_tunnel(const struct home_places *places);

/* Appends what a shell of the far side tries them by, with the program there (its words, NULL-ended), in the order given: it writes the line
 * "home\tN" for the first that answers, or "home\tnone". And the number of that answer; -1: none. Pure. */
void home_probe(const char *const *program, const struct home_candidate *list, int count, struct buf *script);
int home_probe_read(const char *answer, size_t n, int count);

/* ERR_NO_WAY_HOME, with the ways out in the hint. */
int home_refuse(const char *site, struct err *e);

#endif
