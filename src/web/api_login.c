/* /api/v1/users/{user}/links: letting people in. */
#include "core/login.h"
#include "web/http_inner.h"
#include "web/render.h"
#include "web/session.h"

/* The link is told once, here; what is kept of it is its hash. */
int api_link_make(struct request *r, struct turn *t, struct err *e)
{
    char secret[SESSION_SECRET_CHARS + 1];
    uint8_t hash[CREDENTIAL_HASH_BYTES];
    int64_t ends;
    int bad = request_no_fields(r, e);
    if (bad)
        return bad;
    session_draw(secret, hash);
    bad = login_offer(t, &r->who, r->values.user, hash, &ends, e);
    if (bad)
        return bad;
    const char *path = arena_printf(&r->arena, "/login?link=%s", secret), *advertised = r->http->o.advertise;
    const char *url = advertised && *advertised ? arena_printf(&r->arena, "%s%s", advertised, path) : request_url(r, path);
    return request_answer(r, 201, json_pack("{s:s, s:s, s:o}", "user", r->values.user, "url", url, "until", render_time(ends)));
}
