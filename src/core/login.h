/* How people come in: a link that signs in one browser, once, within ten minutes; a password, which whoever calls has
 * verified (web/signin.c); and browsers that are signed in. Links and browsers are known by the hash of a secret that whoever
 * calls has drawn; the secret is nowhere. */
#ifndef DOCKET_CORE_LOGIN_H
#define DOCKET_CORE_LOGIN_H

#include "core/queue.h"

enum { LOGIN_LINK_SECONDS = 600, LOGIN_SESSION_SECONDS = 30 * 24 * 3600 };

/* Makes a link for user. 0 and *out_ends; ERR_ACCOUNT_NOT_FOUND. */
int login_offer(struct turn *t, const struct who *who, const char *user, const uint8_t link[CREDENTIAL_HASH_BYTES],
                int64_t *out_ends, struct err *e);

/* Whom would this link sign in? 0 and the name in arena a; ERR_LINK_OVER. */
int login_look(struct turn *t, const uint8_t link[CREDENTIAL_HASH_BYTES], struct arena *a, const char **out_user,
               struct err *e);

/* Uses the link up: the browser that brought it, from `origin` (NULL: unknown), is signed in as out_who, whose name lives in
 * arena a. 0 or ERR_LINK_OVER. */
int login_accept(struct turn *t, const uint8_t link[CREDENTIAL_HASH_BYTES],
                 const uint8_t session[CREDENTIAL_HASH_BYTES], const char *origin, struct arena *a,
                 struct who *out_who, struct err *e);

/* Signs in a browser, or a program that keeps cookies, of who, for at most so many seconds. `how` is for the journal.
 * 0 and *out_ends. */
int login_open(struct turn *t, const struct who *who, const uint8_t session[CREDENTIAL_HASH_BYTES], int64_t seconds,
               const char *how, int64_t *out_ends, struct err *e);

/* Whose is this credential, and what may it? kinds: one or more of LOGIN_BY. *out gets all but the origin; names live in
 * arena a. 0; ERR_UNAUTHORIZED: it is none of these, or has ended. */
enum login_by { LOGIN_BY_SESSION = 1 << CREDENTIAL_SESSION, LOGIN_BY_TOKEN = 1 << CREDENTIAL_TOKEN | 1 << CREDENTIAL_JOB };
int login_check(struct turn *t, unsigned kinds, const uint8_t hash[CREDENTIAL_HASH_BYTES], struct arena *a,
                struct who *out, struct err *e);

/* The same of a credential, with the moment it ends. */
int login_look_up(struct turn *t, unsigned kinds, const uint8_t hash[CREDENTIAL_HASH_BYTES], struct arena *a,
                  struct credential_row *out, struct err *e);

/* Signs the browser out; one that is not signed in is fine. 0 or < 0. */
int login_end(struct turn *t, const struct who *who, const uint8_t session[CREDENTIAL_HASH_BYTES], struct err *e);

#endif
