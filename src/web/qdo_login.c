/* /site/login: how qdo's clients come in (contract: a POST of username and password answers two cookies, and the same in its
 * body). The key is that of a session; whoever brings a token has one already. */
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "core/login.h"
#include "web/html.h"
#include "web/http_inner.h"
#include "web/render.h"
#include "web/session.h"

static const struct request_names LOGIN_NAMES = REQUEST_NAMES("username", "password");

struct sent_key {
    const char *username, *password;
};
static const struct json_field KEY_FIELDS[] = {
    JSON_FIELD(struct sent_key, username, JSON_KIND_TEXT, 1, LIMIT_USER, JSON_REQUIRED),
    JSON_FIELD(struct sent_key, password, JSON_KIND_TEXT, 1, LIMIT_PASSWORD, JSON_REQUIRED),
};
static const struct json_shape KEY = JSON_SHAPE("QdoLogin", KEY_FIELDS);

static bool is_json(struct request *r)
{
    const char *type = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE);
    return type && strncasecmp(type, "application/json", strlen("application/json")) == 0;
}

static int read_key(struct request *r, struct sent_key *s, struct err *e)
{
    const json_t *body;
    const char *values[] = {NULL, NULL};
    int bad;
    if (is_json(r)) {
        bad = request_json(r, &body, e);
        return bad ? bad : json_read(body, KEY.fields, KEY.count, (struct json_place){0}, s, e);
    }
    bad = request_form(r, &LOGIN_NAMES, values, e);
    *s = (struct sent_key){values[0], values[1]};
    if (!bad && !(s->username && s->password))
        bad = err_refuse(e, ERR_BAD_FIELD, "username and password are needed");
    return bad;
}

/* What the old servers answered, and when the key ends. */
static int answer_key(struct request *r, struct turn *t, const char *key, int64_t ends)
{
    const char *user = r->who.user;
    bool ends_ever = ends != CREDENTIAL_FOREVER;
    int64_t seconds = ends_ever ? (ends - t->now_us) / CLOCK_SECOND : NONE;
    const char *queues = request_url(r, arena_printf(&r->arena, "/%s/queues/", user));
    session_set_cookie(r, SESSION_QDO_KEY, key, ends_ever ? seconds : LOGIN_SESSION_SECONDS);
    session_set_cookie(r, SESSION_QDO_USER, arena_strdup(&r->arena, user), ends_ever ? seconds : LOGIN_SESSION_SECONDS);
    return request_answer(r, 200, json_pack("{s:s, s:s, s:s, s:o, s:o, s:{s:s}}", "qdo_authkey", key, "qdo_username", user,
                                            "username", user, "duration", render_number(seconds), "expiration",
                                            render_time(ends_ever ? ends : NONE), "links", "queues", queues));
}

int qdo_login_post(struct request *r, struct turn *t, struct err *e)
{
    struct sent_key s = {0};
    char secret[SESSION_SECRET_CHARS + 1];
    int64_t ends;
    int bad = read_key(r, &s, e);
    if (!bad)
        bad = session_open(r, t, s.username, s.password, secret, &ends, e);
    return bad ? bad : answer_key(r, t, arena_strdup(&r->arena, secret), ends);
}

static bool is_browser(struct request *r)
{
    const char *accept = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
    return accept && strstr(accept, "text/html");
}

static int show_form(struct request *r)
{
    struct buf *b = html_begin(r, 200, "Sign in to docket");
    html_sign_in(r, b, "/site/login", "username");
    return html_end(r);
}

/* A password, verified already, becomes a key of its own; a token or a session is one. */
static int answer_basic(struct request *r, struct turn *t, struct err *e)
{
    char secret[SESSION_SECRET_CHARS + 1];
    int64_t ends;
    int bad = session_open(r, t, r->credential.name, r->credential.secret, secret, &ends, e);
    return bad ? bad : answer_key(r, t, arena_strdup(&r->arena, secret), ends);
}

int qdo_login_get(struct request *r, struct turn *t, struct err *e)
{
    struct credential_row row;
    int bad = auth_identify(r, t, e);
    if (bad == TURN_AGAIN || bad < 0)
        return bad;
    bool unknown = bad || !r->who.user;
    if (unknown && is_browser(r))
        return show_form(r);
    if (bad)
        return bad;
    if (unknown) {
        bad = err_refuse(e, ERR_UNAUTHORIZED, "nobody has said who they are");
        err_hint(e, "POST username and password here, or send HTTP Basic or a token");
        return bad;
    }
    if (r->credential.way == CREDENTIAL_OWNER)
        return answer_key(r, t, r->credential.secret, CREDENTIAL_FOREVER);
    bad = login_look_up(t, LOGIN_BY_SESSION | LOGIN_BY_TOKEN, r->credential.hash, t->arena, &row, e);
    if (bad == 0 && strcmp(row.user, r->who.user) == 0)
        return answer_key(r, t, r->credential.secret, row.ends);
    return r->credential.way == CREDENTIAL_BASIC && bad >= 0 ? answer_basic(r, t, e) : bad;
}
