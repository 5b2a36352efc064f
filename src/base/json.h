/* JSON at the edge: read strictly into structs by a table of fields, refused with the place and what is wanted
 * ("tasks[17].priority must be an integer"); built with jansson. */
#ifndef DOCKET_BASE_JSON_H
#define DOCKET_BASE_JSON_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum json_kind {
    JSON_KIND_TEXT,    /* const char *: UTF-8 without NUL, min..max bytes */
    JSON_KIND_INT,     /* int64_t, min..max */
    JSON_KIND_BOOL,    /* bool */
    JSON_KIND_SWITCH,  /* int64_t, 1 or 0 from true or false: for what may be left as it is */
    JSON_KIND_SECONDS, /* int64_t µs from a number of seconds (fractions allowed), min..max in seconds */
    JSON_KIND_TIME,    /* int64_t µs from RFC 3339 text */
    JSON_KIND_ARRAY,   /* const json_t *, min..max elements */
    JSON_KIND_OBJECT,  /* const json_t * */
    JSON_KIND_ANY,     /* const json_t *, null included */
};

enum { JSON_REQUIRED = 1, JSON_NULLABLE = 2 };

struct json_shape;

struct json_field {
    const char *name;
    enum json_kind kind;
    size_t offset; /* of the member in the struct filled */
    int64_t min, max;
    int flags;
    const struct json_shape *of; /* what each element of an ARRAY is, or what ANY is but for text or null; NULL: unsaid */
};

#define JSON_FIELD(type, member, kind, min, max, flags) {#member, kind, offsetof(type, member), min, max, flags}
#define JSON_FIELD_OF(type, member, kind, min, max, flags, of) \
    {#member, kind, offsetof(type, member), min, max, flags, of}

/* A table of fields by its name, for who describes what is read with it: an OBJECT of these fields, an INT (a positive
 * one), or ANY bytes. */
struct json_shape {
    const char *name;
    enum json_kind kind;
    const struct json_field *fields;
    size_t count;
    const struct json_shape *other; /* which may stand in its place, or NULL */
};

#define JSON_SHAPE(name, fields) {name, JSON_KIND_OBJECT, fields, COUNT_OF(fields), NULL}

extern const struct json_shape JSON_ID;     /* a positive integer */
extern const struct json_shape JSON_BASE64; /* {"base64": "…"}, as json_get_bytes takes it */

/* Where an object stands, for messages: "array[index]" or, array NULL, the body itself. */
struct json_place {
    const char *array;
    size_t index;
};

/* Fills *out (its defaults set by the caller) from object. A field that is absent (or null, if NULLABLE) leaves its
 * member alone. Texts and json_t are borrowed from object. 0; or ERR_BAD_FIELD, ERR_UNKNOWN_FIELD with the place. */
int json_read(const json_t *object, const struct json_field *fields, size_t count, struct json_place place, void *out,
              struct err *e);

/* Parses one value. 0 and *out_value (a new reference); ERR_BAD_JSON with line and column. Duplicate names refused,
 * at most 32 levels deep. */
int json_parse(const char *bytes, size_t n, json_t **out_value, struct err *e);

/* Compact text of value appended to b. */
void json_write(const json_t *value, struct buf *b);

/* A text (UTF-8) as a JSON string appended to b; NULL: null. */
void json_put_text(struct buf *b, const char *text);

/* A number of seconds that somebody said, in µs: 0 where it is none, and never so many that they could not be added to a
 * time (1e11 s). */
int64_t json_seconds(const json_t *value);

/* For CLEANUP. */
void json_drop(json_t **value);

/* Bytes as JSON: a string if they are UTF-8 without NUL, else {"base64": "…"}. A new reference. */
json_t *json_bytes(const void *bytes, size_t n);

/* The bytes of such a value, in the arena, NUL-ended. 0; ERR_BAD_FIELD naming `name` if it is neither form or holds
 * more than max bytes. */
int json_get_bytes(const json_t *value, const char *name, size_t max, struct arena *a, const char **out_bytes,
                   size_t *out_n, struct err *e);

#endif
