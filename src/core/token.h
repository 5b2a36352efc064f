/* Tokens: what programs are let in by. Each is known by the hash of a secret that whoever calls has drawn; it may do what its
 * account may, or less. */
#ifndef DOCKET_CORE_TOKEN_H
#define DOCKET_CORE_TOKEN_H

#include "core/queue.h"

enum { TOKEN_ID_CHARS = 12 };

struct token_ask {
    const char *user; /* whose; NULL: who asks */
    enum credential_scope scope;
    struct queue_ref queue;  /* with SCOPE_WORKER */
    int64_t seconds;         /* how long it is good for; NONE: until it is removed */
    const char *note;        /* NULL: none */
};

/* Makes a token. One that may do less than all makes none. 0 and *out, which lives in a; ERR_ACCOUNT_NOT_FOUND,
 * ERR_QUEUE_NOT_FOUND, ERR_FORBIDDEN. */
int token_make(struct turn *t, const struct who *who, const struct token_ask *ask,
               const uint8_t hash[CREDENTIAL_HASH_BYTES], struct arena *a, struct credential_row *out, struct err *e);

/* Those of user (NULL: who asks), at most LIMIT_TOKENS, the oldest first. 0; ERR_ACCOUNT_NOT_FOUND. */
int token_list(struct turn *t, const struct who *who, const char *user, struct arena *a,
               struct credential_row **out_rows, int *out_count, struct err *e);

/* Removes the token of user (NULL: who asks) that has this id: whoever brings it is refused from now on. 0;
 * ERR_TOKEN_NOT_FOUND, ERR_ACCOUNT_NOT_FOUND. */
int token_remove(struct turn *t, const struct who *who, const char *user, const char *id, struct err *e);

/* What a token is called where it is told of: the beginning of its hash, which tells nothing of the secret. */
void token_id(const struct credential_row *c, char out[TOKEN_ID_CHARS + 1]);

const char *token_scope_word(enum credential_scope scope);
enum credential_scope token_scope_from(const char *word); /* 0: there is none of that name */

#endif
