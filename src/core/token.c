/* See token.h. */
#include "core/token.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "core/account.h"
#include "core/journal.h"

static const struct scope {
    enum credential_scope scope;
    const char *word;
} SCOPES[] = {{SCOPE_ALL, "all"}, {SCOPE_READ, "read-only"}, {SCOPE_WORKER, "worker"}};

const char *token_scope_word(enum credential_scope scope)
{
    for (size_t i = 0; i < COUNT_OF(SCOPES); i++)
        if (SCOPES[i].scope == scope)
            return SCOPES[i].word;
    return "unknown";
}

enum credential_scope token_scope_from(const char *word)
{
    for (size_t i = 0; i < COUNT_OF(SCOPES); i++)
        if (strcmp(SCOPES[i].word, word) == 0)
            return SCOPES[i].scope;
    return 0;
}

void token_id(const struct credential_row *c, char out[TOKEN_ID_CHARS + 1])
{
    for (int i = 0; i < TOKEN_ID_CHARS / 2; i++)
        snprintf(out + 2 * i, 3, "%02x", c->hash[i]);
}

static int account_of(struct turn *t, const struct who *who, const char *user, struct arena *a,
                      struct account_row *out, struct err *e)
{
    return account_find(t, who, user ? user : who->user, a, out, e);
}

/* The queue is one that the token's account may work, whoever makes the token. */
static int find_queue(struct turn *t, const struct who *who, const struct token_ask *ask,
                      const struct account_row *account, struct arena *a, struct credential_row *row, struct err *e)
{
    struct queue_row q;
    const struct who holder = {.user = account->name, .role = account->role, .scope = SCOPE_ALL};
    struct queue_ref ref = ask->queue;
    ref.owner = ref.owner ? ref.owner : account->name;
    int r = queue_find(t, who, &ref, a, &q, e);
    if (r == 0)
        r = queue_find(t, &holder, &ref, a, &q, e);
    if (r)
        return r;
    row->queue = q.id;
    row->queue_owner = q.owner;
    row->queue_name = q.name;
    return 0;
}

static int refuse_more(int64_t count, struct err *e)
{
    int r = err_refuse(e, ERR_TOO_MANY, "this account has %lld tokens", (long long)count);
    err_hint(e, "remove those that nobody uses: docket token list");
    return r;
}

static int check_room(struct turn *t, int64_t account, struct arena *a, struct err *e)
{
    struct credential_row *rows;
    int count;
    int r = store_credential_list(t->store, CREDENTIAL_TOKEN, account, t->now_us, LIMIT_TOKENS, a, &rows, &count, e);
    return r ? r : count >= LIMIT_TOKENS ? refuse_more(count, e) : 0;
}

static int note(struct turn *t, const struct who *who, const char *what, const struct credential_row *c, struct err *e)
{
    char id[TOKEN_ID_CHARS + 1];
    token_id(c, id);
    const char *detail = arena_printf(t->arena, "%s of %s, %s%s%s", id, c->user, token_scope_word(c->scope),
                                      c->queue_name ? " of " : "", c->queue_name ? c->queue_name : "");
    return journal_note(t, who, what, NULL, NONE, detail, e);
}

int token_make(struct turn *t, const struct who *who, const struct token_ask *ask,
               const uint8_t hash[CREDENTIAL_HASH_BYTES], struct arena *a, struct credential_row *out, struct err *e)
{
    struct account_row account;
    if (who->scope != SCOPE_ALL)
        return err_refuse(e, ERR_FORBIDDEN, "a token that may not do everything makes no tokens");
    int r = account_of(t, who, ask->user, a, &account, e);
    if (r)
        return r;
    *out = (struct credential_row){.kind = CREDENTIAL_TOKEN, .account = account.id, .user = account.name,
                                   .role = account.role, .scope = ask->scope, .queue = NONE, .note = ask->note,
                                   .made = t->now_us, .ends = CREDENTIAL_FOREVER};
    memcpy(out->hash, hash, sizeof out->hash);
    if (ask->seconds != NONE)
        out->ends = t->now_us + ask->seconds * CLOCK_SECOND;
    r = ask->scope == SCOPE_WORKER ? find_queue(t, who, ask, &account, a, out, e) : 0;
    if (r == 0)
        r = check_room(t, account.id, a, e);
    if (r == 0)
        r = store_credential_trim(t->store, CREDENTIAL_TOKEN, account.id, t->now_us, LIMIT_TOKENS, e);
    if (r == 0)
        r = store_credential_add(t->store, out, e);
    return r ? r : note(t, who, "make token", out, e);
}

int token_list(struct turn *t, const struct who *who, const char *user, struct arena *a,
               struct credential_row **out_rows, int *out_count, struct err *e)
{
    struct account_row account;
    int r = account_of(t, who, user, a, &account, e);
    if (r)
        return r;
    return store_credential_list(t->store, CREDENTIAL_TOKEN, account.id, t->now_us, LIMIT_TOKENS, a, out_rows,
                                 out_count, e);
}

int token_remove(struct turn *t, const struct who *who, const char *user, const char *id, struct err *e)
{
    struct credential_row *rows;
    char name[TOKEN_ID_CHARS + 1];
    int count;
    int r = token_list(t, who, user, t->arena, &rows, &count, e);
    for (int i = 0; r == 0 && i < count; i++) {
        token_id(&rows[i], name);
        if (strcmp(name, id) != 0)
            continue;
        r = store_credential_remove(t->store, CREDENTIAL_TOKEN, rows[i].hash, e);
        return r ? r : note(t, who, "remove token", &rows[i], e);
    }
    return r ? r : err_refuse(e, ERR_TOKEN_NOT_FOUND, "there is no token '%.20s'", id);
}
