/* The document is put together from what already decides: a path and an operation per row of route.def, its body from
 * the table that reads it, problems from errors.def. Only what answers look like is told by hand, in openapi.json, as
 * are the parameters; a test holds both against a running server. A row that is missing leaves a hole that the test
 * names. */
#include "web/openapi.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "web/read_task.h"
#include "web/route.h"

enum { ANSWERS_MAX = 4 };
extern const char OPENAPI_JSON[]; /* made of openapi.json by the build */

const struct json_shape openapi_no_body;
const struct request_names openapi_no_query;

#define X(handler, body, query, ...)     \
    extern const struct json_shape body; \
    extern const struct request_names query;
#include "web/openapi.def"
#undef X

struct answer {
    int status;
    const char *schema, *media;
};
#define ANSWER(status, schema) {status, #schema, "application/json"}
#define MEDIA(status, media) {status, NULL, media}
#define RAW "application/octet-stream"

static const struct told {
    route_fn *handler;
    const struct json_shape *body;
    const struct request_names *query;
    struct answer answers[ANSWERS_MAX];
} TOLD[] = {
#define X(handler, body, query, ...) {handler, &body, &query, {__VA_ARGS__}},
#include "web/openapi.def"
#undef X
};

/* The words of each row of route.def. */
static const struct {
    const char *method, *handler, *role;
} WORDS[] = {
#define X(method, path, role, flags, handler, what) {#method, #handler, #role},
#include "web/route.def"
#undef X
};

static const struct told *find_told(route_fn *handler)
{
    static const struct told NOTHING = {.body = &openapi_no_body, .query = &openapi_no_query};
    for (size_t i = 0; i < COUNT_OF(TOLD); i++)
        if (TOLD[i].handler == handler)
            return &TOLD[i];
    return &NOTHING;
}

/* "GET" as "get", in out; returns out. */
static const char *small(const char *word, char out[16])
{
    size_t i = 0;
    for (; word[i] && i < 15; i++)
        out[i] = (char)tolower((unsigned char)word[i]);
    out[i] = '\0';
    return out;
}

/* A parameter as known tells of it: of this handler's by "HANDLER.NAME", else by its name. */
static json_t *parameter(const json_t *known, const char *in, const char *handler, const char *name)
{
    CLEANUP(buf_done) struct buf own = {0};
    buf_printf(&own, "%s.%s", handler, name);
    const json_t *all = json_object_get(known, in), *told = json_object_get(all, buf_text(&own));
    if (!told)
        told = json_object_get(all, name);
    json_t *made = json_pack("{s:s, s:s}", "name", name, "in", in);
    if (strcmp(in, "path") == 0)
        json_object_set_new(made, "required", json_true());
    if (told)
        json_object_update(made, (json_t *)told);
    return made;
}

static json_t *path_parameters(const json_t *known, const char *path, const char *handler)
{
    json_t *parameters = json_array();
    for (const char *at = path; (at = strchr(at, '{')); at++) {
        CLEANUP(buf_done) struct buf name = {0};
        buf_add(&name, at + 1, strcspn(at + 1, "}"));
        json_array_append_new(parameters, parameter(known, "path", handler, buf_text(&name)));
    }
    return parameters;
}

static json_t *query_parameters(const json_t *known, const struct request_names *query, const char *handler)
{
    json_t *parameters = json_array();
    for (int i = 0; i < query->count; i++)
        json_array_append_new(parameters, parameter(known, "query", handler, query->names[i]));
    return parameters;
}

/* A body of lines, of bytes, of a form, or of JSON. */
static json_t *request_body(json_t *schemas, const struct json_shape *shape, int flags)
{
    if (shape->kind == JSON_KIND_ANY)
        return json_pack("{s:{s:{}}}", "content", flags & ROUTE_NDJSON ? "application/x-ndjson" : RAW);
    json_t *content = json_object(), *body = json_pack("{s:o}", "content", content);
    const char *media = flags & ROUTE_FORM ? "application/x-www-form-urlencoded" : "application/json";
    if (flags & ROUTE_JSON || !(flags & ROUTE_NDJSON))
        json_object_set_new(content, media, json_pack("{s:o}", "schema", openapi_shape(schemas, shape)));
    if (flags & ROUTE_NDJSON) {
        json_object_set_new(body, "description", json_string("of lines: an object of x-line in each"));
        json_object_set_new(content, "application/x-ndjson",
                            json_pack("{s:{s:s}, s:o}", "schema", "type", "string", "x-line",
                                      openapi_shape(schemas, flags & ROUTE_JSON ? &read_task_shape : shape)));
    }
    return body;
}

static json_t *response(const json_t *schemas, const struct answer *a)
{
    const char *words = NULL;
    json_t *schema = json_object();
    if (a->schema) {
        words = json_string_value(json_object_get(json_object_get(schemas, a->schema), "description"));
        json_object_set_new(schema, "schema", openapi_ref("schemas", a->schema));
    }
    return json_pack("{s:s, s:{s:o}}", "description", words ? words : a->media, "content", a->media, schema);
}

static json_t *responses(const json_t *schemas, const struct told *told)
{
    json_t *all = json_object();
    for (int i = 0; i < ANSWERS_MAX && told->answers[i].status; i++) {
        char status[16];
        snprintf(status, sizeof status, "%d", told->answers[i].status);
        json_t *made = response(schemas, &told->answers[i]), *other = json_object_get(all, status);
        if (other) /* the same status with another media type */
            json_object_update(json_object_get(other, "content"), json_object_get(made, "content"));
        else
            json_object_set(all, status, made);
        json_decref(made);
    }
    json_object_set_new(all, "4XX", openapi_ref("responses", "Refused"));
    json_object_set_new(all, "5XX", openapi_ref("responses", "Failed"));
    return all;
}

static json_t *operation(const json_t *known, json_t *schemas, int i)
{
    static const char ROLE[] = "ROLE_";
    const struct route *route = &ROUTES[i];
    const struct told *told = find_told(route->handler);
    char role[16];
    json_t *made = json_pack("{s:s, s:s, s:o, s:o}", "operationId", WORDS[i].handler, "summary", route->what,
                             "parameters", query_parameters(known, told->query, WORDS[i].handler), "responses",
                             responses(schemas, told));
    json_object_set_new(made, "x-role", json_string(small(WORDS[i].role + sizeof ROLE - 1, role)));
    if (route->role == ROLE_NONE)
        json_object_set_new(made, "security", json_array());
    if (route->role == ROLE_LOCAL) /* from this machine without */
        json_object_set_new(made, "security", json_pack("[{}, {s:[]}]", "bearer"));
    if (told->body->name)
        json_object_set_new(made, "requestBody", request_body(schemas, told->body, route->flags));
    return made;
}

static json_t *paths(const json_t *known, json_t *schemas)
{
    json_t *all = json_object();
    for (int i = 0; i < ROUTE_COUNT; i++) {
        if (ROUTES[i].flags & ROUTE_FACE)
            continue;
        json_t *item = json_object_get(all, ROUTES[i].path);
        if (!item) {
            item = json_pack("{s:o}", "parameters", path_parameters(known, ROUTES[i].path, WORDS[i].handler));
            json_object_set_new(all, ROUTES[i].path, item);
        }
        char method[16];
        json_object_set_new(item, small(WORDS[i].method, method), operation(known, schemas, i));
    }
    return all;
}

static json_t *refusal(const char *words)
{
    return json_pack("{s:s, s:{s:{s:o}}}", "description", words, "content", "application/problem+json", "schema",
                     openapi_ref("schemas", "Problem"));
}

/* Each of the ways to come in is enough. */
static json_t *security(const json_t *schemes)
{
    const char *name;
    json_t *scheme, *all = json_array();
    json_object_foreach ((json_t *)schemes, name, scheme)
        json_array_append_new(all, json_pack("{s:[]}", name));
    return all;
}

json_t *openapi_document(const char *url)
{
    CLEANUP(json_drop) json_t *known = json_loads(OPENAPI_JSON, JSON_REJECT_DUPLICATES, NULL);
    json_t *schemas = json_deep_copy(json_object_get(known, "schemas"));
    json_t *schemes = json_object_get(known, "securitySchemes");
    openapi_words(schemas);
    json_t *info = json_deep_copy(json_object_get(known, "info"));
    json_object_set_new(info, "version", json_string(DOCKET_VERSION));
    json_t *made = json_pack("{s:s, s:o, s:o, s:o}", "openapi", "3.1.0", "info", info, "security", security(schemes),
                             "paths", paths(known, schemas));
    json_object_set_new(made, "servers", json_pack("[{s:s}]", "url", url));
    json_object_set_new(made, "components",
                        json_pack("{s:o, s:O, s:{s:o, s:o}}", "schemas", schemas, "securitySchemes", schemes,
                                  "responses", "Refused", refusal("it was refused"), "Failed",
                                  refusal("the server failed, has no room or no time")));
    return made;
}

int openapi_get(struct request *r, struct turn *t, struct err *e)
{
    return request_answer(r, 200, openapi_document(request_url(r, "")));
}
