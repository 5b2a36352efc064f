/* What qdo's clients send: requests.post(url, data) sends a form, json= sends JSON. A form becomes the JSON that says the same,
 * by the table that it is read by afterwards; so there is one reader and one way to refuse. */
#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "web/peer.h"
#include "web/qdo.h"

struct form_reading {
    const struct json_shape *shape;
    json_t *object;
    struct err *e;
    int refused; /* of the query: its reader cannot hand it on */
};

static const struct json_field *field_of(const struct json_shape *shape, const char *name)
{
    for (size_t i = 0; i < shape->count; i++)
        if (strcmp(shape->fields[i].name, name) == 0)
            return &shape->fields[i];
    return NULL;
}

/* Text as the JSON number it spells, or as itself: then it is refused as no number. */
static json_t *number_of(const char *text)
{
    char *end;
    errno = 0;
    long long n = strtoll(text, &end, 10);
    bool good = (*text == '-' || (*text >= '0' && *text <= '9')) && !*end && !errno;
    return good ? json_integer(n) : json_string(text);
}

static json_t *truth_of(const char *text)
{
    bool on = strcmp(text, "1") == 0 || strcasecmp(text, "true") == 0;
    bool off = strcmp(text, "0") == 0 || strcasecmp(text, "false") == 0;
    return on || off ? json_boolean(on) : json_string(text);
}

/* A JSON value in a form is its text. */
static int value_of(const struct json_field *f, const char *text, size_t n, json_t **out, struct err *e)
{
    bool number = f && (f->kind == JSON_KIND_INT || (f->of && f->of->kind == JSON_KIND_INT));
    if (!text_is_utf8(text, n) || strlen(text) != n)
        return err_refuse(e, ERR_BAD_FIELD, "%s must be UTF-8 without NUL", f ? f->name : "a field");
    if (f && f->kind == JSON_KIND_ANY)
        return json_parse(text, n, out, e);
    *out = number ? number_of(text) : f && f->kind == JSON_KIND_BOOL ? truth_of(text) : json_stringn(text, n);
    return 0;
}

static int put_value(struct form_reading *f, const struct json_field *field, const char *name, json_t *value)
{
    json_t *before = json_object_get(f->object, name);
    bool list = field && field->kind == JSON_KIND_ARRAY;
    if (list && before) {
        json_array_append_new(before, value);
        return 0;
    }
    if (before) {
        json_decref(value);
        return err_refuse(f->e, ERR_BAD_FIELD, "%s is given more than once", name);
    }
    json_object_set_new(f->object, name, list ? json_pack("[o]", value) : value);
    return 0;
}

/* One that is not known is put there as well: whoever reads the object names it. */
static int take_field(void *arg, const char *name, const char *text, size_t n, struct err *e)
{
    struct form_reading *f = arg;
    const struct json_field *field = field_of(f->shape, name);
    json_t *value;
    if (!text_is_utf8(name, strlen(name)))
        return err_refuse(e, ERR_UNKNOWN_FIELD, "the name of a field is not UTF-8");
    int bad = value_of(field, text, n, &value, e);
    return bad ? bad : put_value(f, field, field ? field->name : name, value);
}

static enum MHD_Result on_argument(void *arg, enum MHD_ValueKind kind, const char *name, const char *text)
{
    struct form_reading *f = arg;
    f->refused = take_field(f, name, text ? text : "", text ? strlen(text) : 0, f->e);
    return f->refused ? MHD_NO : MHD_YES;
}

/* The body as an object; it may be read again in another turn. */
static int read_body(struct request *r, const struct json_shape *shape, bool query, struct err *e)
{
    const json_t *body;
    struct form_reading f = {.shape = shape, .e = e};
    int bad = 0;
    if (r->json)
        return 0;
    if (r->form) {
        r->json = f.object = json_object();
        bad = request_each_field(r, take_field, &f, e);
    } else {
        bad = request_json(r, &body, e);
        f.object = r->json;
    }
    if (!bad && query && json_is_object(f.object)) {
        MHD_get_connection_values(r->connection, MHD_GET_ARGUMENT_KIND, on_argument, &f);
        bad = f.refused;
    }
    return bad;
}

int qdo_read(struct request *r, const struct json_shape *shape, bool query, void *out, struct err *e)
{
    static const struct request_names NO_PARAMETERS;
    int bad = query ? 0 : request_query(r, &NO_PARAMETERS, NULL, e);
    if (!bad)
        bad = read_body(r, shape, query, e);
    return bad ? bad : json_read(r->json, shape->fields, shape->count, (struct json_place){0}, out, e);
}

int qdo_read_nothing(struct request *r, struct err *e) { return qdo_read(r, &request_nothing, false, NULL, e); }

int qdo_queue(struct request *r, struct turn *t, struct queue_row *out, struct err *e)
{
    struct queue_ref ref = request_queue(r);
    return queue_find(t, &r->who, &ref, &r->arena, out, e);
}

const char *qdo_worker(struct request *r)
{
    const char *address = peer_address(r);
    return arena_printf(&r->arena, "%s@%s", r->who.user, address ? address : "unknown");
}
