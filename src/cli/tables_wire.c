/* See tables_wire.h. Written straight into the bytes: a million targets are no million objects. */
#include "cli/tables_wire.h"

#include <string.h>

#include "base/json.h"
#include "core/dataset.h"

static void put_switch(struct buf *b, const char *name, bool on)
{
    buf_printf(b, ",\"%s\":%s", name, on ? "true" : "false");
}

void tables_wire_begin(const struct tables_settings *s, struct buf *b)
{
    buf_printf(b, "{\"dataset\":{\"order\":\"%s\",\"prefix\":", tables_order_word(s->order));
    json_put_text(b, s->prefix);
    put_switch(b, "audit", s->audit);
    put_switch(b, "analyze", s->analyze);
    put_switch(b, "open", s->open);
    put_switch(b, "gt", s->gt);
    put_switch(b, "solution", s->solution);
    buf_puts(b, "}}\n");
}

static void put_header(const struct tables_content *c, struct buf *b)
{
    buf_putc(b, '[');
    for (size_t column = 0; c->row_count && column < c->columns; column++) {
        if (column)
            buf_putc(b, ',');
        json_put_text(b, tables_content_cell(c, 0, column));
    }
    buf_putc(b, ']');
}

static const char *without(const char *prefix, const char *text)
{
    size_t n = strlen(prefix);
    return n && strncmp(text, prefix, n) == 0 ? text + n : text;
}

static void put_cell(const struct tables_cells *cells, const struct tables_cell *c, bool two, const char *prefix, struct buf *b)
{
    const char *text = tables_cells_text(cells, c);
    buf_putc(b, '[');
    buf_int(b, c->a);
    if (two) {
        buf_putc(b, ',');
        buf_int(b, c->b);
    }
    if (text) {
        buf_putc(b, ',');
        json_put_text(b, without(prefix, text));
    }
    buf_putc(b, ']');
}

/* What stands between this list and the one before it is `between`, which is then a comma. */
static void put_lists(const struct tables_cells all[TARGET_KINDS], size_t table, const char *prefix, const char *between, struct buf *b)
{
    for (int kind = 1; kind < TARGET_KINDS; kind++) {
        size_t count;
        const struct tables_cell *cells = tables_cells_of(&all[kind], table, &count);
        if (!count)
            continue;
        buf_printf(b, "%s\"%s\":[", between, dataset_kind_word((enum target_kind)kind));
        for (size_t i = 0; i < count; i++) {
            if (i)
                buf_putc(b, ',');
            put_cell(&all[kind], &cells[i], kind != TARGET_CTA, prefix, b);
        }
        buf_putc(b, ']');
        between = ",";
    }
}

static void put_truth(const char *name, const struct tables_truth *truth, size_t table, struct buf *b)
{
    if (!truth || !truth->given)
        return;
    buf_printf(b, ",\"%s\":{", name);
    put_lists(truth->cells, table, "", "", b);
    buf_putc(b, '}');
}

void tables_wire_content(const struct tables_content *c, bool headless, struct buf *b)
{
    buf_puts(b, "\"header\":");
    if (headless)
        buf_puts(b, "null");
    else
        put_header(c, b);
    buf_puts(b, ",\"data\":");
    tables_content_put(c, headless, b);
}

void tables_wire_table(const struct tables_line *line, struct buf *b)
{
    buf_puts(b, "{\"table\":");
    json_put_text(b, line->name);
    buf_putc(b, ',');
    tables_wire_content(line->content, tables_targets_headless(line->targets, line->table), b);
    put_lists(line->targets->cells, line->table, line->prefix, ",", b);
    put_truth("gt", line->gt, line->table, b);
    put_truth("solution", line->solution, line->table, b);
}

void tables_wire_close(struct buf *b) { buf_puts(b, "}\n"); }

void tables_wire_end(size_t tables, const int64_t unknown[TARGET_KINDS], struct buf *b)
{
    buf_printf(b, "{\"end\":{\"tables\":%zu,\"unknown\":{", tables);
    for (int kind = 1; kind < TARGET_KINDS; kind++)
        buf_printf(b, "%s\"%s\":%lld", kind > 1 ? "," : "", dataset_kind_word((enum target_kind)kind), (long long)unknown[kind]);
    buf_puts(b, "}}}\n");
}
