/* The pages of a browser: signing in by a link, signing out, and where that leads. Looking at a link does not use it up, for
 * programs that preview messages look at every link; the button does. */
#include "base/cleanup.h"
#include "base/limits.h"
#include "core/login.h"
#include "web/face.h"
#include "web/html.h"
#include "web/http_inner.h"
#include "web/peer.h"
#include "web/qdo.h"
#include "web/session.h"

const struct request_names page_login_query = REQUEST_NAMES("link");

struct sent_sign_in {
    const char *link, *user, *password;
};
static const struct request_names SIGN_IN_NAMES = REQUEST_NAMES("link", "user", "password");
static const struct json_field SIGN_IN_FIELDS[] = {
    JSON_FIELD(struct sent_sign_in, link, JSON_KIND_TEXT, 1, LIMIT_URI, 0),
    JSON_FIELD(struct sent_sign_in, user, JSON_KIND_TEXT, 1, LIMIT_USER, 0),
    JSON_FIELD(struct sent_sign_in, password, JSON_KIND_TEXT, 1, LIMIT_PASSWORD, 0),
};
const struct json_shape page_login_form = JSON_SHAPE("SignIn", SIGN_IN_FIELDS);

/* 303: whatever was posted, what comes next is asked for by GET (RFC 9110, 15.4.4). */
static int go_home(struct request *r)
{
    html_begin(r, 303, "docket");
    request_header(r, "Location", request_path(r, "/"));
    return html_end(r);
}

/* Where nobody's face is on, a program that asks is told what qdo's clients look for. */
int page_home(struct request *r, struct turn *t, struct err *e)
{
    const struct face *face = r->listener->at.face;
    if (face)
        return face->home(r, t, e);
    if (qdo_asks_document(r))
        return qdo_home(r, t, e);
    int bad = auth_identify(r, t, e);
    if (bad == ERR_UNAUTHORIZED || (!bad && !r->who.user))
        return html_ask_who(r);
    if (bad)
        return bad;
    static const char QUEUES[] = "/api/v1/queues", OPENAPI[] = "/api/v1/openapi.json";
    struct buf *b = html_begin(r, 200, "docket");
    buf_puts(b, "<p>You are signed in as <b>");
    html_text(b, r->who.user);
    buf_printf(b, "</b>. Your queues: <a href=\"%s\">/api/v1/queues</a>; all that can be asked: "
                  "<a href=\"%s\">/api/v1/openapi.json</a>.</p>\n", request_path(r, QUEUES), request_path(r, OPENAPI));
    html_button(r, b, "/logout", NULL, NULL, "Sign out");
    return html_end(r);
}

int page_login(struct request *r, struct turn *t, struct err *e)
{
    const char *link = NULL, *user;
    uint8_t hash[CREDENTIAL_HASH_BYTES];
    int bad = request_query(r, &page_login_query, &link, e);
    if (bad)
        return bad;
    if (!link)
        return html_ask_who(r);
    session_hash(link, hash);
    bad = login_look(t, hash, &r->arena, &user, e);
    if (bad)
        return bad;
    struct buf *b = html_begin(r, 200, "Sign in to docket");
    buf_puts(b, "<p>This signs in this browser as <b>");
    html_text(b, user);
    buf_puts(b, "</b>. The link works once.</p>\n");
    html_button(r, b, "/login", "link", link, "Sign in");
    return html_end(r);
}

static int accept_link(struct request *r, struct turn *t, const char *link, struct err *e)
{
    char secret[SESSION_SECRET_CHARS + 1];
    uint8_t link_hash[CREDENTIAL_HASH_BYTES], session[CREDENTIAL_HASH_BYTES];
    session_hash(link, link_hash);
    session_draw(secret, session);
    int bad = login_accept(t, link_hash, session, peer_address(r), &r->arena, &r->who, e);
    if (!bad)
        session_set_cookie(r, SESSION_COOKIE, arena_strdup(&r->arena, secret), LOGIN_SESSION_SECONDS);
    return bad;
}

int page_login_post(struct request *r, struct turn *t, struct err *e)
{
    const char *values[] = {NULL, NULL, NULL};
    char secret[SESSION_SECRET_CHARS + 1];
    int64_t ends;
    int bad = session_check_site(r, e);
    if (!bad)
        bad = request_form(r, &SIGN_IN_NAMES, values, e);
    if (!bad && !values[0] && !(values[1] && values[2]))
        bad = err_refuse(e, ERR_BAD_FIELD, "a link, or a user and a password, are missing");
    if (!bad && values[0])
        bad = accept_link(r, t, values[0], e);
    else if (!bad)
        bad = session_open(r, t, values[1], values[2], secret, &ends, e);
    return bad ? bad : go_home(r);
}

int page_logout(struct request *r, struct turn *t, struct err *e)
{
    int bad = session_close(r, t, e);
    return bad ? bad : go_home(r);
}
