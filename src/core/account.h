/* Accounts: who has things here. One is made for the server's owner when the store is; admins make the others. */
#ifndef DOCKET_CORE_ACCOUNT_H
#define DOCKET_CORE_ACCOUNT_H

#include "core/turn.h"
#include "core/who.h"

/* 0; ERR_BAD_NAME if name cannot be an account's: 1–64 of A-Z a-z 0-9 . _ @ + -, not "." or "..". Pure. */
int account_check_name(const char *name, struct err *e);

/* The account called name. 0; ERR_ACCOUNT_NOT_FOUND, also for those of others that who may not see; ERR_BAD_NAME. */
int account_find(struct turn *t, const struct who *who, const char *name, struct arena *a, struct account_row *out,
                 struct err *e);

/* What to change: role 0 and password NULL leave theirs as it is. */
struct account_change {
    enum account_role role;
    const char *password; /* argon2id, as libsodium writes it */
};

/* Makes an account (an admin; a user's where no role is given) or changes one (an admin, and whose it is the password).
 * *out_made: it was made. A new password, or less of a role, signs out the browsers of the account. 0; ERR_BAD_NAME;
 * ERR_FORBIDDEN; ERR_ACCOUNT_NOT_FOUND; ERR_LAST_ADMIN for `owner`, the server's own, who stays an admin. */
int account_put(struct turn *t, const struct who *who, const char *owner, const char *name,
                const struct account_change *change, struct arena *a, struct account_row *out, bool *out_made,
                struct err *e);

/* Removes one with its credentials and consumers (an admin). 0; ERR_ACCOUNT_NOT_FOUND; ERR_ACCOUNT_IN_USE while it has
 * queues; ERR_LAST_ADMIN. */
int account_remove(struct turn *t, const struct who *who, const char *owner, const char *name, struct err *e);

/* Up to max by name, with names after `after`: all for an admin, else who asks. */
int account_list(struct turn *t, const struct who *who, const char *after, int max, struct arena *a,
                 struct account_row **out_rows, int *out_count, struct err *e);

/* The account that whoever was let in by another way than the store's (PAM, a site's own login) has here; made where
 * there was none. 0; ERR_BAD_NAME. */
int account_welcome(struct turn *t, const char *name, const char *origin, struct arena *a, struct account_row *out,
                    struct err *e);

/* When a store is opened: the server's owner has an account and is an admin. 0 or < 0 as the store. */
int account_settle_owner(struct store *s, const char *owner, int64_t now_us, struct err *e);

const char *account_role_word(enum account_role role);

/* The role called word, or 0. */
enum account_role account_role_from(const char *word);

#endif
