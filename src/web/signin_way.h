/* The ways to verify a name and a password: one vtable. A way is run beside the loop, one password at a time, and may block
 * for half a minute, unless nobody waits for it any more. */
#ifndef DOCKET_WEB_SIGNIN_WAY_H
#define DOCKET_WEB_SIGNIN_WAY_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"

enum { SIGNIN_HASH_BYTES = 128, SIGNIN_PATIENCE_SECONDS = 30 };

struct signin_ask {
    const char *name, *password; /* without control characters */
    const char *with;            /* the store's: the hash to hold it against; a program's: its path */
    const atomic_bool *stopping; /* the server ends, and waits for whoever verifies this */
};

struct signin_yes {
    char user[LIMIT_USER + 1]; /* the account they are let in as */
    int64_t until_s;           /* seconds since 1970: not beyond that moment; 0: as long as usual */
};

struct signin_way {
    const char *word;
    int (*verify)(const struct signin_ask *ask, struct signin_yes *out, struct err *e); /* 1 yes; 0 no; < 0 cannot tell */
};

extern const struct signin_way SIGNIN_STORE;   /* argon2id, by libsodium */
extern const struct signin_way SIGNIN_PAM;     /* the machine's own users */
extern const struct signin_way SIGNIN_COMMAND; /* a program of the site */

/* The way that a setting names, and what it is to be used with. 0; ERR_SETTINGS. */
int signin_way_from(const char *setting, const struct signin_way **out, struct err *e);

#endif
