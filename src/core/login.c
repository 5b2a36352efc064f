/* See login.h. A link is used up in the transaction that signs its browser in, so that it does so once, whatever fails. */
#include "core/login.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "core/account.h"
#include "core/journal.h"

static int add(struct turn *t, enum credential_kind kind, const uint8_t hash[CREDENTIAL_HASH_BYTES], int64_t account,
               int64_t seconds, int most, int64_t *out_ends, struct err *e)
{
    struct credential_row row = {.kind = kind, .account = account, .scope = SCOPE_ALL, .queue = NONE,
                                 .made = t->now_us, .ends = t->now_us + seconds * CLOCK_SECOND};
    memcpy(row.hash, hash, sizeof row.hash);
    *out_ends = row.ends;
    int r = store_credential_add(t->store, &row, e);
    return r ? r : store_credential_trim(t->store, kind, account, t->now_us, most, e);
}

int login_offer(struct turn *t, const struct who *who, const char *user, const uint8_t link[CREDENTIAL_HASH_BYTES],
                int64_t *out_ends, struct err *e)
{
    struct account_row account;
    int r = account_find(t, who, user, t->arena, &account, e);
    if (r == 0)
        r = add(t, CREDENTIAL_LINK, link, account.id, LOGIN_LINK_SECONDS, LIMIT_LINKS, out_ends, e);
    return r ? r : journal_note(t, who, "make link", NULL, NONE, user, e);
}

static int find_link(struct turn *t, const uint8_t link[CREDENTIAL_HASH_BYTES], struct arena *a,
                     struct credential_row *out, struct err *e)
{
    int r = store_credential_get(t->store, link, t->now_us, a, out, e);
    if (r < 0 || (r == 0 && out->kind == CREDENTIAL_LINK))
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
    *out_who = (struct who){.user = row.user, .role = row.role, .scope = SCOPE_ALL, .queue = NONE, .origin = origin};
    r = store_credential_remove(t->store, CREDENTIAL_LINK, link, e);
    return r ? r : login_open(t, out_who, session, LOGIN_SESSION_SECONDS, "by a link", &ends, e);
}

int login_open(struct turn *t, const struct who *who, const uint8_t session[CREDENTIAL_HASH_BYTES], int64_t seconds,
               const char *how, int64_t *out_ends, struct err *e)
{
    struct account_row account;
    int64_t most = seconds < LOGIN_SESSION_SECONDS ? seconds : LOGIN_SESSION_SECONDS;
    int r = account_find(t, who, who->user, t->arena, &account, e);
    if (r == 0)
        r = add(t, CREDENTIAL_SESSION, session, account.id, most, LIMIT_SESSIONS, out_ends, e);
    return r ? r : journal_note(t, who, "sign in", NULL, NONE, how, e);
}

int login_look_up(struct turn *t, unsigned kinds, const uint8_t hash[CREDENTIAL_HASH_BYTES], struct arena *a,
                  struct credential_row *out, struct err *e)
{
    int r = store_credential_get(t->store, hash, t->now_us, a, out, e);
    if (r < 0 || (r == 0 && (kinds & 1u << out->kind)))
        return r;
    if (kinds != LOGIN_BY_SESSION)
        return err_refuse(e, ERR_UNAUTHORIZED, "this token is not valid here");
    r = err_refuse(e, ERR_UNAUTHORIZED, "this browser is not signed in any more");
    err_hint(e, "make a link to sign in by: docket user link NAME");
    return r;
}

int login_check(struct turn *t, unsigned kinds, const uint8_t hash[CREDENTIAL_HASH_BYTES], struct arena *a,
                struct who *out, struct err *e)
{
    struct credential_row row;
    int r = login_look_up(t, kinds, hash, a, &row, e);
    if (r)
        return r;
    out->user = row.user;
    out->role = row.role;
    out->scope = row.scope;
    out->queue = row.queue;
    return 0;
}

int login_end(struct turn *t, const struct who *who, const uint8_t session[CREDENTIAL_HASH_BYTES], struct err *e)
{
    int r = store_credential_remove(t->store, CREDENTIAL_SESSION, session, e);
    return r ? r : journal_note(t, who, "sign out", NULL, NONE, NULL, e);
}
