/* The one credential path: whatever a request brings becomes a struct who. Programs bring the bearer token of the server's
 * owner, which is judged at once; tokens are compared as BLAKE2b hashes (libsodium), so the time taken tells nothing of them.
 * Browsers bring a cookie; whose it is stands in the store, and only the turn asks that. */
#include <sodium.h>
#include <string.h>
#include <strings.h>

#include "core/login.h"
#include "web/http_inner.h"
#include "web/session.h"

void auth_init(struct http *h)
{
    crypto_generichash(h->token_hash, sizeof h->token_hash, (const unsigned char *)h->o.token, strlen(h->o.token),
                       NULL, 0);
}

static int refuse(const char *why, struct err *e)
{
    int r = err_refuse(e, ERR_UNAUTHORIZED, "%s", why);
    err_hint(e, "send 'Authorization: Bearer TOKEN'; the token is in the file 'token' of the data directory");
    return r;
}

static int check_token(struct request *r, const char *given, struct err *e)
{
    static const char SCHEME[] = "Bearer ";
    unsigned char hash[sizeof r->http->token_hash];
    if (strncasecmp(given, SCHEME, sizeof SCHEME - 1) != 0)
        return refuse("the Authorization header is not of the form 'Bearer TOKEN'", e);
    const char *token = given + sizeof SCHEME - 1;
    crypto_generichash(hash, sizeof hash, (const unsigned char *)token, strlen(token), NULL, 0);
    if (sodium_memcmp(hash, r->http->token_hash, sizeof hash) != 0)
        return refuse("this token is not valid here", e);
    r->who.user = r->http->o.owner;
    return 0;
}

int auth_check(struct request *r, struct err *e)
{
    const char *given = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
    int refused = 0;
    if (given)
        refused = check_token(r, given, e);
    else if (session_note(r))
        refused = session_check_site(r, e);
    else
        refused = refuse("this URL needs a token", e);
    if (refused)
        return refused;
    bool noted = r->route->method != GET && !(r->route->flags & ROUTE_RESERVE); /* the rest is in no journal */
    r->who.origin = noted ? peer_address(r) : NULL;
    return 0;
}

int auth_settle(struct request *r, struct turn *t, struct err *e)
{
    return r->session && r->route->role != ROLE_NONE ? login_check(t, r->session, t->arena, &r->who.user, e) : 0;
}
