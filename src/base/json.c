/* The JSON edge. Reading is by table: each field says its kind and bounds, and everything else in the object is refused
 * by name, so a misspelt field can never be silently ignored. Bytes that are not text travel as base64 (RFC 4648,
 * libsodium's coder). */
#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"

enum { DEPTH_MAX = 32 };

const struct json_shape JSON_ID = {"Id", JSON_KIND_INT, NULL, 0, NULL};
static const struct json_field BASE64_FIELDS[] = {{"base64", JSON_KIND_TEXT, 0, 0, INT64_MAX, JSON_REQUIRED, NULL}};
const struct json_shape JSON_BASE64 = JSON_SHAPE("Base64", BASE64_FIELDS);

/* The name of a field as the asker sees it. */
static const char *place_name(struct json_place place, const char *field, char *out, size_t n)
{
    if (place.array)
        snprintf(out, n, "%s[%zu].%.100s", place.array, place.index, field);
    else
        snprintf(out, n, "%.100s", field);
    return out;
}

static int bad(const struct json_field *f, struct json_place place, struct err *e, const char *wanted)
{
    char name[256];
    return err_refuse(e, ERR_BAD_FIELD, "%s must be %s", place_name(place, f->name, name, sizeof name), wanted);
}

static int read_text(const struct json_field *f, const json_t *v, struct json_place place, const char **out,
                     struct err *e)
{
    char wanted[96];
    if (!json_is_string(v))
        return bad(f, place, e, "a string");
    size_t n = json_string_length(v);
    if ((int64_t)n < f->min || (int64_t)n > f->max) {
        snprintf(wanted, sizeof wanted, "a string of %" PRId64 " to %" PRId64 " bytes", f->min, f->max);
        return bad(f, place, e, wanted);
    }
    *out = json_string_value(v);
    return 0;
}

static int read_int(const struct json_field *f, const json_t *v, struct json_place place, int64_t *out, struct err *e)
{
    char wanted[96];
    if (!json_is_integer(v))
        return bad(f, place, e, "an integer");
    int64_t n = json_integer_value(v);
    if (n < f->min || n > f->max) {
        snprintf(wanted, sizeof wanted, "an integer from %" PRId64 " to %" PRId64, f->min, f->max);
        return bad(f, place, e, wanted);
    }
    *out = n;
    return 0;
}

static int read_seconds(const struct json_field *f, const json_t *v, struct json_place place, int64_t *out,
                        struct err *e)
{
    char wanted[96];
    double s = json_is_number(v) ? json_number_value(v) : NAN;
    if (!(s >= (double)f->min && s <= (double)f->max)) {
        snprintf(wanted, sizeof wanted, "a number of seconds from %" PRId64 " to %" PRId64, f->min, f->max);
        return bad(f, place, e, wanted);
    }
    *out = (int64_t)llround(s * 1e6);
    return 0;
}

static int read_array(const struct json_field *f, const json_t *v, struct json_place place, const json_t **out,
                      struct err *e)
{
    char name[256];
    if (!json_is_array(v))
        return bad(f, place, e, "an array");
    size_t n = json_array_size(v);
    if ((int64_t)n > f->max)
        return err_refuse(e, ERR_TOO_LARGE, "%s holds %zu elements; at most %" PRId64 " are allowed",
                          place_name(place, f->name, name, sizeof name), n, f->max);
    if ((int64_t)n < f->min)
        return bad(f, place, e, "an array with something in it");
    *out = v;
    return 0;
}

static int read_field(const struct json_field *f, const json_t *v, struct json_place place, void *out, struct err *e)
{
    void *member = (char *)out + f->offset;
    if (json_is_null(v) && (f->flags & JSON_NULLABLE) && f->kind != JSON_KIND_ANY)
        return 0;
    switch (f->kind) {
    case JSON_KIND_TEXT: return read_text(f, v, place, member, e);
    case JSON_KIND_INT: return read_int(f, v, place, member, e);
    case JSON_KIND_SECONDS: return read_seconds(f, v, place, member, e);
    case JSON_KIND_ARRAY: return read_array(f, v, place, member, e);
    case JSON_KIND_BOOL:
        if (!json_is_boolean(v))
            return bad(f, place, e, "true or false");
        *(bool *)member = json_is_true(v);
        return 0;
    case JSON_KIND_SWITCH:
        if (!json_is_boolean(v))
            return bad(f, place, e, "true or false");
        *(int64_t *)member = json_is_true(v);
        return 0;
    case JSON_KIND_TIME:
        if (!json_is_string(v) || clock_parse(json_string_value(v), member))
            return bad(f, place, e, "a time such as \"2030-01-31T12:00:00Z\"");
        return 0;
    case JSON_KIND_OBJECT:
        if (!json_is_object(v))
            return bad(f, place, e, "an object");
        *(const json_t **)member = v;
        return 0;
    case JSON_KIND_ANY:
        *(const json_t **)member = v;
        return 0;
    }
    return 0;
}

static const struct json_field *find_field(const struct json_field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    return NULL;
}

static int refuse_unknown(struct json_place place, const char *key, struct err *e)
{
    struct buf shown = {0};
    char name[256];
    text_cut(&shown, key, 60);
    err_refuse(e, ERR_UNKNOWN_FIELD, "there is no field %s", place_name(place, buf_text(&shown), name, sizeof name));
    buf_done(&shown);
    return ERR_UNKNOWN_FIELD;
}

int json_read(const json_t *object, const struct json_field *fields, size_t count, struct json_place place, void *out,
              struct err *e)
{
    if (!json_is_object(object)) {
        char name[128] = "the body";
        if (place.array)
            snprintf(name, sizeof name, "%s[%zu]", place.array, place.index);
        return err_refuse(e, ERR_BAD_FIELD, "%s must be an object", name);
    }
    const char *key;
    json_t *value;
    uint64_t seen = 0;
    json_object_foreach ((json_t *)object, key, value) {
        const struct json_field *f = find_field(fields, count, key);
        if (!f)
            return refuse_unknown(place, key, e);
        int r = read_field(f, value, place, out, e);
        if (r)
            return r;
        seen |= UINT64_C(1) << (f - fields);
    }
    for (size_t i = 0; i < count; i++)
        if ((fields[i].flags & JSON_REQUIRED) && !(seen & (UINT64_C(1) << i))) {
            char name[256];
            return err_refuse(e, ERR_BAD_FIELD, "%s is missing",
                              place_name(place, fields[i].name, name, sizeof name));
        }
    return 0;
}

/* jansson recurses on nesting up to 2048 levels; docket has no use for that many. */
static bool too_deep(const char *bytes, size_t n)
{
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < n; i++) {
        char c = bytes[i];
        if (quoted) {
            if (c == '\\')
                i++;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            if (++depth > DEPTH_MAX)
                return true;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return false;
}

int json_parse(const char *bytes, size_t n, json_t **out_value, struct err *e)
{
    json_error_t bad_json;
    if (too_deep(bytes, n))
        return err_refuse(e, ERR_BAD_JSON, "the JSON is nested deeper than %d levels", DEPTH_MAX);
    json_t *value = json_loadb(bytes, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &bad_json);
    if (!value) {
        struct buf why = {0};
        text_cut(&why, bad_json.text, 150);
        err_refuse(e, ERR_BAD_JSON, "the JSON is not valid at line %d, column %d: %s", bad_json.line, bad_json.column,
                   buf_text(&why));
        buf_done(&why);
        return ERR_BAD_JSON;
    }
    *out_value = value;
    return 0;
}

void json_write(const json_t *value, struct buf *b)
{
    enum { DIGITS = 17, MOST = 1024 }; /* so many digits bring every double back as it was; most answers are no longer */
    const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(DIGITS);
    size_t n = json_dumpb(value, buf_reserve(b, MOST), MOST, flags);
    if (n > MOST)
        json_dumpb(value, buf_reserve(b, n), n, flags);
    b->len += n;
    b->data[b->len] = '\0';
}

/* Does a text stand in JSON as it is: ASCII without controls, quotes and backslashes? (RFC 8259, 7) */
static bool is_plain(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at >= ' ' && *at < 0x7f && *at != '"' && *at != '\\')
        at++;
    return !*at;
}

void json_put_text(struct buf *b, const char *text)
{
    if (text && is_plain(text)) {
        buf_putc(b, '"');
        buf_puts(b, text);
        buf_putc(b, '"');
        return;
    }
    CLEANUP(json_drop) json_t *value = text ? json_string(text) : json_null();
    json_write(value, b);
}

int64_t json_seconds(const json_t *value)
{
    const double most = 1e11;
    double s = json_number_value(value);
    return (int64_t)((s > most ? most : s < -most ? -most : s) * CLOCK_SECOND);
}

void json_drop(json_t **value) { json_decref(*value); }

json_t *json_bytes(const void *bytes, size_t n)
{
    if (text_is_utf8(bytes, n) && !memchr(n ? bytes : "", '\0', n))
        return json_stringn_nocheck(n ? bytes : "", n);
    size_t room = sodium_base64_encoded_len(n, sodium_base64_VARIANT_ORIGINAL);
    struct buf text = {0};
    sodium_bin2base64(buf_reserve(&text, room), room, bytes, n, sodium_base64_VARIANT_ORIGINAL);
    json_t *wrapped = json_pack("{s:o}", "base64", json_string(text.data));
    buf_done(&text);
    return wrapped;
}

static int refuse_size(const char *name, size_t max, struct err *e)
{
    return err_refuse(e, ERR_BAD_FIELD, "%s holds more than %zu bytes", name, max);
}

int json_get_bytes(const json_t *value, const char *name, size_t max, struct arena *a, const char **out_bytes,
                   size_t *out_n, struct err *e)
{
    if (json_is_string(value)) {
        if (json_string_length(value) > max)
            return refuse_size(name, max, e);
        *out_bytes = json_string_value(value);
        *out_n = json_string_length(value);
        return 0;
    }
    const json_t *coded = json_object_get(value, "base64");
    if (!json_is_string(coded) || json_object_size(value) != 1)
        return err_refuse(e, ERR_BAD_FIELD, "%s must be a string or {\"base64\": \"…\"}", name);
    size_t n = json_string_length(coded), got;
    if (n / 4 * 3 > max + 2)
        return refuse_size(name, max, e);
    char *bytes = arena_alloc(a, n + 1);
    if (sodium_base642bin((unsigned char *)bytes, n, json_string_value(coded), n, NULL, &got, NULL,
                          sodium_base64_VARIANT_ORIGINAL))
        return err_refuse(e, ERR_BAD_FIELD, "%s.base64 is not base64", name);
    if (got > max)
        return refuse_size(name, max, e);
    *out_bytes = bytes;
    *out_n = got;
    return 0;
}
