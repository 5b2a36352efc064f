/* A CSV file as the table of a dataset: tables_content, with libcsv under it.
 *
 * What is measured is what is read. A table that is read is written as JSON that reads as so many columns, all as long as there are
 * rows, and of text each cell is the one that was read; with types there is no other value than text, a number or a truth. A
 * refusal names the file. */
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/tables_content.h"
#include "fuzz.h"

static json_t *written(const struct tables_content *c, bool typed)
{
    CLEANUP(buf_done) struct buf b = {0};
    struct err e;
    json_t *columns = NULL;
    tables_content_put(c, typed, &b);
    fuzz_must(json_parse(buf_text(&b), b.len, &columns, &e) == 0, "no JSON: %s", e.text);
    fuzz_must(json_array_size(columns) == c->columns, "%zu columns of %zu", json_array_size(columns), c->columns);
    return columns;
}

static void check_cell(const struct tables_content *c, const json_t *cell, size_t row, size_t column, bool typed)
{
    if (json_is_string(cell))
        fuzz_must(strcmp(json_string_value(cell), tables_content_cell(c, row, column)) == 0, "another cell");
    else
        fuzz_must(typed && (json_is_number(cell) || json_is_boolean(cell)), "a cell that is no text");
}

static void check(const struct tables_content *c, bool typed)
{
    CLEANUP(json_drop) json_t *columns = written(c, typed);
    for (size_t column = 0; column < c->columns; column++) {
        const json_t *cells = json_array_get(columns, column);
        fuzz_must(json_array_size(cells) == c->row_count, "%zu rows of %zu", json_array_size(cells), c->row_count);
        for (size_t row = 0; row < c->row_count; row++)
            check_cell(c, json_array_get(cells, row), row, column, typed);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    CLEANUP(tables_content_done) struct tables_content c = {0};
    const char *path = fuzz_file(bytes, n);
    struct err e, measured = {0};
    int32_t rows, columns;
    int r = tables_content_read(&c, path, &e), m = tables_content_measure(path, &rows, &columns, &measured);
    if (r) {
        fuzz_check_refusal(r, &e);
        fuzz_must(strstr(e.text, path), "no file is named: %s", e.text);
        return 0;
    }
    fuzz_must(m == 0 && (size_t)rows == c.row_count && (size_t)columns == c.columns, "measured otherwise: %s", measured.text);
    check(&c, false);
    check(&c, true);
    return 0;
}
