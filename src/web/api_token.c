/* /api/v1/tokens: what programs come in by. A secret is told once, in the answer to whoever made it. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "core/token.h"
#include "web/http_inner.h"
#include "web/render.h"
#include "web/session.h"

/* So that a token is known for one wherever it turns up. */
#define TOKEN_PREFIX "dkt_"

struct sent_token {
    const char *user, *scope, *owner, *queue, *note;
    int64_t expires_seconds;
};

static const struct json_field TOKEN_FIELDS[] = {
    JSON_FIELD(struct sent_token, user, JSON_KIND_TEXT, 1, LIMIT_USER, 0),
    JSON_FIELD(struct sent_token, scope, JSON_KIND_TEXT, 1, 20, 0),
    JSON_FIELD(struct sent_token, owner, JSON_KIND_TEXT, 1, LIMIT_USER, 0),
    JSON_FIELD(struct sent_token, queue, JSON_KIND_TEXT, 1, LIMIT_NAME, 0),
    JSON_FIELD(struct sent_token, expires_seconds, JSON_KIND_INT, 1, LIMIT_TOKEN_SECONDS, 0),
    JSON_FIELD(struct sent_token, note, JSON_KIND_TEXT, 0, LIMIT_NOTE, 0),
};
const struct json_shape api_token_body = JSON_SHAPE("TokenAsk", TOKEN_FIELDS);
const struct request_names api_token_query = REQUEST_NAMES("user");

static json_t *render_token(const struct credential_row *c)
{
    char id[TOKEN_ID_CHARS + 1];
    token_id(c, id);
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "id", id, "user", c->user, "scope",
                     token_scope_word(c->scope), "owner", render_text(c->queue_owner), "queue",
                     render_text(c->queue_name), "note", render_text(c->note), "created", render_time(c->made), "expires",
                     render_time(c->ends == CREDENTIAL_FOREVER ? NONE : c->ends));
}

/* A queue goes with the scope worker, and only with it. */
static int read_ask(struct request *r, struct sent_token *s, struct token_ask *out, struct err *e)
{
    const json_t *body;
    int bad = request_json(r, &body, e);
    if (!bad)
        bad = json_read(body, TOKEN_FIELDS, COUNT_OF(TOKEN_FIELDS), (struct json_place){0}, s, e);
    if (bad)
        return bad;
    *out = (struct token_ask){.user = s->user, .scope = s->scope ? token_scope_from(s->scope) : SCOPE_ALL,
                              .queue = {s->owner, s->queue}, .seconds = s->expires_seconds, .note = s->note};
    if (!out->scope)
        return err_refuse(e, ERR_BAD_FIELD, "scope must be \"all\", \"read-only\" or \"worker\"");
    if ((out->scope == SCOPE_WORKER) != (s->queue != NULL) || (s->owner && !s->queue))
        return err_refuse(e, ERR_BAD_FIELD, "a queue goes with the scope \"worker\", which needs one");
    return 0;
}

int api_token_make(struct request *r, struct turn *t, struct err *e)
{
    struct sent_token s = {.expires_seconds = NONE};
    struct token_ask ask;
    struct credential_row row;
    char secret[SESSION_SECRET_CHARS + 1], token[sizeof TOKEN_PREFIX + SESSION_SECRET_CHARS];
    uint8_t hash[CREDENTIAL_HASH_BYTES];
    int bad = read_ask(r, &s, &ask, e);
    if (bad)
        return bad;
    session_draw(secret, hash);
    snprintf(token, sizeof token, TOKEN_PREFIX "%s", secret);
    session_hash(token, hash);
    bad = token_make(t, &r->who, &ask, hash, &r->arena, &row, e);
    if (bad)
        return bad;
    json_t *answer = render_token(&row);
    json_object_set_new(answer, "token", json_string(token));
    return request_answer(r, 201, answer);
}

int api_token_list(struct request *r, struct turn *t, struct err *e)
{
    struct credential_row *rows;
    int count;
    const char *user = NULL;
    int bad = request_query(r, &api_token_query, &user, e);
    if (!bad)
        bad = token_list(t, &r->who, user, &r->arena, &rows, &count, e);
    if (bad)
        return bad;
    json_t *tokens = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(tokens, render_token(&rows[i]));
    return request_answer(r, 200, json_pack("{s:o}", "tokens", tokens));
}

int api_token_remove(struct request *r, struct turn *t, struct err *e)
{
    const char *user = NULL;
    int bad = request_query(r, &api_token_query, &user, e);
    if (!bad)
        bad = token_remove(t, &r->who, user, r->values.token, e);
    return bad ? bad : request_answer(r, 200, json_object());
}
