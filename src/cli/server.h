/* The server: the floors wired together on one loop. `serve` runs one alone; `run` and the verbs that are given a
 * resting data directory run one beside their own work. */
#ifndef DOCKET_CLI_SERVER_H
#define DOCKET_CLI_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/err.h"
#include "base/loop.h"
#include "cli/listen.h"
#include "launch/home.h"

struct server;
struct site_fixed;

struct server_options {
    const char *data;    /* the data directory; made (0700) if missing */
    const struct listen_place *listen; /* one at least; what they name is borrowed for the server's life */
    int listen_count;
    bool ports_asked; /* false: where a port is taken, the next free one of the 99 behind it */
    const struct address_net *behind; /* trusted proxies; borrowed for the server's life, as is base_path */
    int behind_count;
    const char *base_path; /* "/docket"; NULL or "": none */
    const char *advertise; /* "https://example.org/docket", for links; NULL or "": by what URL the asker came; borrowed too */
    const char *sign_in;   /* how passwords of accounts that have none here are verified; NULL: not; borrowed */
    const char *tls_cert, *tls_key; /* files to speak TLS by; NULL or "": plain HTTP */
    bool launches;                  /* it starts jobs at sites */
    const struct site_fixed *sites; /* those of the settings; copied */
    int site_count;
};

/* Reads the certificate, locks the data directory, opens or makes the store, recovers leases, listens, and writes DIR/server (its address)
 * and, if missing, DIR/token. 0 and *out_server; < 0 ERR_IN_USE (naming the process), ERR_NEWER_SCHEMA, ERR_PORT,
 * ERR_FILE: nothing is left open. */
int server_start(struct loop *l, const struct server_options *o, struct server **out_server, struct err *e);

/* Of its first plain listener, where it has one: "http://127.0.0.1:5000", with TLS https; borrowed. */
const char *server_url(const struct server *s);

/* All of them, in words: "http://127.0.0.1:5000, http://127.0.0.1:5100 (tables: semtab)"; borrowed. */
const char *server_listeners(const struct server *s);

const char *server_token(const struct server *s); /* borrowed */
const char *server_owner(const struct server *s); /* whose token that is; borrowed */

/* The kind of file system its data directory lies on, if several hosts may share it ("NFS"); NULL: it is this host's own. */
const char *server_shared(const struct server *s);

/* Where workers of a site may look for it; borrowed until server_reload. With tunnel, the listener for those that come through a reverse
 * forward is among them, opened at first need (and from then on at each start). 0; < 0 as home_listener_open. */
int server_home(struct server *s, bool tunnel, struct home_places *out, struct err *e);

/* Reads the certificate anew for those who connect from now on; one that is no good leaves the old one in force. Says in
 * the log what came of it. */
void server_reload(struct server *s);

/* The sites of the settings, read anew. Copied. */
void server_set_sites(struct server *s, const struct site_fixed *sites, int count);

/* Takes no new connections, answers what is parked, lets what has arrived finish (at most 5 s), closes the store and
 * then calls fn from the loop. Calling again does nothing. */
void server_stop(struct server *s, loop_fn *fn, void *arg);

/* Called from the loop when the server had to end itself (an I/O error of its store): the process should exit 1. */
void server_on_failure(struct server *s, loop_fn *fn, void *arg);

/* Frees a server that has stopped (or failed); removes DIR/server and the lock. */
void server_free(struct server *s);

#endif
