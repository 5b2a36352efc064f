/* The cookie is out of reach for scripts (HttpOnly), is not sent along with what other sites post (SameSite=Lax), goes only
 * to our own paths, and only over TLS where the browser came over TLS, be it to a proxy (Secure). */
#include "web/session.h"

#include <inttypes.h>
#include <microhttpd.h>
#include <sodium.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "core/login.h"
#include "web/signin.h"

void session_hash(const char *secret, uint8_t out_hash[CREDENTIAL_HASH_BYTES])
{
    crypto_generichash(out_hash, CREDENTIAL_HASH_BYTES, (const unsigned char *)secret, strlen(secret), NULL, 0);
}

void session_draw(char out_secret[SESSION_SECRET_CHARS + 1], uint8_t out_hash[CREDENTIAL_HASH_BYTES])
{
    unsigned char bytes[SESSION_SECRET_CHARS * 3 / 4];
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2base64(out_secret, SESSION_SECRET_CHARS + 1, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    session_hash(out_secret, out_hash);
}

/* Is the origin of this host, whatever the scheme? What a proxy in between makes of the scheme is its own affair. */
static bool is_own(const char *origin, const char *host)
{
    const char *from = strstr(origin, "://");
    return from && host && strcasecmp(from + 3, host) == 0;
}

int session_check_site(const struct request *r, struct err *e)
{
    const char *site = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Sec-Fetch-Site");
    const char *origin = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Origin");
    if (r->route->method == GET)
        return 0;
    bool own = site ? strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0
                    : !origin || is_own(origin, r->peer.host);
    if (own)
        return 0;
    int refused = err_refuse(e, ERR_CROSS_SITE, "a page of another site sent this, and a browser that is signed in here");
    err_hint(e, "programs send 'Authorization: Bearer TOKEN' instead of the cookie");
    return refused;
}

/* A path without a slash at its end holds for itself and for what stands below it (RFC 6265, 5.1.4); with one it would not for
 * itself, and that is what people type. */
void session_set_cookie(struct request *r, const char *name, const char *value, int64_t seconds)
{
    const char *base = request_path(r, "");
    const char *cookie = arena_printf(&r->arena, "%s=%s; Path=%s; Max-Age=%" PRId64 "; HttpOnly; SameSite=Lax%s", name,
                                      value ? value : "", *base ? base : "/", value ? seconds : (int64_t)0,
                                      r->peer.secure ? "; Secure" : "");
    request_header(r, MHD_HTTP_HEADER_SET_COOKIE, cookie);
}

int session_open(struct request *r, struct turn *t, const char *name, const char *password, char out_secret[SESSION_SECRET_CHARS + 1],
                 int64_t *out_ends, struct err *e)
{
    uint8_t session[CREDENTIAL_HASH_BYTES];
    int64_t seconds;
    int bad = session_check_site(r, e);
    if (!bad)
        bad = signin_check(r, t, name, password, &seconds, e);
    if (bad)
        return bad;
    session_draw(out_secret, session);
    r->who.origin = peer_address(r);
    bad = login_open(t, &r->who, session, seconds, "by a password", out_ends, e);
    if (!bad)
        session_set_cookie(r, SESSION_COOKIE, arena_strdup(&r->arena, out_secret), (*out_ends - t->now_us) / CLOCK_SECOND);
    return bad;
}

int session_close(struct request *r, struct turn *t, struct err *e)
{
    enum credential_way way = r->credential.way;
    bool kept = way == CREDENTIAL_COOKIE || way == CREDENTIAL_KEY;
    int bad = kept ? login_end(t, &r->who, r->credential.hash, e) : 0;
    if (bad)
        return bad;
    session_set_cookie(r, SESSION_COOKIE, NULL, 0);
    session_set_cookie(r, SESSION_QDO_KEY, NULL, 0);
    session_set_cookie(r, SESSION_QDO_USER, NULL, 0);
    return 0;
}
