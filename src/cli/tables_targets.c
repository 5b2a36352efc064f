/* See tables_targets.h. Cells are read as they are written, first number and second; what the numbers mean is settled for all of
 * them at once. */
#include "cli/tables_targets.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "core/dataset.h"

enum { ONE_IN = 100 }; /* so few may lie outside */

static const struct {
    const char *word;
    enum tables_order order;
} ORDERS[] = {{"col-row", TABLES_COL_ROW}, {"row-col", TABLES_ROW_COL}, {"2019", TABLES_COL_ROW}, {"2020", TABLES_ROW_COL}};

int tables_order_from(const char *word, enum tables_order *out, struct err *e)
{
    *out = TABLES_ORDER_UNSAID;
    for (size_t i = 0; word && i < COUNT_OF(ORDERS); i++)
        if (strcmp(word, ORDERS[i].word) == 0)
            *out = ORDERS[i].order;
    if (!word || *out)
        return 0;
    return err_refuse(e, ERR_USAGE, "--order is col-row (as in 2019) or row-col (since 2020), not '%s'", word);
}

const char *tables_order_word(enum tables_order order) { return order == TABLES_ROW_COL ? "row-col" : "col-row"; }

void tables_targets_done(struct tables_targets *t)
{
    for (int kind = 1; kind < TARGET_KINDS; kind++) {
        tables_cells_done(&t->cells[kind]);
        tables_strangers_done(&t->strangers[kind]);
    }
    *t = (struct tables_targets){0};
}

int tables_targets_read(struct tables_targets *t, struct tables_folder *f, struct err *e)
{
    int r = 0;
    for (int kind = 1; r == 0 && kind < TARGET_KINDS; kind++) {
        if (t->files.of[kind])
            r = tables_places_read(t->files.of[kind], (enum target_kind)kind, TABLES_TARGETS, f, &t->cells[kind], &t->strangers[kind],
                                   &t->replaced, e);
        tables_cells_sort(&t->cells[kind], f->count);
    }
    return r;
}

static bool is_inside(const struct tables_folder *f, enum target_kind kind, enum tables_order order, const struct tables_cell *c)
{
    const struct tables_entry *t = &f->all[c->table];
    if (kind != TARGET_CEA)
        return c->a < t->columns && c->b < t->columns;
    return order == TABLES_ROW_COL ? c->a < t->rows && c->b < t->columns : c->b < t->rows && c->a < t->columns;
}

static int64_t count_outside(const struct tables_targets *t, const struct tables_folder *f, enum target_kind kind, enum tables_order order)
{
    int64_t outside = 0;
    for (size_t i = 0; i < t->cells[kind].count; i++)
        outside += !is_inside(f, kind, order, &t->cells[kind].all[i]);
    return outside;
}

static bool is_too_many(const struct tables_targets *t, enum target_kind kind, int64_t outside)
{
    return outside > (int64_t)t->cells[kind].count / ONE_IN;
}

static void put_some(const struct tables_targets *t, const struct tables_folder *f, enum target_kind kind, struct buf *b)
{
    int named = 0;
    for (size_t i = 0; i < t->cells[kind].count && named < TABLES_NAMED; i++) {
        const struct tables_cell *c = &t->cells[kind].all[i];
        const struct tables_entry *table = &f->all[c->table];
        if (is_inside(f, kind, t->order, c))
            continue;
        buf_printf(b, "%sline %" PRIu32 " (%.60s has %" PRId32 " rows, %" PRId32 " columns)", named++ ? ", " : "", c->line, table->name,
                   table->rows, table->columns);
    }
}

static int refuse_outside(const struct tables_targets *t, const struct tables_folder *f, enum target_kind kind, struct err *e)
{
    CLEANUP(buf_done) struct buf some = {0};
    bool cea = kind == TARGET_CEA;
    enum tables_order other = t->order == TABLES_ROW_COL ? TABLES_COL_ROW : TABLES_ROW_COL;
    put_some(t, f, kind, &some);
    int r = err_refuse(e, ERR_BAD_LINE, "%s: %" PRId64 " of %zu targets lie outside their tables%s%s: %s", t->files.of[kind],
                       t->outside[kind], t->cells[kind].count, cea ? " in the order " : "", cea ? tables_order_word(t->order) : "",
                       buf_text(&some));
    if (cea && !is_too_many(t, kind, count_outside(t, f, kind, other)))
        err_hint(e, "the order %s fits: --order %s", tables_order_word(other), tables_order_word(other));
    else
        err_hint(e, "%sare these the tables that the file was made for?", cea ? "no order fits: " : "");
    return r;
}

static void find_order(struct tables_targets *t, const struct tables_folder *f)
{
    int64_t col_row = count_outside(t, f, TARGET_CEA, TABLES_COL_ROW), row_col = count_outside(t, f, TARGET_CEA, TABLES_ROW_COL);
    t->order = row_col < col_row ? TABLES_ROW_COL : TABLES_COL_ROW;
    t->fit = row_col == col_row ? TABLES_FIT_BOTH : TABLES_FIT_FOUND;
}

/* From now on all cells are row, column. */
static void turn_cells(struct tables_cells *cells)
{
    for (size_t i = 0; i < cells->count; i++) {
        int32_t a = cells->all[i].a;
        cells->all[i].a = cells->all[i].b;
        cells->all[i].b = a;
    }
}

int tables_targets_settle(struct tables_targets *t, const struct tables_folder *f, enum tables_order said, struct err *e)
{
    int r = 0;
    t->order = said ? said : TABLES_COL_ROW;
    t->fit = said ? TABLES_FIT_SAID : TABLES_FIT_NONE;
    if (!said && t->cells[TARGET_CEA].count)
        find_order(t, f);
    for (int kind = 1; r == 0 && kind < TARGET_KINDS; kind++) {
        t->outside[kind] = count_outside(t, f, (enum target_kind)kind, t->order);
        if (is_too_many(t, (enum target_kind)kind, t->outside[kind]))
            r = refuse_outside(t, f, (enum target_kind)kind, e);
    }
    if (r == 0 && t->order == TABLES_COL_ROW)
        turn_cells(&t->cells[TARGET_CEA]);
    return r;
}

bool tables_targets_headless(const struct tables_targets *t, size_t table)
{
    size_t n;
    const struct tables_cell *cells = tables_cells_of(&t->cells[TARGET_CEA], table, &n);
    for (size_t i = 0; i < n; i++)
        if (cells[i].a == 0)
            return true;
    return false;
}
