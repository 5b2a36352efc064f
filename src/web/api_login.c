/* /api/v1/login, and links: letting people in, and telling who has come. */
#include "base/cleanup.h"
#include "base/limits.h"
#include "core/account.h"
#include "core/login.h"
#include "core/token.h"
#include "web/http_inner.h"
#include "web/render.h"
#include "web/session.h"

struct sent_login {
    const char *user, *password;
};

static const struct json_field LOGIN_FIELDS[] = {
    JSON_FIELD(struct sent_login, user, JSON_KIND_TEXT, 1, LIMIT_USER, JSON_REQUIRED),
    JSON_FIELD(struct sent_login, password, JSON_KIND_TEXT, 1, LIMIT_PASSWORD, JSON_REQUIRED),
};
const struct json_shape api_login_body = JSON_SHAPE("Login", LOGIN_FIELDS);

static json_t *render_who(struct turn *t, const struct who *who, struct arena *a)
{
    struct queue_row q;
    struct err e;
    bool one = who->scope == SCOPE_WORKER && store_queue_by_id(t->store, who->queue, a, &q, &e) == 0;
    return json_pack("{s:s, s:s, s:s, s:o, s:o}", "user", who->user, "role", account_role_word(who->role), "scope",
                     token_scope_word(who->scope), "owner", render_text(one ? q.owner : NULL), "queue",
                     render_text(one ? q.name : NULL));
}

int api_login_get(struct request *r, struct turn *t, struct err *e)
{
    return request_answer(r, 200, render_who(t, &r->who, &r->arena));
}

int api_login_post(struct request *r, struct turn *t, struct err *e)
{
    struct sent_login s = {0};
    char secret[SESSION_SECRET_CHARS + 1];
    const json_t *body;
    int64_t ends;
    int bad = request_json(r, &body, e);
    if (!bad)
        bad = json_read(body, LOGIN_FIELDS, COUNT_OF(LOGIN_FIELDS), (struct json_place){0}, &s, e);
    if (!bad)
        bad = session_open(r, t, s.user, s.password, secret, &ends, e);
    if (bad)
        return bad;
    json_t *answer = render_who(t, &r->who, &r->arena);
    json_object_set_new(answer, "until", render_time(ends));
    return request_answer(r, 200, answer);
}

/* A session ends; a token goes on until it is removed. */
int api_logout(struct request *r, struct turn *t, struct err *e)
{
    int bad = request_no_fields(r, e);
    if (!bad)
        bad = session_close(r, t, e);
    return bad ? bad : request_answer(r, 200, json_object());
}

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
