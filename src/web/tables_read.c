/* What runners hand in as a result: JSON with what they mapped, in the notation of today or the one before it (contract C.5.3). The
 * rest of it, as a rule the whole package echoed, is not looked at. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "core/hand_in.h"
#include "web/tables.h"

#define BETWEEN_ERRORS "\n\n----------------------------------------------\n\n"

static const struct naming {
    const char *list;
    enum target_kind kind;
    const char *first, *first_too, *second; /* first_too: another name of it; NULL: there is none */
} NAMINGS[] = {
    {"cea", TARGET_CEA, "row_id", NULL, "col_id"},
    {"cpa", TARGET_CPA, "subj_id", "sub_id", "obj_id"},
    {"cta", TARGET_CTA, "col_id", NULL, NULL},
};

struct reading {
    struct request *r;
    const struct naming *n;
    size_t index;
    struct target_row *rows;
    int count;
    struct err *e;
};

static int refuse(const struct reading *g, const char *what, struct err *e)
{
    return err_refuse(e, ERR_BAD_FIELD, "%s[%zu].%s", g->n->list, g->index, what);
}

/* A number, or text that is one: as SQLite took both. */
static bool read_number(const json_t *value, int64_t *out)
{
    char *end;
    const char *text = json_string_value(value);
    *out = text ? strtoll(text, &end, 10) : json_integer_value(value);
    return json_is_integer(value) || (text && *text && !*end);
}

static int read_member(const struct reading *g, const json_t *entry, const char *name, const char *other, int64_t *out)
{
    const json_t *value = json_object_get(entry, name);
    if (!value && other)
        value = json_object_get(entry, other);
    if (read_number(value, out))
        return 0;
    return err_refuse(g->e, ERR_BAD_FIELD, "%s[%zu].%s must be an integer", g->n->list, g->index, name);
}

/* Nothing was found: null, "", false, 0. */
static bool is_nothing(const json_t *mapped)
{
    return !mapped || json_is_null(mapped) || json_is_false(mapped) || (json_is_string(mapped) && !json_string_length(mapped)) ||
           (json_is_number(mapped) && json_number_value(mapped) == 0);
}

static int add(struct reading *g, int64_t a, int64_t b, const json_t *mapped)
{
    if (is_nothing(mapped))
        return 0;
    if (!json_is_string(mapped))
        return refuse(g, "mapped must be text", g->e);
    if (json_string_length(mapped) > LIMIT_MAPPED || text_has_control(json_string_value(mapped)))
        return refuse(g, "mapped is too long, or holds control characters", g->e);
    g->rows[g->count++] = (struct target_row){g->n->kind, a, b, json_string_value(mapped)};
    return 0;
}

static int read_entry(struct reading *g, const json_t *entry)
{
    int64_t a = 0, b = 0;
    if (!json_is_object(entry))
        return err_refuse(g->e, ERR_BAD_FIELD, "%s[%zu] must be an object", g->n->list, g->index);
    int bad = read_member(g, entry, g->n->first, g->n->first_too, &a);
    if (!bad && g->n->second)
        bad = read_member(g, entry, g->n->second, NULL, &b);
    return bad ? bad : add(g, a, b, json_object_get(entry, "mapped"));
}

/* The notation before: "row,col" or "col" and what it maps to. */
static int read_pair(struct reading *g, const char *key, const json_t *mapped)
{
    char *end, *last = NULL;
    int64_t a = strtoll(key, &end, 10), b = 0;
    bool good = end != key;
    if (good && g->n->second) {
        good = *end == ',';
        b = good ? strtoll(end + 1, &last, 10) : 0;
        good = good && last != end + 1;
        end = last ? last : end;
    }
    if (!good || *end)
        return err_refuse(g->e, ERR_BAD_FIELD, "%s: '%.60s' is no place in a table", g->n->list, key);
    return add(g, a, b, mapped);
}

static int read_list(struct reading *g, const json_t *list)
{
    int bad = 0;
    const char *key;
    json_t *value;
    for (g->index = 0; !bad && json_is_array(list) && g->index < json_array_size(list); g->index++)
        bad = read_entry(g, json_array_get(list, g->index));
    if (json_is_object(list))
        json_object_foreach((json_t *)list, key, value)
            bad = bad ? bad : read_pair(g, key, value);
    bool nothing = json_is_null(list) || json_is_false(list) || (json_is_string(list) && !json_string_length(list));
    if (!bad && !json_is_array(list) && !json_is_object(list) && !nothing)
        bad = err_refuse(g->e, ERR_BAD_FIELD, "%s must be an array", g->n->list);
    return bad;
}

/* A text, or texts that are joined. NULL where nothing went wrong. */
static int read_errors(struct request *r, const json_t *errors, const char **out, struct err *e)
{
    CLEANUP(buf_done) struct buf b = {0};
    size_t i;
    json_t *one;
    *out = NULL;
    if (json_is_string(errors))
        buf_puts(&b, json_string_value(errors));
    else if (json_is_array(errors))
        json_array_foreach(errors, i, one) {
            if (!json_is_string(one))
                return err_refuse(e, ERR_BAD_FIELD, "errors[%zu] must be text", i);
            buf_printf(&b, "%s%s", i ? BETWEEN_ERRORS : "", json_string_value(one));
        }
    else if (!is_nothing(errors))
        return err_refuse(e, ERR_BAD_FIELD, "errors must be text, or an array of texts");
    *out = b.len ? arena_strdup(&r->arena, buf_text(&b)) : NULL;
    return 0;
}

static int check_members(const json_t *body, struct err *e)
{
    static const char *const NEEDED[] = {"cea", "cpa", "cta", "errors"};
    if (!json_is_object(body))
        return err_refuse(e, ERR_BAD_FIELD, "the result must be an object");
    for (size_t i = 0; i < COUNT_OF(NEEDED); i++)
        if (!json_object_get(body, NEEDED[i]))
            return err_refuse(e, ERR_BAD_FIELD, "%s is missing; a result has cea, cpa, cta and errors", NEEDED[i]);
    return 0;
}

static size_t size_of(const json_t *list) { return json_is_object(list) ? json_object_size(list) : json_array_size(list); }

int tables_read_result(struct request *r, struct turn *t, struct hand_in_result *out, struct err *e)
{
    struct reading g = {.r = r, .e = e};
    const json_t *body;
    size_t most = 0;
    int bad = tables_body(r, e);
    if (!bad && !r->body.len)
        bad = err_refuse(e, ERR_BAD_JSON, "the body is empty; a result is JSON with cea, cpa, cta and errors");
    if (!bad)
        bad = request_json(r, &body, e);
    if (!bad)
        bad = check_members(body, e);
    if (bad)
        return bad;
    for (size_t k = 0; k < COUNT_OF(NAMINGS); k++)
        most += size_of(json_object_get(body, NAMINGS[k].list));
    g.rows = arena_array(t->arena, most + 1, sizeof *g.rows);
    for (size_t k = 0; !bad && k < COUNT_OF(NAMINGS); k++) {
        g.n = &NAMINGS[k];
        bad = read_list(&g, json_object_get(body, g.n->list));
    }
    *out = (struct hand_in_result){.mapped = g.rows, .count = g.count, .body = buf_text(&r->body)};
    return bad ? bad : read_errors(r, json_object_get(body, "errors"), &out->errors, e);
}
