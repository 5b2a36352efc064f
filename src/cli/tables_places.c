/* See tables_places.h. Blanks around a field do not belong to it. */
#include "cli/tables_places.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "cli/tables_csv.h"
#include "cli/tables_mend.h"

enum { NOWHERE = -1 };

/* In which columns of a file what stands. */
struct columns {
    int table, a, b, text; /* b: NOWHERE for columns */
};

/* What a kind's rows look like, and what the challenge calls their columns. */
static const struct kind {
    const char *words;
    struct columns columns;
    const char *table, *a, *b, *text;
} KINDS[TARGET_KINDS] = {
    [TARGET_CEA] = {"TABLE,ROW,COLUMN", {0, 1, 2, 3}, "Filename", "Row Id", "Col Id", "Entity URI"},
    [TARGET_CTA] = {"TABLE,COLUMN", {0, 1, NOWHERE, 2}, "Filename", "Col Id", NULL, "Col Class URI"},
    [TARGET_CPA] = {"TABLE,COLUMN,COLUMN", {0, 1, 2, 3}, "Filename", "Col 1 Id", "Col 2 Id", "Property URI"},
};

/* ---- tables that are not there */

void tables_strangers_done(struct tables_strangers *s)
{
    arena_done(&s->arena);
    free(s->all);
    *s = (struct tables_strangers){0};
}

static void meet(struct tables_strangers *s, const char *name)
{
    s->rows++;
    if (s->count && strcmp(s->all[s->count - 1], name) == 0)
        return;
    if (s->count == s->room) {
        s->room = s->room ? s->room * 2 : 64;
        s->all = reallocarray(s->all, s->room, sizeof *s->all);
        if (!s->all)
            abort();
    }
    s->all[s->count++] = arena_strdup(&s->arena, name);
    for (int i = 0; i < TABLES_NAMED; i++) {
        if (!s->some[i])
            s->some[i] = s->all[s->count - 1];
        if (strcmp(s->some[i], name) == 0)
            return;
    }
}

static int by_text(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

int64_t tables_strangers_tables(struct tables_strangers *s)
{
    int64_t different = 0;
    if (s->count)
        qsort(s->all, s->count, sizeof *s->all, by_text);
    for (size_t i = 0; i < s->count; i++)
        different += i == 0 || strcmp(s->all[i], s->all[i - 1]) != 0;
    return different;
}

/* ---- rows */

struct reading {
    struct tables_csv csv;
    enum target_kind kind;
    enum tables_style style;
    struct columns columns;
    struct tables_folder *folder;
    struct tables_cells *cells;
    struct tables_strangers *strangers;
    struct buf text;
    int64_t replaced;
};

static void reading_done(struct reading *r)
{
    tables_csv_done(&r->csv);
    buf_done(&r->text);
}

static bool read_number(const struct tables_csv_field *f, int32_t *out)
{
    int64_t n = 0;
    if (!f->n || f->n > 10)
        return false;
    for (size_t i = 0; i < f->n; i++) {
        if (f->bytes[i] < '0' || f->bytes[i] > '9')
            return false;
        n = n * 10 + f->bytes[i] - '0';
    }
    *out = (int32_t)n;
    return n <= INT32_MAX;
}

/* Column `at` of the row; NULL: it has none. */
static const struct tables_csv_field *field(const struct reading *r, int at)
{
    return at >= 0 && (size_t)at < r->csv.count ? &r->csv.fields[at] : NULL;
}

static bool read_numbers(const struct reading *r, int32_t *a, int32_t *b)
{
    const struct tables_csv_field *one = field(r, r->columns.a), *other = field(r, r->columns.b);
    *b = 0;
    return one && read_number(one, a) && (r->columns.b == NOWHERE || (other && read_number(other, b)));
}

static int refuse_row(const struct reading *r, struct err *e)
{
    const struct kind *k = &KINDS[r->kind];
    return err_refuse(e, ERR_BAD_LINE, "%s line %" PRId64 ": this is no row of %s%s, with numbers from 0 up", r->csv.path, r->csv.line,
                      k->words, r->style == TABLES_TARGETS ? "" : ",ANSWER");
}

/* The text of the row, mended, or NULL. */
static int read_text(struct reading *r, const char **out, struct err *e)
{
    const struct tables_csv_field *f = field(r, r->columns.text);
    buf_clear(&r->text);
    if (!f || !f->n) {
        *out = r->style == TABLES_TARGETS ? NULL : "";
        return !f && *out ? refuse_row(r, e) : 0;
    }
    r->replaced += tables_mend(&r->text, f->bytes, f->n);
    *out = buf_text(&r->text);
    if (r->text.len <= LIMIT_MAPPED)
        return 0;
    return err_refuse(e, ERR_BAD_LINE, "%s line %" PRId64 ": the text has more than %d bytes", r->csv.path, r->csv.line, LIMIT_MAPPED);
}

static int take_row(struct reading *r, struct err *e)
{
    const struct tables_csv_field *name = field(r, r->columns.table);
    const char *text;
    int32_t a, b;
    size_t most = r->style == TABLES_SOLUTION ? SIZE_MAX : (size_t)r->columns.text + 1;
    if (!name || !name->n || !read_numbers(r, &a, &b) || r->csv.count > most)
        return refuse_row(r, e);
    int bad = read_text(r, &text, e);
    if (bad)
        return bad;
    int64_t table = tables_folder_find(r->folder, name->bytes);
    if (table < 0) {
        meet(r->strangers, name->bytes);
        return 0;
    }
    if (tables_cells_add(r->cells, (uint32_t)table, a, b, text, r->csv.line))
        return err_refuse(e, ERR_BAD_LINE, "%s line %" PRId64 ": there are too many rows", r->csv.path, r->csv.line);
    return 0;
}

/* ---- the first row */

/* Which column is called so? Letters of any size. */
static int column_called(const struct reading *r, const char *name)
{
    for (size_t i = 0; name && i < r->csv.count; i++)
        if (strcasecmp(r->csv.fields[i].bytes, name) == 0)
            return (int)i;
    return NOWHERE;
}

static int read_names(struct reading *r, struct err *e)
{
    const struct kind *k = &KINDS[r->kind];
    r->columns = (struct columns){column_called(r, k->table), column_called(r, k->a), column_called(r, k->b), column_called(r, k->text)};
    if (r->columns.table != NOWHERE && r->columns.a != NOWHERE && r->columns.text != NOWHERE && (!k->b || r->columns.b != NOWHERE))
        return 0;
    int bad = err_refuse(e, ERR_BAD_LINE, "%s line %" PRId64 ": the first line of a solution names its columns", r->csv.path, r->csv.line);
    err_hint(e, "it is %s,%s,%s%s%s", k->table, k->a, k->b ? k->b : "", k->b ? "," : "", k->text);
    return bad;
}

static int take_first(struct reading *r, struct err *e)
{
    int32_t a, b;
    if (r->style == TABLES_SOLUTION)
        return read_names(r, e);
    bool names = r->csv.count > 1 && !read_numbers(r, &a, &b) && tables_folder_find(r->folder, r->csv.fields[0].bytes) < 0;
    return names ? 0 : take_row(r, e);
}

int tables_places_read(const char *path, enum target_kind kind, enum tables_style style, struct tables_folder *f,
                       struct tables_cells *cells, struct tables_strangers *strangers, int64_t *replaced, struct err *e)
{
    CLEANUP(reading_done) struct reading r = {.kind = kind, .style = style, .columns = KINDS[kind].columns, .folder = f,
                                              .cells = cells, .strangers = strangers};
    bool first = true;
    int bad = tables_csv_open(&r.csv, path, true, e);
    while (!bad && !(bad = tables_csv_next(&r.csv, e))) {
        bad = first ? take_first(&r, e) : take_row(&r, e);
        first = false;
    }
    *replaced += r.replaced;
    return bad == TABLES_CSV_END ? 0 : bad;
}
