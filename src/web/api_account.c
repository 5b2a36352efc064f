/* /api/v1/users: who has an account here. */
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "core/account.h"
#include "web/http_inner.h"
#include "web/render.h"
#include "web/signin.h"

struct sent_account {
    const char *role, *password;
};

static const struct json_field ACCOUNT_FIELDS[] = {
    JSON_FIELD(struct sent_account, role, JSON_KIND_TEXT, 1, 20, 0),
    JSON_FIELD(struct sent_account, password, JSON_KIND_TEXT, 1, LIMIT_PASSWORD, 0),
};
const struct json_shape api_account_body = JSON_SHAPE("AccountChange", ACCOUNT_FIELDS);
const struct request_names api_account_list_query = REQUEST_NAMES("cursor");

/* Of a password it is told that there is one. */
static json_t *render_account(const struct account_row *a)
{
    return json_pack("{s:s, s:s, s:b, s:o}", "user", a->name, "role", account_role_word(a->role), "password",
                     a->password != NULL, "created", render_time(a->created));
}

int api_account_list(struct request *r, struct turn *t, struct err *e)
{
    struct account_row *rows;
    int count;
    const char *after = NULL;
    int bad = request_query(r, &api_account_list_query, &after, e);
    if (!bad)
        bad = account_list(t, &r->who, after ? after : "", LIMIT_PAGE, &r->arena, &rows, &count, e);
    if (bad)
        return bad;
    json_t *users = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(users, render_account(&rows[i]));
    return request_answer(r, 200, json_pack("{s:o, s:o}", "users", users, "next",
                                            count == LIMIT_PAGE ? json_string(rows[count - 1].name) : json_null()));
}

int api_account_get(struct request *r, struct turn *t, struct err *e)
{
    struct account_row row;
    int bad = account_find(t, &r->who, r->values.user, &r->arena, &row, e);
    return bad ? bad : request_answer(r, 200, render_account(&row));
}

/* A name that begins a path of ours would take that path's place where a user's name comes first. */
static int check_name(const char *name, struct err *e)
{
    int bad = account_check_name(name, e);
    if (bad || !route_begins_with(name))
        return bad;
    return err_refuse(e, ERR_BAD_NAME, "'%s' is the beginning of URLs of the server, and no user's name", name);
}

static int read_change(struct request *r, struct sent_account *s, struct account_change *out, struct err *e)
{
    const json_t *body;
    int bad = request_json(r, &body, e);
    if (!bad)
        bad = json_read(body, ACCOUNT_FIELDS, COUNT_OF(ACCOUNT_FIELDS), (struct json_place){0}, s, e);
    if (bad)
        return bad;
    out->role = s->role ? account_role_from(s->role) : 0;
    return s->role && !out->role ? err_refuse(e, ERR_BAD_FIELD, "role must be \"admin\" or \"user\"") : 0;
}

/* May they at all? Asked before a password is hashed, which takes a while. */
static int check_may(struct request *r, struct err *e)
{
    if (who_may(&r->who, r->values.user))
        return 0;
    return err_refuse(e, ERR_FORBIDDEN, "only an admin makes accounts, or changes those of others");
}

int api_account_put(struct request *r, struct turn *t, struct err *e)
{
    struct sent_account s = {0};
    struct account_change change = {0};
    struct account_row row;
    bool made;
    int bad = read_change(r, &s, &change, e);
    if (!bad)
        bad = check_may(r, e);
    if (!bad)
        bad = check_name(r->values.user, e);
    if (!bad && s.password)
        bad = signin_hash(r, s.password, &change.password, e);
    if (!bad)
        bad = account_put(t, &r->who, r->http->o.owner, r->values.user, &change, &r->arena, &row, &made, e);
    return bad ? bad : request_answer(r, made ? 201 : 200, render_account(&row));
}

int api_account_remove(struct request *r, struct turn *t, struct err *e)
{
    int bad = account_remove(t, &r->who, r->http->o.owner, r->values.user, e);
    return bad ? bad : request_answer(r, 200, json_object());
}
