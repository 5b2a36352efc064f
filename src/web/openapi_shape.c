/* JSON Schema of the tables that bodies are read by. It allows whatever the reader takes: bounds in bytes become bounds
 * in characters that are never tighter, and what only code can check (a command or a payload) is left open. */
#include "base/cleanup.h"
#include "web/openapi.h"

static const struct {
    const char *type, *format;
} KINDS[] = {
    [JSON_KIND_TEXT] = {"string", NULL},       [JSON_KIND_INT] = {"integer", "int64"},
    [JSON_KIND_BOOL] = {"boolean", NULL},      [JSON_KIND_SWITCH] = {"boolean", NULL},
    [JSON_KIND_SECONDS] = {"number", NULL},    [JSON_KIND_TIME] = {"string", "date-time"},
    [JSON_KIND_ARRAY] = {"array", NULL},       [JSON_KIND_OBJECT] = {"object", NULL},
    [JSON_KIND_ANY] = {NULL, NULL},
};

json_t *openapi_ref(const char *kind, const char *name)
{
    return json_pack("{s:o}", "$ref", json_sprintf("#/components/%s/%s", kind, name));
}

/* Where JSON Schema keeps the bounds of a kind; NULL where it has none. */
static const char *least_name(enum json_kind kind)
{
    return kind == JSON_KIND_TEXT ? "minLength" : kind == JSON_KIND_ARRAY ? "minItems" : "minimum";
}

static const char *most_name(enum json_kind kind)
{
    return kind == JSON_KIND_TEXT ? "maxLength" : kind == JSON_KIND_ARRAY ? "maxItems" : "maximum";
}

static void set_bounds(json_t *schema, const struct json_field *f)
{
    bool bounded = f->kind == JSON_KIND_TEXT || f->kind == JSON_KIND_INT || f->kind == JSON_KIND_SECONDS ||
                   f->kind == JSON_KIND_ARRAY;
    if (!bounded)
        return;
    enum { CHARACTER_BYTES = 4 }; /* at most */
    int64_t least = f->kind == JSON_KIND_TEXT ? (f->min + CHARACTER_BYTES - 1) / CHARACTER_BYTES : f->min;
    json_object_set_new(schema, least_name(f->kind), json_integer(least));
    if (f->max != INT64_MAX)
        json_object_set_new(schema, most_name(f->kind), json_integer(f->max));
}

/* Text, null, or an object of a shape. */
static json_t *text_or(json_t *schemas, const struct json_shape *shape)
{
    return json_pack("{s:[{s:[s, s]}, o]}", "anyOf", "type", "string", "null", openapi_shape(schemas, shape));
}

static json_t *field_schema(json_t *schemas, const struct json_field *f)
{
    const char *type = KINDS[f->kind].type, *format = KINDS[f->kind].format;
    json_t *schema = json_object();
    if (f->kind == JSON_KIND_ANY && f->of) {
        json_decref(schema);
        return text_or(schemas, f->of);
    }
    if (type && f->flags & JSON_NULLABLE)
        json_object_set_new(schema, "type", json_pack("[s, s]", type, "null"));
    else if (type)
        json_object_set_new(schema, "type", json_string(type));
    if (format)
        json_object_set_new(schema, "format", json_string(format));
    set_bounds(schema, f);
    if (f->kind == JSON_KIND_ARRAY && f->of)
        json_object_set_new(schema, "items", openapi_shape(schemas, f->of));
    return schema;
}

static json_t *object_schema(json_t *schemas, const struct json_shape *shape)
{
    json_t *properties = json_object(), *required = json_array();
    for (size_t i = 0; i < shape->count; i++) {
        const struct json_field *f = &shape->fields[i];
        json_object_set_new(properties, f->name, field_schema(schemas, f));
        if (f->flags & JSON_REQUIRED)
            json_array_append_new(required, json_string(f->name));
    }
    return json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties", properties, "required", required,
                     "additionalProperties", 0);
}

json_t *openapi_shape(json_t *schemas, const struct json_shape *shape)
{
    if (!json_object_get(schemas, shape->name)) {
        json_t *schema = shape->kind == JSON_KIND_OBJECT
                             ? object_schema(schemas, shape)
                             : json_pack("{s:s, s:s, s:i}", "type", "integer", "format", "int64", "minimum", 1);
        json_object_set_new(schemas, shape->name, schema);
    }
    if (!shape->other)
        return openapi_ref("schemas", shape->name);
    return json_pack("{s:[o, o]}", "oneOf", openapi_ref("schemas", shape->name), openapi_shape(schemas, shape->other));
}
