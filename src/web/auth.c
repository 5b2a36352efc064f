/* The one credential path: whatever a request brings becomes a struct who. So far one kind is known, the bearer token of
 * the server's owner. Tokens are compared as BLAKE2b hashes (libsodium), so the time taken tells nothing of them. */
#include <sodium.h>
#include <string.h>
#include <strings.h>

#include "web/http_inner.h"

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

int auth_check(struct request *r, struct err *e)
{
    static const char SCHEME[] = "Bearer ";
    unsigned char hash[sizeof r->http->token_hash];
    const char *given = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
    if (!given)
        return refuse("this URL needs a token", e);
    if (strncasecmp(given, SCHEME, sizeof SCHEME - 1) != 0)
        return refuse("the Authorization header is not of the form 'Bearer TOKEN'", e);
    const char *token = given + sizeof SCHEME - 1;
    crypto_generichash(hash, sizeof hash, (const unsigned char *)token, strlen(token), NULL, 0);
    if (sodium_memcmp(hash, r->http->token_hash, sizeof hash) != 0)
        return refuse("this token is not valid here", e);
    bool noted = r->route->method != GET && !(r->route->flags & ROUTE_RESERVE); /* the rest is in no journal */
    r->who = (struct who){.user = r->http->o.owner, .origin = noted ? peer_address(r) : NULL};
    return 0;
}
