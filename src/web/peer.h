/* Who is at the other end of a request: the client itself, or one that a trusted proxy speaks for. What a proxy says stands in
 * headers that any client could write as well, so they are believed only from the nets of --behind, and refused from anywhere
 * else: passed over, they would make everybody who comes through a proxy that was forgotten look like the proxy. */
#ifndef DOCKET_WEB_PEER_H
#define DOCKET_WEB_PEER_H

#include <stdbool.h>

#include "base/address.h"
#include "base/err.h"

struct request;

struct peer {
    struct address at;   /* the client's, where known; as text: peer_address */
    bool known;          /* false: it came over a socket without addresses */
    bool local;          /* it sits on this machine */
    bool secure;         /* it speaks TLS, to us or to the proxy */
    const char *host;    /* what it asked for, "example.org:8443": only characters of a host; NULL: it did not say */
    const char *address; /* once peer_address was asked; in the request's arena */
};

/* Is this a header by which proxies tell of their clients (X-Forwarded-…, Forwarded, X-Real-IP)? */
bool peer_is_forwarding(const char *name);

/* Fills r->peer from the connection, the Host header (NULL: none) and, where any header is a forwarding one, those of a
 * trusted proxy. 0; ERR_UNTRUSTED_PROXY; ERR_BAD_REQUEST. */
int peer_judge(struct request *r, const char *host, bool forwarded, struct err *e);

/* The client's address as text, NULL where unknown; in the request's arena. */
const char *peer_address(struct request *r);

#endif
