/* See table_line.h. */
#include "web/table_line.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"

struct sent_settings {
    const char *order, *prefix;
    bool audit, analyze, open, gt, solution;
};

static const struct json_field SETTINGS[] = {
    JSON_FIELD(struct sent_settings, order, JSON_KIND_TEXT, 1, 10, 0),
    JSON_FIELD(struct sent_settings, prefix, JSON_KIND_TEXT, 0, LIMIT_MAPPED, 0),
    JSON_FIELD(struct sent_settings, audit, JSON_KIND_BOOL, 0, 0, 0),
    JSON_FIELD(struct sent_settings, analyze, JSON_KIND_BOOL, 0, 0, 0),
    JSON_FIELD(struct sent_settings, open, JSON_KIND_BOOL, 0, 0, 0),
    JSON_FIELD(struct sent_settings, gt, JSON_KIND_BOOL, 0, 0, 0),
    JSON_FIELD(struct sent_settings, solution, JSON_KIND_BOOL, 0, 0, 0),
};

/* A line that is an object with this one member, an object. */
static int only_member(const json_t *line, const char *name, const json_t **out, struct err *e)
{
    *out = json_object_get(line, name);
    const char *other;
    json_t *value;
    if (json_is_object(*out) && json_object_size(line) == 1)
        return 0;
    json_object_foreach((json_t *)line, other, value)
        if (strcmp(other, name) != 0)
            return err_refuse(e, ERR_UNKNOWN_FIELD, "there is no field '%.60s' beside '%s'", other, name);
    return err_refuse(e, ERR_BAD_FIELD, "the line must be {\"%s\":{…}}", name);
}

int table_line_settings(const json_t *line, struct dataset_row *out, struct err *e)
{
    struct sent_settings s = {.order = "col-row", .prefix = "http://www.wikidata.org/entity/", .audit = true};
    const json_t *object;
    int bad = only_member(line, "dataset", &object, e);
    if (!bad)
        bad = json_read(object, SETTINGS, COUNT_OF(SETTINGS), (struct json_place){0}, &s, e);
    if (!bad && strcmp(s.order, "col-row") != 0 && strcmp(s.order, "row-col") != 0)
        bad = err_refuse(e, ERR_BAD_FIELD, "order must be col-row or row-col");
    *out = (struct dataset_row){.col_row = s.order[0] == 'c', .prefix = s.prefix, .audit = s.audit, .analyze = s.analyze,
                                .open = s.open, .gt = s.gt, .solution = s.solution};
    return bad;
}

struct sent_end {
    int64_t tables;
    const json_t *unknown;
};

static const struct json_field END[] = {
    JSON_FIELD(struct sent_end, tables, JSON_KIND_INT, 0, INT32_MAX, JSON_REQUIRED),
    JSON_FIELD(struct sent_end, unknown, JSON_KIND_OBJECT, 0, 0, 0),
};

int table_line_end(const json_t *line, int64_t *out_tables, int64_t out_unknown[TARGET_KINDS], struct err *e)
{
    struct sent_end s = {0};
    const json_t *object;
    int bad = only_member(line, "end", &object, e);
    if (!bad)
        bad = json_read(object, END, COUNT_OF(END), (struct json_place){0}, &s, e);
    for (int kind = 1; !bad && kind < TARGET_KINDS; kind++)
        out_unknown[kind] = json_integer_value(json_object_get(s.unknown, dataset_kind_word((enum target_kind)kind)));
    *out_tables = s.tables;
    return bad;
}

struct sent_past {
    const char *client, *error;
    int64_t started, finished;
    bool result;
};

static const struct json_field PAST[] = {
    JSON_FIELD(struct sent_past, client, JSON_KIND_TEXT, 1, LIMIT_NAME, JSON_REQUIRED),
    JSON_FIELD(struct sent_past, started, JSON_KIND_SECONDS, 0, INT32_MAX, JSON_REQUIRED),
    JSON_FIELD(struct sent_past, finished, JSON_KIND_SECONDS, 0, INT32_MAX, JSON_NULLABLE),
    JSON_FIELD(struct sent_past, result, JSON_KIND_BOOL, 0, 0, 0),
    JSON_FIELD(struct sent_past, error, JSON_KIND_TEXT, 0, LIMIT_TABLE, JSON_NULLABLE),
};

static const struct json_shape PAST_SHAPE = JSON_SHAPE("TablePast", PAST);

struct sent_table {
    const char *table;
    const json_t *header, *data, *cea, *cta, *cpa, *gt, *solution, *past;
    bool returned;
};

static const struct json_field TABLE[] = {
    JSON_FIELD(struct sent_table, table, JSON_KIND_TEXT, 1, LIMIT_KEY, JSON_REQUIRED),
    JSON_FIELD(struct sent_table, header, JSON_KIND_ARRAY, 0, INT32_MAX, JSON_NULLABLE),
    JSON_FIELD(struct sent_table, data, JSON_KIND_ARRAY, 0, INT32_MAX, JSON_REQUIRED),
    JSON_FIELD(struct sent_table, cea, JSON_KIND_ARRAY, 0, INT32_MAX, 0),
    JSON_FIELD(struct sent_table, cta, JSON_KIND_ARRAY, 0, INT32_MAX, 0),
    JSON_FIELD(struct sent_table, cpa, JSON_KIND_ARRAY, 0, INT32_MAX, 0),
    JSON_FIELD(struct sent_table, gt, JSON_KIND_OBJECT, 0, 0, 0),
    JSON_FIELD(struct sent_table, solution, JSON_KIND_OBJECT, 0, 0, 0),
    JSON_FIELD_OF(struct sent_table, past, JSON_KIND_ARRAY, 0, INT32_MAX, 0, &PAST_SHAPE),
    JSON_FIELD(struct sent_table, returned, JSON_KIND_BOOL, 0, 0, 0),
};

/* A line is one of three. */
static const struct json_shape SETTINGS_SHAPE = JSON_SHAPE("DatasetMade", SETTINGS);
static const struct json_shape END_SHAPE = JSON_SHAPE("DatasetEnd", END);
static const struct json_field LINE_BEGIN[] = {{"dataset", JSON_KIND_ANY, 0, 0, 0, JSON_REQUIRED, &SETTINGS_SHAPE}};
static const struct json_field LINE_END[] = {{"end", JSON_KIND_ANY, 0, 0, 0, JSON_REQUIRED, &END_SHAPE}};
static const struct json_shape LAST_SHAPE = JSON_SHAPE("DatasetLast", LINE_END);
static const struct json_shape FIRST_SHAPE = {"DatasetFirst", JSON_KIND_OBJECT, LINE_BEGIN, COUNT_OF(LINE_BEGIN), &LAST_SHAPE};
const struct json_shape table_line_shape = {"TableLine", JSON_KIND_OBJECT, TABLE, COUNT_OF(TABLE), &FIRST_SHAPE};

static int refuse(const char *list, size_t i, const char *what, struct err *e)
{
    return err_refuse(e, ERR_BAD_FIELD, "%s[%zu] must be %s", list, i, what);
}

static bool read_place(const json_t *value, int64_t *out)
{
    *out = json_integer_value(value);
    return json_is_integer(value) && *out >= 0 && *out <= INT32_MAX;
}

/* An entry: one number or two, by the kind, and a text, which may be left out where `text` says so. */
static int read_entry(const char *list, size_t i, const json_t *entry, enum target_kind kind, bool text, int64_t *a, int64_t *b,
                      const char **out_text, struct err *e)
{
    size_t numbers = kind == TARGET_CTA ? 1 : 2, n = json_array_size(entry);
    const json_t *last = json_array_get(entry, numbers);
    *b = 0;
    bool good = json_is_array(entry) && n <= numbers + 1 && read_place(json_array_get(entry, 0), a) &&
                (numbers == 1 || read_place(json_array_get(entry, 1), b));
    if (!good)
        return refuse(list, i, numbers == 1 ? "[column, text]" : "[number, number, text]", e);
    *out_text = json_string_value(last);
    bool fit = *out_text ? json_string_length(last) <= LIMIT_MAPPED : !text && (!last || json_is_null(last));
    return fit ? 0 : refuse(list, i, "with a text of at most 4096 bytes", e);
}

static int read_targets(const struct sent_table *s, struct arena *a, struct import_table *out, struct err *e)
{
    const json_t *const LISTS[TARGET_KINDS] = {[TARGET_CEA] = s->cea, [TARGET_CTA] = s->cta, [TARGET_CPA] = s->cpa};
    size_t count = json_array_size(s->cea) + json_array_size(s->cta) + json_array_size(s->cpa);
    struct target_row *rows = arena_array(a, count + 1, sizeof *rows), *row = rows;
    int bad = 0;
    for (int kind = 1; kind < TARGET_KINDS; kind++)
        for (size_t i = 0; !bad && i < json_array_size(LISTS[kind]); i++, row++) {
            row->kind = (enum target_kind)kind;
            bad = read_entry(dataset_kind_word(row->kind), i, json_array_get(LISTS[kind], i), row->kind, false, &row->a, &row->b,
                             &row->mapped, e);
        }
    out->targets = rows;
    out->target_count = (int)(row - rows);
    return bad;
}

static int read_truths(const json_t *truths, enum truth_source source, struct arena *a, struct import_table *out, struct err *e)
{
    size_t count = 0;
    int bad = 0;
    for (int kind = 1; kind < TARGET_KINDS; kind++)
        count += json_array_size(json_object_get(truths, dataset_kind_word((enum target_kind)kind)));
    struct truth_row *rows = arena_array(a, count + 1, sizeof *rows), *row = rows;
    for (int kind = 1; kind < TARGET_KINDS; kind++) {
        const json_t *list = json_object_get(truths, dataset_kind_word((enum target_kind)kind));
        for (size_t i = 0; !bad && i < json_array_size(list); i++, row++) {
            row->kind = (enum target_kind)kind;
            bad = read_entry(dataset_kind_word(row->kind), i, json_array_get(list, i), row->kind, true, &row->a, &row->b, &row->value, e);
        }
    }
    out->truths[source] = rows;
    out->truth_counts[source] = (int)(row - rows);
    return bad;
}

/* Those that still had it when the past was written down are none: here nobody has it. */
static int read_past(const json_t *list, struct arena *a, struct import_table *out, struct err *e)
{
    struct past *rows = arena_array(a, json_array_size(list) + 1, sizeof *rows), *row = rows;
    size_t i;
    const json_t *one;
    json_array_foreach(list, i, one) {
        struct sent_past s = {.finished = NONE};
        int bad = json_read(one, PAST, COUNT_OF(PAST), (struct json_place){"past", i}, &s, e);
        if (!bad && s.finished != NONE && s.finished < s.started)
            bad = refuse("past", i, "finished after it was started", e);
        if (!bad && text_has_control(s.client))
            bad = refuse("past", i, "of a client without control characters in its name", e);
        if (bad)
            return bad;
        if (s.finished != NONE && (s.result || s.error))
            *row++ = (struct past){s.client, s.started, s.finished, s.result, s.error};
    }
    out->past = rows;
    out->past_count = (int)(row - rows);
    return 0;
}

static bool is_cell(const json_t *cell) { return json_is_string(cell) || json_is_number(cell) || json_is_boolean(cell); }

static int check_column(const json_t *column, size_t index, size_t rows, struct err *e)
{
    size_t i;
    const json_t *cell;
    if (!json_is_array(column) || json_array_size(column) != rows)
        return refuse("data", index, "an array, as long as the others", e);
    json_array_foreach(column, i, cell)
        if (!is_cell(cell))
            return err_refuse(e, ERR_BAD_FIELD, "data[%zu][%zu] must be text, a number or a truth", index, i);
    return 0;
}

static int check_data(const json_t *header, const json_t *data, struct err *e)
{
    size_t i;
    const json_t *one;
    int bad = 0;
    json_array_foreach(data, i, one)
        bad = bad ? bad : check_column(one, i, json_array_size(json_array_get(data, 0)), e);
    json_array_foreach(header, i, one)
        if (!bad && !json_is_string(one))
            bad = refuse("header", i, "text", e);
    return bad;
}

int table_line_payload(const char *name, const json_t *header, const json_t *data, struct arena *a, const char **out, size_t *out_n,
                       struct err *e)
{
    CLEANUP(buf_done) struct buf b = {0};
    int bad = check_data(header, data, e);
    if (bad)
        return bad;
    buf_puts(&b, "{\"data\":");
    json_write(data, &b);
    buf_puts(&b, ",\"header\":");
    if (header)
        json_write(header, &b);
    else
        buf_puts(&b, "[]");
    buf_puts(&b, ",\"name\":");
    json_put_text(&b, name);
    buf_puts(&b, ",\"orientation\":\"Horizontal\"}");
    *out = arena_strdup(a, buf_text(&b));
    *out_n = b.len;
    return 0;
}

static int check_table_name(const char *name, struct err *e)
{
    if (text_has_control(name) || strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, ".."))
        return err_refuse(e, ERR_BAD_NAME, "the name of a table has no '/' and no control characters");
    return 0;
}

int table_line_read(const json_t *line, struct arena *a, struct import_table *out, struct err *e)
{
    struct sent_table s = {0};
    *out = (struct import_table){0};
    int bad = json_read(line, TABLE, COUNT_OF(TABLE), (struct json_place){0}, &s, e);
    if (!bad)
        bad = check_table_name(s.table, e);
    out->name = s.table;
    if (!bad)
        bad = table_line_payload(s.table, s.header, s.data, a, &out->payload, &out->payload_n, e);
    if (!bad)
        bad = read_targets(&s, a, out, e);
    if (!bad)
        bad = read_truths(s.gt, TRUTH_SHOWN, a, out, e);
    if (!bad)
        bad = read_past(s.past, a, out, e);
    out->returned = s.returned;
    return bad ? bad : read_truths(s.solution, TRUTH_SOLUTION, a, out, e);
}
