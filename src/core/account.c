/* See account.h. */
#include "core/account.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "core/journal.h"

static const struct role {
    enum account_role role;
    const char *word;
} ROLES[] = {{ACCOUNT_ADMIN, "admin"}, {ACCOUNT_USER, "user"}};

const char *account_role_word(enum account_role role)
{
    for (size_t i = 0; i < COUNT_OF(ROLES); i++)
        if (ROLES[i].role == role)
            return ROLES[i].word;
    return "unknown";
}

enum account_role account_role_from(const char *word)
{
    for (size_t i = 0; i < COUNT_OF(ROLES); i++)
        if (strcmp(ROLES[i].word, word) == 0)
            return ROLES[i].role;
    return 0;
}

int account_check_name(const char *name, struct err *e)
{
    static const char SIGNS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@+-";
    size_t n = strlen(name);
    bool fits = n > 0 && n <= LIMIT_USER && strspn(name, SIGNS) == n && strcmp(name, ".") && strcmp(name, "..");
    if (fits)
        return 0;
    return err_refuse(e, ERR_BAD_NAME, "the name of a user has 1 to %d of A-Z a-z 0-9 . _ @ + -", LIMIT_USER);
}

static int refuse_missing(const struct who *who, const char *name, struct err *e)
{
    int r = err_refuse(e, ERR_ACCOUNT_NOT_FOUND, "there is no account '%.*s'", LIMIT_USER, name);
    err_hint(e, "yours is '%.*s'", LIMIT_USER, who->user);
    return r;
}

int account_find(struct turn *t, const struct who *who, const char *name, struct arena *a, struct account_row *out,
                 struct err *e)
{
    int r = account_check_name(name, e);
    if (r)
        return r;
    r = who_may(who, name) ? store_account_get(t->store, name, a, out, e) : STORE_EMPTY;
    return r == STORE_EMPTY ? refuse_missing(who, name, e) : r;
}

static int forbid(const char *what, struct err *e)
{
    int r = err_refuse(e, ERR_FORBIDDEN, "only an admin %s", what);
    err_hint(e, "ask one: the server's owner is one");
    return r;
}

static int make(struct turn *t, const struct who *who, const char *name, const struct account_change *change,
                struct arena *a, struct account_row *out, struct err *e)
{
    *out = (struct account_row){.name = arena_strdup(a, name), .role = change->role ? change->role : ACCOUNT_USER,
                                .password = change->password, .created = t->now_us};
    int r = store_account_add(t->store, out, e);
    return r ? r : journal_note(t, who, "make account", NULL, NONE, name, e);
}

/* The server's own token is an admin's whatever stands here, so its account is told as what it is. */
static int check_owner(const char *owner, const char *name, const char *what, struct err *e)
{
    if (strcmp(owner, name) != 0)
        return 0;
    return err_refuse(e, ERR_LAST_ADMIN, "'%s' is the account of the server's owner: it %s", name, what);
}

static int sign_out(struct turn *t, const struct account_row *row, struct err *e)
{
    int r = store_credential_trim(t->store, CREDENTIAL_SESSION, row->id, t->now_us, 0, e);
    return r ? r : store_credential_trim(t->store, CREDENTIAL_LINK, row->id, t->now_us, 0, e);
}

static int alter(struct turn *t, const struct who *who, const char *owner, const struct account_change *change,
                 struct account_row *row, struct err *e)
{
    bool less = change->role && change->role != row->role && change->role != ACCOUNT_ADMIN;
    int r = less ? check_owner(owner, row->name, "stays an admin", e) : 0;
    if (r)
        return r;
    row->role = change->role ? change->role : row->role;
    row->password = change->password ? change->password : row->password;
    r = store_account_set(t->store, row, e);
    if (r == 0 && (less || change->password))
        r = sign_out(t, row, e);
    return r ? r : journal_note(t, who, change->password ? "set password" : "set role", NULL, NONE, row->name, e);
}

int account_put(struct turn *t, const struct who *who, const char *owner, const char *name,
                const struct account_change *change, struct arena *a, struct account_row *out, bool *out_made,
                struct err *e)
{
    int r = account_check_name(name, e);
    if (r)
        return r;
    if (!who_may(who, name))
        return forbid("makes accounts", e);
    if (change->role && !who_is_admin(who))
        return forbid("gives roles", e);
    r = store_account_get(t->store, name, a, out, e);
    *out_made = r == STORE_EMPTY;
    if (r == STORE_EMPTY)
        return make(t, who, name, change, a, out, e);
    return r ? r : alter(t, who, owner, change, out, e);
}

int account_remove(struct turn *t, const struct who *who, const char *owner, const char *name, struct err *e)
{
    struct account_row row;
    int64_t queues;
    int r = who_is_admin(who) ? account_find(t, who, name, t->arena, &row, e) : forbid("removes accounts", e);
    if (r == 0)
        r = check_owner(owner, name, "cannot be removed", e);
    if (r == 0)
        r = store_account_queues(t->store, row.id, &queues, e);
    if (r)
        return r;
    if (queues) {
        r = err_refuse(e, ERR_ACCOUNT_IN_USE, "'%s' has queues or sites: %lld", name, (long long)queues);
        err_hint(e, "delete them first, and wait until their tasks are gone");
        return r;
    }
    r = store_account_remove(t->store, row.id, e);
    return r ? r : journal_note(t, who, "remove account", NULL, NONE, name, e);
}

int account_list(struct turn *t, const struct who *who, const char *after, int max, struct arena *a,
                 struct account_row **out_rows, int *out_count, struct err *e)
{
    if (who_is_admin(who))
        return store_account_list(t->store, after, max, a, out_rows, out_count, e);
    *out_rows = arena_alloc(a, sizeof **out_rows);
    *out_count = 0;
    int r = strcmp(after, who->user) < 0 ? store_account_get(t->store, who->user, a, *out_rows, e) : STORE_EMPTY;
    *out_count = r == 0;
    return r == STORE_EMPTY ? 0 : r;
}

int account_welcome(struct turn *t, const char *name, const char *origin, struct arena *a, struct account_row *out,
                    struct err *e)
{
    int r = account_check_name(name, e);
    if (r)
        return r;
    r = store_account_get(t->store, name, a, out, e);
    if (r != STORE_EMPTY)
        return r;
    const struct who newcomer = {.user = name, .origin = origin, .role = ACCOUNT_USER, .scope = SCOPE_ALL};
    return make(t, &newcomer, name, &(struct account_change){0}, a, out, e);
}

static int settle(struct store *s, const char *owner, int64_t now_us, struct arena *a, struct err *e)
{
    struct account_row row;
    int r = store_account_get(s, owner, a, &row, e);
    if (r == STORE_EMPTY) {
        row = (struct account_row){.name = owner, .role = ACCOUNT_ADMIN, .created = now_us};
        return store_account_add(s, &row, e);
    }
    if (r || row.role == ACCOUNT_ADMIN)
        return r;
    row.role = ACCOUNT_ADMIN;
    return store_account_set(s, &row, e);
}

int account_settle_owner(struct store *s, const char *owner, int64_t now_us, struct err *e)
{
    CLEANUP(arena_done) struct arena a = {0};
    int r = store_begin(s, e);
    if (r)
        return r;
    r = settle(s, owner, now_us, &a, e);
    if (r == 0)
        return store_commit(s, now_us, e);
    store_rollback(s);
    return r;
}
