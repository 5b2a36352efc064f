/* See export_map.h. */
#include "cli/export_map.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/options.h"
#include "base/text.h"

static int refuse_field(const struct export_kind *kind, const char *word, struct err *e)
{
    CLEANUP(arena_done) struct arena a = {0};
    CLEANUP(buf_done) struct buf all = {0};
    const char **names = arena_array(&a, kind->field_count, sizeof *names);
    for (size_t i = 0; i < kind->field_count; i++) {
        names[i] = kind->fields[i].name;
        buf_printf(&all, "%s%s", i ? ", " : "", names[i]);
    }
    const char *nearest = options_nearest(word, names, kind->field_count);
    int r = err_refuse(e, ERR_USAGE, "--map: a %s has no field '%.64s'", kind->change, word);
    if (nearest)
        err_hint(e, "did you mean %s?", nearest);
    else
        err_hint(e, "there are: %s", buf_text(&all));
    return r;
}

static const struct export_field *find_field(const struct export_kind *kind, const char *name)
{
    for (size_t i = 0; i < kind->field_count; i++)
        if (strcmp(kind->fields[i].name, name) == 0)
            return &kind->fields[i];
    return NULL;
}

static int check_column(const struct export_map *m, const char *column, struct err *e)
{
    size_t n = strlen(column);
    if (n < 1 || n > LIMIT_NAME || text_has_control(column) || !text_is_utf8(column, n))
        return err_refuse(e, ERR_USAGE, "--map: the name of a column has 1 to %d bytes of UTF-8 without control characters", LIMIT_NAME);
    for (int i = 0; i < m->table.count; i++)
        if (strcmp(m->table.columns[i].name, column) == 0)
            return err_refuse(e, ERR_USAGE, "--map: column '%s' would hold two fields", column);
    return 0;
}

static int add(struct export_map *m, struct foreign_column *columns, const struct export_field *field, const char *column,
               struct err *e)
{
    int r = check_column(m, column, e);
    if (r == 0 && export_map_find(m, field->name) >= 0)
        r = err_refuse(e, ERR_USAGE, "--map: field '%s' is there twice", field->name);
    if (r)
        return r;
    columns[m->table.count] = (struct foreign_column){column, field->kind};
    m->fields[m->table.count++] = field;
    return 0;
}

/* "FIELD=COLUMN", or "FIELD" for a column of its name. */
static int add_word(const struct export_kind *kind, struct export_map *m, struct foreign_column *columns, char *word, struct err *e)
{
    char *equals = strchr(word, '=');
    if (equals)
        *equals = '\0';
    const struct export_field *field = find_field(kind, word);
    return field ? add(m, columns, field, equals ? equals + 1 : word, e) : refuse_field(kind, word, e);
}

static int find_key(const struct export_kind *kind, struct export_map *m, struct err *e)
{
    for (size_t i = 0; i < COUNT_OF(kind->keys) && kind->keys[i]; i++) {
        m->table.key = export_map_find(m, kind->keys[i]);
        if (m->table.key >= 0)
            return 0;
    }
    int r = err_refuse(e, ERR_USAGE, "--map does not say which column names the %s", kind->change);
    err_hint(e, "add %s%s%s, with =COLUMN where the column is called otherwise", kind->keys[0], kind->keys[1] ? " or " : "",
             kind->keys[1] ? kind->keys[1] : "");
    return r;
}

int export_map_read(const struct export_kind *kind, const char *text, struct arena *a, struct export_map *out, struct err *e)
{
    struct foreign_column *columns = arena_array(a, kind->field_count, sizeof *columns);
    char *rest = arena_strdup(a, text), *word;
    int r = 0;
    *out = (struct export_map){.fields = arena_array(a, kind->field_count, sizeof *out->fields), .table = {.columns = columns}};
    for (size_t i = 0; !text && r == 0 && i < kind->field_count; i++)
        r = add(out, columns, &kind->fields[i], kind->fields[i].name, e);
    while (r == 0 && (word = strsep(&rest, ",")))
        r = add_word(kind, out, columns, word, e);
    return r ? r : find_key(kind, out, e);
}

int export_map_find(const struct export_map *m, const char *field)
{
    for (int i = 0; i < m->table.count; i++)
        if (strcmp(m->fields[i]->name, field) == 0)
            return i;
    return -1;
}

/* Times of the server are of one length, in UTC: the newest is the last in the order of letters. */
static const char *latest_of(const char *const *members, const json_t *row)
{
    const char *newest = NULL;
    for (; *members; members++) {
        const char *time = json_string_value(json_object_get(row, *members));
        if (time && (!newest || strcmp(time, newest) > 0))
            newest = time;
    }
    return newest;
}

static const char *value_of(const struct export_field *field, const json_t *row, struct arena *a)
{
    CLEANUP(buf_done) struct buf text = {0};
    if (field->latest)
        return latest_of(field->latest, row);
    const json_t *value = json_object_get(row, field->member ? field->member : field->name);
    if (!value || json_is_null(value))
        return NULL;
    if (json_is_string(value) && !field->as_json)
        return json_string_value(value);
    if (json_is_boolean(value))
        return json_is_true(value) ? "1" : "0";
    json_write(value, &text);
    return arena_strdup(a, buf_text(&text));
}

const char **export_map_values(const struct export_map *m, const json_t *row, struct arena *a)
{
    const char **values = arena_array(a, (size_t)m->table.count, sizeof *values);
    for (int i = 0; i < m->table.count; i++)
        values[i] = value_of(m->fields[i], row, a);
    return values;
}
