/* Browsers: a link to sign in by, and the cookie of one that is signed in. Programs bring tokens (auth.c). */
#ifndef DOCKET_WEB_SESSION_H
#define DOCKET_WEB_SESSION_H

#include "store/record.h"
#include "web/request.h"

enum { SESSION_SECRET_CHARS = 32 };

/* A secret drawn by chance, 192 bits in characters that a URL may hold, and its hash. */
void session_draw(char out_secret[SESSION_SECRET_CHARS + 1], uint8_t out_hash[CREDENTIAL_HASH_BYTES]);

/* The hash of a secret that somebody brought: any text. */
void session_hash(const char *secret, uint8_t out_hash[CREDENTIAL_HASH_BYTES]);

/* Notes the session that the request's cookie names in r->session, of which nothing is known yet. false: it names none. */
bool session_note(struct request *r);

/* Did a page of another site send this? A request that changes something and comes from a browser says where from, in
 * Sec-Fetch-Site (https://www.w3.org/TR/fetch-metadata/) or Origin (RFC 6454); one that has neither is no browser's. 0 or
 * ERR_CROSS_SITE. */
int session_check_site(const struct request *r, struct err *e);

/* Has the answer keep or drop (secret NULL) the cookie. */
void session_set_cookie(struct request *r, const char *secret, int64_t seconds);

#endif
