/* The one credential path: whatever a request brings becomes a struct who. The token of the server's owner is known at once;
 * everything else stands in the store, and the turn asks that. Secrets are compared and looked up as BLAKE2b hashes
 * (libsodium), so the time taken tells nothing of them.
 *
 * What may come: 'Authorization: Bearer TOKEN'; 'Authorization: Basic' with a name and its password or one of its tokens (RFC
 * 7617); the cookie of a browser that is signed in; qdo's cookie, a session or a token. A header beats a cookie. */
#include <sodium.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "core/login.h"
#include "web/http_inner.h"
#include "web/session.h"
#include "web/signin.h"
#include "web/tables.h"

void auth_init(struct http *h) { session_hash(h->o.token, h->token_hash); }

static int refuse(const char *why, struct err *e)
{
    int r = err_refuse(e, ERR_UNAUTHORIZED, "%s", why);
    err_hint(e, "send 'Authorization: Bearer TOKEN'; the token is in the file 'token' of the data directory");
    return r;
}

static void note_secret(struct request *r, enum credential_way way, const char *secret)
{
    uint8_t *hash = arena_alloc(&r->arena, CREDENTIAL_HASH_BYTES);
    session_hash(secret, hash);
    r->credential.way = way;
    r->credential.hash = hash;
    r->credential.secret = secret;
}

static bool is_owners(const struct request *r)
{
    return sodium_memcmp(r->credential.hash, r->http->token_hash, CREDENTIAL_HASH_BYTES) == 0;
}

static int note_bearer(struct request *r, const char *given, struct err *e)
{
    note_secret(r, CREDENTIAL_BEARER, given);
    if (is_owners(r))
        r->credential.way = CREDENTIAL_OWNER;
    return 0;
}

/* base64 of "name:secret"; the name holds no colon. A browser that was once asked for them, by a proxy in front of us, sends
 * them along with what pages of other sites have it send, as it does cookies. */
static int note_basic(struct request *r, const char *given, struct err *e)
{
    enum { MOST = LIMIT_USER + 1 + LIMIT_PASSWORD };
    size_t n;
    char *pair = arena_alloc(&r->arena, MOST + 1);
    bool read = sodium_base642bin((unsigned char *)pair, MOST, given, strlen(given), " ", &n, NULL,
                                  sodium_base64_VARIANT_ORIGINAL) == 0;
    if (!read || memchr(pair, '\0', n))
        return refuse("what follows 'Basic' is not base64 of a name and a password", e);
    pair[n] = '\0';
    char *colon = strchr(pair, ':');
    if (!colon)
        return refuse("what follows 'Basic' has no colon between a name and a password", e);
    *colon = '\0';
    note_secret(r, CREDENTIAL_BASIC, colon + 1);
    r->credential.name = pair;
    if (is_owners(r) && strcmp(pair, r->http->o.owner) == 0)
        r->credential.way = CREDENTIAL_OWNER;
    return session_check_site(r, e);
}

static const struct scheme {
    const char *word;
    int (*note)(struct request *r, const char *given, struct err *e);
} SCHEMES[] = {{"Bearer ", note_bearer}, {"Basic ", note_basic}};

static int note_header(struct request *r, const char *given, struct err *e)
{
    for (size_t i = 0; i < COUNT_OF(SCHEMES); i++) {
        size_t n = strlen(SCHEMES[i].word);
        if (strncasecmp(given, SCHEMES[i].word, n) == 0)
            return SCHEMES[i].note(r, given + n, e);
    }
    return refuse("the Authorization header is neither 'Bearer TOKEN' nor 'Basic …'", e);
}

static const struct cookie {
    const char *name;
    enum credential_way way;
} COOKIES[] = {{SESSION_COOKIE, CREDENTIAL_COOKIE}, {SESSION_QDO_KEY, CREDENTIAL_KEY}};

static bool note_cookie(struct request *r)
{
    for (size_t i = 0; i < COUNT_OF(COOKIES); i++) {
        const char *secret = MHD_lookup_connection_value(r->connection, MHD_COOKIE_KIND, COOKIES[i].name);
        if (!secret || !*secret)
            continue;
        note_secret(r, COOKIES[i].way, secret);
        if (COOKIES[i].way == CREDENTIAL_KEY && is_owners(r))
            r->credential.way = CREDENTIAL_OWNER;
        return true;
    }
    return false;
}

/* A page of another site can have a browser send its cookies. */
static int check_cookie(struct request *r, struct err *e)
{
    return note_cookie(r) && r->route->role != ROLE_NONE ? session_check_site(r, e) : 0;
}

int auth_check(struct request *r, struct err *e)
{
    const char *given = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
    bool needed = r->route->role != ROLE_NONE && !(r->route->role == ROLE_LOCAL && r->peer.local);
    bool wanted = needed || r->route->flags & ROUTE_WHO;
    int refused = given && wanted ? note_header(r, given, e) : check_cookie(r, e);
    if (r->route->flags & ROUTE_OPEN) { /* whether it matters, the turn will tell */
        r->credential.way = refused ? CREDENTIAL_NONE : r->credential.way;
        return 0;
    }
    if (!refused && needed && r->credential.way == CREDENTIAL_NONE)
        refused = refuse("this URL needs a token", e);
    if (refused)
        return refused;
    bool noted = r->route->method != GET && !(r->route->flags & ROUTE_RESERVE); /* the rest is in no journal */
    r->who.origin = noted ? peer_address(r) : NULL;
    return 0;
}

static int identify_owner(struct request *r)
{
    r->who.user = r->http->o.owner;
    r->who.role = ACCOUNT_ADMIN;
    r->who.scope = SCOPE_ALL;
    r->who.queue = NONE;
    return 0;
}

/* A token of that name, else a password. */
static int identify_basic(struct request *r, struct turn *t, struct err *e)
{
    const struct credential *c = &r->credential;
    int refused = login_check(t, LOGIN_BY_TOKEN, c->hash, t->arena, &r->who, e);
    if (refused == 0 && strcmp(r->who.user, c->name) == 0)
        return 0;
    return refused < 0 ? refused : signin_check(r, t, c->name, c->secret, NULL, e);
}

int auth_identify(struct request *r, struct turn *t, struct err *e)
{
    r->who.user = NULL;
    switch (r->credential.way) {
    case CREDENTIAL_NONE: return 0;
    case CREDENTIAL_OWNER: return identify_owner(r);
    case CREDENTIAL_BEARER: return login_check(t, LOGIN_BY_TOKEN, r->credential.hash, t->arena, &r->who, e);
    case CREDENTIAL_BASIC: return identify_basic(r, t, e);
    case CREDENTIAL_COOKIE: return login_check(t, LOGIN_BY_SESSION, r->credential.hash, t->arena, &r->who, e);
    case CREDENTIAL_KEY:
        return login_check(t, LOGIN_BY_SESSION | LOGIN_BY_TOKEN, r->credential.hash, t->arena, &r->who, e);
    }
    return 0;
}

int auth_permit(const struct request *r, enum route_role role, struct err *e)
{
    const struct who *who = &r->who;
    if (who->scope == SCOPE_WORKER && role != ROLE_WORKER) {
        int refused = err_refuse(e, ERR_FORBIDDEN, "this token may only work its queue");
        err_hint(e, "that is to claim, renew, give back and finish tasks, and to read the queue");
        return refused;
    }
    if (who->scope == SCOPE_READ && r->route->method != GET && !(r->route->flags & ROUTE_LOOK))
        return err_refuse(e, ERR_FORBIDDEN, "this token may only read");
    if (role == ROLE_ADMIN && !who_is_admin(who))
        return err_refuse(e, ERR_FORBIDDEN, "only an admin may ask that");
    return 0;
}

/* Where nobody need say who they are, runners show what they were told to long ago. */
static int settle_open(struct request *r, struct turn *t, bool *out, struct err *e)
{
    r->who = (struct who){0};
    int failed = tables_open(r, t, out, e);
    if (!failed && !*out && r->credential.way == CREDENTIAL_NONE)
        failed = refuse("this URL needs a name and a password, or a token", e);
    return failed;
}

int auth_settle(struct request *r, struct turn *t, struct err *e)
{
    bool open = false;
    int failed = r->route->flags & ROUTE_OPEN ? settle_open(r, t, &open, e) : 0;
    if (failed || open)
        return failed;
    if (r->route->role == ROLE_NONE || (r->route->role == ROLE_LOCAL && r->credential.way == CREDENTIAL_NONE)) {
        r->who.user = NULL;
        return 0;
    }
    int refused = auth_identify(r, t, e);
    return refused ? refused : auth_permit(r, r->route->role, e);
}
