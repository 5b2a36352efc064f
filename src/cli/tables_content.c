/* See tables_content.h. Rows that are shorter than the widest are filled up with empty cells where the columns are written. */
#include "cli/tables_content.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/limits.h"
#include "cli/tables_csv.h"
#include "cli/tables_mend.h"

void tables_content_done(struct tables_content *c)
{
    buf_done(&c->bytes);
    free(c->cells);
    free(c->rows);
    *c = (struct tables_content){0};
}

/* Each cell takes two quotes and a comma, filled up ones too: what could never be sent is not read on. */
static int check_size(const char *path, size_t bytes, size_t rows, size_t columns, struct err *e)
{
    if (columns <= LIMIT_TABLE / 3 && rows <= LIMIT_TABLE / 3 && bytes + rows * columns * 3 <= LIMIT_TABLE)
        return 0;
    return err_refuse(e, ERR_BAD_LINE, "%s: %zu rows of %zu columns are too large a table to be handed out (%d bytes)", path, rows,
                      columns, LIMIT_TABLE);
}

static void *grow(void *p, size_t count, size_t *room, size_t each)
{
    if (count < *room)
        return p;
    *room = *room ? *room * 2 : 64;
    p = reallocarray(p, *room, each);
    if (!p)
        abort();
    return p;
}

static void begin_row(struct tables_content *c)
{
    c->rows = grow(c->rows, c->row_count, &c->row_room, sizeof *c->rows);
    c->rows[c->row_count] = c->cell_count;
}

static void take_row(struct tables_content *c, const struct tables_csv *csv)
{
    for (size_t i = 0; i < csv->count; i++) {
        c->cells = grow(c->cells, c->cell_count, &c->cell_room, sizeof *c->cells);
        c->cells[c->cell_count++] = c->bytes.len;
        c->replaced += tables_mend(&c->bytes, csv->fields[i].bytes, csv->fields[i].n);
        buf_putc(&c->bytes, '\0');
    }
    c->columns = csv->count > c->columns ? csv->count : c->columns;
    c->row_count++;
    begin_row(c);
}

int tables_content_read(struct tables_content *c, const char *path, struct err *e)
{
    CLEANUP(tables_csv_done) struct tables_csv csv = {0};
    buf_clear(&c->bytes);
    c->cell_count = c->row_count = c->columns = 0;
    begin_row(c);
    int r = tables_csv_open(&csv, path, false, e);
    while (r == 0 && !(r = tables_csv_next(&csv, e))) {
        take_row(c, &csv);
        r = check_size(path, c->bytes.len, c->row_count, c->columns, e);
    }
    return r == TABLES_CSV_END ? 0 : r;
}

int tables_content_measure(const char *path, int32_t *out_rows, int32_t *out_columns, struct err *e)
{
    CLEANUP(tables_csv_done) struct tables_csv csv = {0};
    size_t rows = 0, columns = 0;
    int r = tables_csv_open(&csv, path, false, e);
    while (r == 0 && !(r = tables_csv_next(&csv, e))) {
        rows++;
        columns = csv.count > columns ? csv.count : columns;
        r = check_size(path, 0, rows, columns, e);
    }
    *out_rows = (int32_t)rows;
    *out_columns = (int32_t)columns;
    return r == TABLES_CSV_END ? 0 : r;
}

const char *tables_content_cell(const struct tables_content *c, size_t row, size_t column)
{
    size_t at = c->rows[row] + column;
    return at < c->rows[row + 1] ? c->bytes.data + c->cells[at] : "";
}

/* ---- types of columns */

enum type { TYPE_WHOLE, TYPE_REAL, TYPE_TRUTH, TYPE_TEXT };

static bool is_whole(const char *s)
{
    s += *s == '-' || *s == '+';
    size_t digits = strspn(s, "0123456789");
    return digits && digits < 19 && !s[digits];
}

/* Digits with a point and an exponent: neither inf nor nan nor 0x10, which strtod would take. */
static bool is_real(const char *s)
{
    char *end;
    if (!*s || s[strspn(s, "+-.0123456789eE")] || !strpbrk(s, "0123456789"))
        return false;
    double value = strtod(s, &end);
    return !*end && isfinite(value);
}

static bool truth_of(const char *s, bool *out)
{
    *out = s[0] == 'T' || s[0] == 't';
    return !strcmp(s, "True") || !strcmp(s, "TRUE") || !strcmp(s, "true") || !strcmp(s, "False") || !strcmp(s, "FALSE") ||
           !strcmp(s, "false");
}

static enum type type_of(const char *s)
{
    bool unused;
    if (is_whole(s))
        return TYPE_WHOLE;
    if (is_real(s))
        return TYPE_REAL;
    return truth_of(s, &unused) ? TYPE_TRUTH : TYPE_TEXT;
}

static enum type type_of_column(const struct tables_content *c, size_t column)
{
    enum type type = c->row_count ? type_of(tables_content_cell(c, 0, column)) : TYPE_TEXT;
    for (size_t row = 1; row < c->row_count && type != TYPE_TEXT; row++) {
        enum type one = type_of(tables_content_cell(c, row, column));
        bool numbers = one <= TYPE_REAL && type <= TYPE_REAL;
        type = one == type ? type : numbers ? TYPE_REAL : TYPE_TEXT;
    }
    return type;
}

/* In as few digits as mean the same number; and always with a point or an exponent. */
static void put_real(double value, struct buf *b)
{
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    buf_puts(b, text);
    if (!strpbrk(text, ".e"))
        buf_puts(b, ".0");
}

static void put_cell(enum type type, const char *s, struct buf *b)
{
    bool truth = false;
    switch (type) {
    case TYPE_WHOLE: buf_int(b, strtoll(s, NULL, 10)); return;
    case TYPE_REAL: put_real(strtod(s, NULL), b); return;
    case TYPE_TRUTH:
        truth_of(s, &truth);
        buf_puts(b, truth ? "true" : "false");
        return;
    case TYPE_TEXT: json_put_text(b, s); return;
    }
}

void tables_content_put(const struct tables_content *c, bool typed, struct buf *b)
{
    buf_putc(b, '[');
    for (size_t column = 0; column < c->columns; column++) {
        enum type type = typed ? type_of_column(c, column) : TYPE_TEXT;
        buf_puts(b, column ? ",[" : "[");
        for (size_t row = 0; row < c->row_count; row++) {
            if (row)
                buf_putc(b, ',');
            put_cell(type, tables_content_cell(c, row, column), b);
        }
        buf_putc(b, ']');
    }
    buf_putc(b, ']');
}
