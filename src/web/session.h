/* Browsers: a link to sign in by, and the cookie of one that is signed in. Programs bring tokens (auth.c). */
#ifndef DOCKET_WEB_SESSION_H
#define DOCKET_WEB_SESSION_H

#include "store/record.h"
#include "web/request.h"

enum { SESSION_SECRET_CHARS = 32 };

/* A secret drawn by chance, 192 bits in characters that a URL may hold, and its hash. */
void session_draw(char out_secret[SESSION_SECRET_CHARS + 1], uint8_t out_hash[CREDENTIAL_HASH_BYTES]);

/* Signs in whoever this name and password belong to: the answer sets the cookie of a browser. 0 with r->who, the secret and the
 * moment it ends; what signin_check refuses, TURN_AGAIN with it; ERR_CROSS_SITE. */
int session_open(struct request *r, struct turn *t, const char *name, const char *password,
                 char out_secret[SESSION_SECRET_CHARS + 1], int64_t *out_ends, struct err *e);

/* Signs out the session by which the request came, if it did by one; the answer drops the cookies. 0 or < 0. */
int session_close(struct request *r, struct turn *t, struct err *e);

/* The hash of a secret that somebody brought: any text. */
void session_hash(const char *secret, uint8_t out_hash[CREDENTIAL_HASH_BYTES]);

/* The cookies: of a browser that is signed in, and those of qdo's clients. */
#define SESSION_COOKIE "docket_session"
#define SESSION_QDO_KEY "qdo_authkey"
#define SESSION_QDO_USER "qdo_username"

/* Did a page of another site send this? A request that changes something and comes from a browser says where from, in
 * Sec-Fetch-Site (https://www.w3.org/TR/fetch-metadata/) or Origin (RFC 6454); one that has neither is no browser's. 0 or
 * ERR_CROSS_SITE. */
int session_check_site(const struct request *r, struct err *e);

/* Has the answer keep or drop (value NULL) a cookie, which lives as long as the request. */
void session_set_cookie(struct request *r, const char *name, const char *value, int64_t seconds);

#endif
