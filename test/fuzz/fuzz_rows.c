/* A CSV file for `docket load`: row_reader, with libcsv under it.
 *
 * A file that is read whole is written again by the rules of RFC 4180, and that reads as the same names and rows. Each row
 * has a field for each name, names differ, lines are counted upwards and never beyond those there are. A refusal names
 * the file and a line of it. Reading again from the beginning says the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cli/row_reader.h"
#include "fuzz.h"

struct table {
    struct arena arena;
    struct template_value *cells;
    size_t count, room, columns;
    int end; /* how reading ended */
    struct err err;
};

static void add(struct table *t, const char *bytes, size_t n)
{
    if (t->count == t->room) {
        struct template_value *more = arena_array(&t->arena, t->room * 2 + 64, sizeof *more);
        if (t->count)
            memcpy(more, t->cells, t->count * sizeof *more);
        t->cells = more;
        t->room = t->room * 2 + 64;
    }
    t->cells[t->count++] = (struct template_value){arena_copy(&t->arena, n ? bytes : "", n), n};
}

static void read_rows(struct row_reader *r, struct table *t, int64_t lines)
{
    const struct template_value *fields;
    int64_t line = r->lines.number;
    while ((t->end = row_reader_next(r, &fields, &t->err)) == 0) {
        fuzz_must(r->first_line > line && r->first_line <= r->lines.number && r->lines.number <= lines,
                  "a row of the lines %lld to %lld, behind %lld", (long long)r->first_line, (long long)r->lines.number,
                  (long long)line);
        line = r->lines.number;
        for (size_t i = 0; fields && i < r->name_count; i++)
            add(t, fields[i].bytes, fields[i].n);
    }
}

static void check_names(const struct row_reader *r)
{
    for (size_t i = 0; i < r->name_count; i++) {
        fuzz_must(text_is_utf8(r->names[i], strlen(r->names[i])), "a name that is no text");
        for (size_t k = 0; k < i; k++)
            fuzz_must(!*r->names[i] || strcmp(r->names[i], r->names[k]) != 0, "two columns of one name");
    }
}

static void check_refusal(const struct table *t, const char *path, int64_t lines)
{
    long long line;
    fuzz_check_refusal(t->end, &t->err);
    fuzz_must(strncmp(t->err.text, path, strlen(path)) == 0, "no file is named: %s", t->err.text);
    if (sscanf(t->err.text + strlen(path), " line %lld", &line) == 1)
        fuzz_must(line >= 1 && line <= lines, "there is no such line: %s", t->err.text);
    else
        fuzz_must(strstr(t->err.text, "no line that names"), "no line is named: %s", t->err.text);
}

static int64_t count_lines(const char *bytes, size_t n)
{
    int64_t lines = n && bytes[n - 1] != '\n';
    for (size_t i = 0; i < n; i++)
        lines += bytes[i] == '\n';
    return lines;
}

/* Names and rows of the file, twice. */
static void read_table(const char *bytes, size_t n, struct table *t)
{
    CLEANUP(row_reader_done) struct row_reader r = {0};
    int64_t lines = count_lines(bytes, n);
    const char *path = fuzz_file(bytes, n);
    t->end = row_reader_open(&r, path, &t->err);
    if (t->end == 0) {
        check_names(&r);
        t->columns = r.name_count;
        for (size_t i = 0; i < r.name_count; i++)
            add(t, r.names[i], strlen(r.names[i]));
        read_rows(&r, t, lines);
        struct table again = {0};
        fuzz_must(row_reader_rewind(&r) == 0, "a file that cannot be read again");
        read_rows(&r, &again, lines);
        fuzz_must(again.end == t->end && again.count + t->columns == t->count, "it reads otherwise the second time");
        arena_done(&again.arena);
    }
    if (t->end != LINE_READER_END)
        check_refusal(t, path, lines);
}

static size_t leading_crs(const char *bytes, size_t n)
{
    size_t i = 0;
    while (i < n && bytes[i] == '\r')
        i++;
    return i;
}

/* The fields of a good file, by counting what stands outside of quotes. */
static size_t count_fields(const char *bytes, size_t n)
{
    size_t fields = 0, from = n >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0, row = 0, begin = from;
    bool quoted = false;
    for (size_t i = from; i <= n; i++) {
        bool end = i == n || (bytes[i] == '\n' && !quoted);
        if (!end) {
            quoted = quoted != (bytes[i] == '"');
            row += bytes[i] == ',' && !quoted;
            continue;
        }
        bool blank = leading_crs(bytes + begin, i - begin) == i - begin;
        fields += blank ? 0 : row + 1;
        row = 0;
        begin = i + 1;
    }
    return fields;
}

static void write_cell(struct buf *b, const struct template_value *cell)
{
    buf_putc(b, '"');
    for (size_t i = 0; i < cell->n; i++) {
        if (cell->bytes[i] == '"')
            buf_putc(b, '"');
        buf_putc(b, cell->bytes[i]);
    }
    buf_putc(b, '"');
}

static void check_written_and_read(const struct table *t)
{
    CLEANUP(buf_done) struct buf b = {0};
    struct table again = {0};
    for (size_t i = 0; i < t->count; i++) {
        write_cell(&b, &t->cells[i]);
        buf_puts(&b, (i + 1) % t->columns ? "," : "\r\n");
    }
    read_table(buf_text(&b), b.len, &again);
    fuzz_must(again.end == LINE_READER_END && again.columns == t->columns && again.count == t->count,
              "what was written reads otherwise: %s", again.end == LINE_READER_END ? "" : again.err.text);
    for (size_t i = 0; i < t->count; i++)
        fuzz_must(again.cells[i].n == t->cells[i].n && memcmp(again.cells[i].bytes, t->cells[i].bytes, t->cells[i].n) == 0,
                  "field %zu reads otherwise", i);
    arena_done(&again.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct table t = {0};
    read_table((const char *)bytes, n, &t);
    if (t.end == LINE_READER_END) {
        size_t fields = count_fields((const char *)bytes, n);
        fuzz_must(t.count == fields, "%zu fields were handed out of %zu", t.count, fields);
        check_written_and_read(&t);
    }
    arena_done(&t.arena);
    return 0;
}
