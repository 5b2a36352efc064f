/* libcsv is fed a line at a time and calls back for each field and row that ends, so a row is known by its lines. It
 * takes a CR for the end of a row as well: the empty row between CR and LF it skips itself, and a row that has ended before
 * the end of its line had a CR in the middle, which is refused. Spaces belong to fields, as RFC 4180 says. */
#include "cli/row_reader.h"

#include <csv.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

struct row_parse {
    struct csv_parser csv;
    struct buf bytes; /* of the fields of the row */
    size_t *ends;     /* of each field, in bytes */
    struct template_value *fields;
    size_t count, room;
    size_t fed; /* bytes since the row began */
    bool ended; /* the row is whole */
};

static int no_space(unsigned char c) { return 0; }

static void grow(struct row_parse *p)
{
    p->room = p->room ? p->room * 2 : 32;
    p->ends = realloc(p->ends, p->room * sizeof *p->ends);
    p->fields = realloc(p->fields, p->room * sizeof *p->fields);
    if (!p->ends || !p->fields)
        abort();
}

static void on_field(void *bytes, size_t n, void *arg)
{
    struct row_parse *p = arg;
    if (p->count == p->room)
        grow(p);
    buf_add(&p->bytes, n ? bytes : "", n);
    p->ends[p->count++] = p->bytes.len;
}

static void on_row(int end, void *arg) { ((struct row_parse *)arg)->ended = true; }

static void begin_row(struct row_parse *p)
{
    buf_clear(&p->bytes);
    p->count = p->fed = 0;
    p->ended = false;
}

static struct row_parse *parse_new(void)
{
    struct row_parse *p = calloc(1, sizeof *p);
    if (!p || csv_init(&p->csv, CSV_STRICT))
        abort();
    csv_set_space_func(&p->csv, no_space);
    return p;
}

static void parse_free(struct row_parse *p)
{
    if (!p)
        return;
    csv_free(&p->csv);
    buf_done(&p->bytes);
    free(p->ends);
    free(p->fields);
    free(p);
}

void row_reader_done(struct row_reader *r)
{
    parse_free(r->parse);
    line_reader_done(&r->lines);
    arena_done(&r->arena);
    *r = (struct row_reader){0};
}

static int bad_row(const struct row_reader *r, int64_t line, const char *what, struct err *e)
{
    return err_refuse(e, ERR_BAD_LINE, "%s line %" PRId64 ": %s", r->lines.name, line, what);
}

/* Out of memory aborts, as everywhere. */
static int feed(struct row_reader *r, const char *bytes, size_t n, struct err *e)
{
    struct row_parse *p = r->parse;
    size_t took = csv_parse(&p->csv, bytes, n, on_field, on_row, p);
    if (took == n)
        return 0;
    if (csv_error(&p->csv) != CSV_EPARSE)
        abort();
    return err_refuse(e, ERR_BAD_LINE,
                      "%s line %" PRId64 ", byte %zu: quotes stand around a whole field, and twice inside it",
                      r->lines.name, r->lines.number, took + 1);
}

/* A line's bytes without the CRs that end it: one as a rule, more where a file was converted twice. */
static size_t text_of(const char *line, size_t n)
{
    while (n && line[n - 1] == '\r')
        n--;
    return n;
}

static int feed_line(struct row_reader *r, const char *line, size_t n, struct err *e)
{
    struct row_parse *p = r->parse;
    p->fed += n + 1;
    if (p->fed > LINE_READER_MOST)
        return err_refuse(e, ERR_BAD_LINE, "%s line %" PRId64 ": a row may be at most %d bytes", r->lines.name,
                          r->first_line, LINE_READER_MOST);
    size_t text = text_of(line, n);
    int bad = feed(r, line, text, e);
    if (!bad && p->ended)
        bad = bad_row(r, r->lines.number, "there is a carriage return in the middle of a line", e);
    if (!bad)
        bad = feed(r, line + text, n - text, e);
    return bad ? bad : feed(r, "\n", 1, e);
}

/* Reads lines until a row is whole. *out_blank: the first of them was no row. */
static int read_row(struct row_reader *r, bool *out_blank, struct err *e)
{
    const char *line;
    size_t n;
    begin_row(r->parse);
    *out_blank = false;
    do {
        int bad = line_reader_next(&r->lines, &line, &n, e);
        if (bad == LINE_READER_END && r->parse->fed)
            return bad_row(r, r->first_line, "a quoted field that begins here has no end", e);
        if (bad)
            return bad;
        if (!r->parse->fed) {
            r->first_line = r->lines.number;
            *out_blank = text_of(line, n) == 0;
        }
        bad = *out_blank ? 0 : feed_line(r, line, n, e);
        if (bad)
            return bad;
    } while (!r->parse->ended && !*out_blank);
    return 0;
}

static void set_fields(struct row_parse *p)
{
    size_t from = 0;
    for (size_t i = 0; i < p->count; i++) {
        p->fields[i] = (struct template_value){buf_text(&p->bytes) + from, p->ends[i] - from};
        from = p->ends[i];
    }
}

/* Names are texts, and no two the same; those without a name cannot be meant. */
static int check_name(const struct row_reader *r, const char **names, size_t i, struct err *e)
{
    const struct template_value *field = &r->parse->fields[i];
    if (!text_is_utf8(field->bytes, field->n) || memchr(field->bytes, '\0', field->n))
        return bad_row(r, r->first_line, "the name of a column must be UTF-8 without NUL", e);
    for (size_t k = 0; k < i && field->n; k++)
        if (strcmp(names[k], names[i]) == 0)
            return err_refuse(e, ERR_BAD_LINE, "%s line %" PRId64 ": two columns are called '%.60s'", r->lines.name,
                              r->first_line, names[i]);
    return 0;
}

/* Reads the row of names; blank lines may stand before it. */
static int read_names(struct row_reader *r, struct err *e)
{
    bool blank = true;
    while (blank) {
        int bad = read_row(r, &blank, e);
        if (bad == LINE_READER_END)
            return err_refuse(e, ERR_BAD_LINE, "%s has no line that names the columns", r->lines.name);
        if (bad)
            return bad;
    }
    if (r->parse->count > LIMIT_COLUMNS)
        return err_refuse(e, ERR_BAD_LINE, "%s line %" PRId64 ": there may be at most %d columns", r->lines.name,
                          r->first_line, LIMIT_COLUMNS);
    set_fields(r->parse);
    const char **names = arena_array(&r->arena, r->parse->count, sizeof *names);
    for (size_t i = 0; i < r->parse->count; i++) {
        names[i] = arena_copy(&r->arena, r->parse->fields[i].bytes, r->parse->fields[i].n);
        int bad = check_name(r, names, i, e);
        if (bad)
            return bad;
    }
    r->names = names;
    r->name_count = r->parse->count;
    return 0;
}

int row_reader_open(struct row_reader *r, const char *path, struct err *e)
{
    *r = (struct row_reader){.parse = parse_new()};
    int bad = line_reader_open(&r->lines, path, e);
    return bad ? bad : read_names(r, e);
}

int row_reader_rewind(struct row_reader *r)
{
    struct err unused;
    if (line_reader_rewind(&r->lines))
        return -1;
    parse_free(r->parse);
    r->parse = parse_new();
    return read_names(r, &unused) ? -1 : 0;
}

static int refuse_ragged(const struct row_reader *r, struct err *e)
{
    return err_refuse(e, ERR_BAD_LINE, "%s line %" PRId64 ": %zu field%s, where %zu column%s named", r->lines.name,
                      r->first_line, r->parse->count, r->parse->count == 1 ? "" : "s", r->name_count,
                      r->name_count == 1 ? " is" : "s are");
}

int row_reader_next(struct row_reader *r, const struct template_value **out_fields, struct err *e)
{
    bool blank;
    int bad = read_row(r, &blank, e);
    if (bad)
        return bad;
    if (!blank && r->parse->count != r->name_count)
        return refuse_ragged(r, e);
    set_fields(r->parse);
    *out_fields = blank ? NULL : r->parse->fields;
    return 0;
}
