/* See login.h. A link is used up in the transaction that signs its browser in, so that it does so once, whatever fails. */
#include "core/login.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "core/journal.h"

static int add(struct turn *t, enum credential_kind kind, const uint8_t hash[CREDENTIAL_HASH_BYTES], int64_t account,
               int64_t seconds, int most, int64_t *out_ends, struct err *e)
{
    struct credential_row row = {.kind = kind, .account = account, .made = t->now_us,
                                 .ends = t->now_us + seconds * CLOCK_SECOND};
    memcpy(row.hash, hash, sizeof row.hash);
    *out_ends = row.ends;
    int r = store_credential_add(t->store, &row, e);
    return r ? r : store_credential_trim(t->store, kind, account, t->now_us, most, e);
}

/* Whoever has made nothing yet has no row, and is somebody all the same. */
static int find_account(struct turn *t, const struct who *who, const char *user, int64_t *out_id, struct err *e)
{
    if (strcmp(user, who->user) == 0)
        return store_account_ensure(t->store, user, t->now_us, out_id, e);
    int r = store_account_find(t->store, user, out_id, e);
    if (r || *out_id)
        return r;
    r = err_refuse(e, ERR_ACCOUNT_NOT_FOUND, "there is no account '%.*s'", LIMIT_USER, user);
    err_hint(e, "yours is '%.*s'", LIMIT_USER, who->user);
    return r;
}

int login_offer(struct turn *t, const struct who *who, const char *user, const uint8_t link[CREDENTIAL_HASH_BYTES],
                int64_t *out_ends, struct err *e)
{
    int64_t account;
    int r = find_account(t, who, user, &account, e);
    if (r == 0)
        r = add(t, CREDENTIAL_LINK, link, account, LOGIN_LINK_SECONDS, LIMIT_LINKS, out_ends, e);
    return r ? r : journal_note(t, who, "make link", NULL, NONE, user, e);
}

static int find_link(struct turn *t, const uint8_t link[CREDENTIAL_HASH_BYTES], struct arena *a,
                     struct credential_row *out, struct err *e)
{
    int r = store_credential_get(t->store, CREDENTIAL_LINK, link, t->now_us, a, out, e);
    if (r != STORE_EMPTY)
        return r;
    r = err_refuse(e, ERR_LINK_OVER, "this link has been used, or is older than %d minutes", LOGIN_LINK_SECONDS / 60);
    err_hint(e, "make another: docket user link NAME");
    return r;
}

int login_look(struct turn *t, const uint8_t link[CREDENTIAL_HASH_BYTES], struct arena *a, const char **out_user,
               struct err *e)
{
    struct credential_row row;
    int r = find_link(t, link, a, &row, e);
    if (r == 0)
        *out_user = row.user;
    return r;
}

int login_accept(struct turn *t, const uint8_t link[CREDENTIAL_HASH_BYTES],
                 const uint8_t session[CREDENTIAL_HASH_BYTES], const char *origin, struct arena *a,
                 struct who *out_who, struct err *e)
{
    struct credential_row row;
    int64_t ends;
    int r = find_link(t, link, a, &row, e);
    if (r)
        return r;
    *out_who = (struct who){.user = row.user, .origin = origin};
    r = store_credential_remove(t->store, CREDENTIAL_LINK, link, e);
    if (r == 0)
        r = add(t, CREDENTIAL_SESSION, session, row.account, LOGIN_SESSION_SECONDS, LIMIT_SESSIONS, &ends, e);
    return r ? r : journal_note(t, out_who, "sign in", NULL, NONE, "by a link", e);
}

int login_check(struct turn *t, const uint8_t session[CREDENTIAL_HASH_BYTES], struct arena *a, const char **out_user,
                struct err *e)
{
    struct credential_row row;
    int r = store_credential_get(t->store, CREDENTIAL_SESSION, session, t->now_us, a, &row, e);
    if (r == STORE_EMPTY) {
        r = err_refuse(e, ERR_UNAUTHORIZED, "this browser is not signed in any more");
        err_hint(e, "make a link to sign in by: docket user link NAME");
    } else if (r == 0) {
        *out_user = row.user;
    }
    return r;
}

int login_end(struct turn *t, const struct who *who, const uint8_t session[CREDENTIAL_HASH_BYTES], struct err *e)
{
    int r = store_credential_remove(t->store, CREDENTIAL_SESSION, session, e);
    return r ? r : journal_note(t, who, "sign out", NULL, NONE, NULL, e);
}
