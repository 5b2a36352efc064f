/* See tables_cells.h. Sorting counts the cells of each table and puts each where it belongs: a million takes milliseconds. */
#include "cli/tables_cells.h"

#include <stdlib.h>
#include <string.h>

static void *must(void *p)
{
    if (!p)
        abort();
    return p;
}

void tables_cells_done(struct tables_cells *c)
{
    free(c->all);
    free(c->first);
    buf_done(&c->texts);
    *c = (struct tables_cells){0};
}

int tables_cells_add(struct tables_cells *c, uint32_t table, int32_t a, int32_t b, const char *text, int64_t line)
{
    size_t n = text ? strlen(text) + 1 : 0;
    if (!c->texts.len)
        buf_putc(&c->texts, '\0');
    if (c->count >= UINT32_MAX - 1 || c->texts.len + n > UINT32_MAX)
        return -1;
    if (c->count == c->room) {
        c->room = c->room ? c->room * 2 : 1024;
        c->all = must(reallocarray(c->all, c->room, sizeof *c->all));
    }
    c->all[c->count++] = (struct tables_cell){table, a, b, text ? (uint32_t)c->texts.len : 0, (uint32_t)line};
    if (text)
        buf_add(&c->texts, text, n);
    return 0;
}

void tables_cells_sort(struct tables_cells *c, size_t tables)
{
    struct tables_cell *sorted = must(reallocarray(NULL, c->count + 1, sizeof *sorted));
    uint32_t *first = must(calloc(tables + 2, sizeof *first));
    for (size_t i = 0; i < c->count; i++)
        first[c->all[i].table + 2]++;
    for (size_t i = 2; i < tables + 2; i++)
        first[i] += first[i - 1];
    for (size_t i = 0; i < c->count; i++) /* first[t + 1] moves on to where table t + 1 begins */
        sorted[first[c->all[i].table + 1]++] = c->all[i];
    free(c->all);
    free(c->first);
    c->all = sorted;
    c->room = c->count + 1;
    c->first = first;
}

const struct tables_cell *tables_cells_of(const struct tables_cells *c, size_t table, size_t *out_count)
{
    *out_count = c->first[table + 1] - c->first[table];
    return c->all + c->first[table];
}

static int by_place(const void *one, const void *other)
{
    const struct tables_cell *x = one, *y = other;
    if (x->table != y->table)
        return x->table < y->table ? -1 : 1;
    return x->a != y->a ? (x->a < y->a ? -1 : 1) : (x->b > y->b) - (x->b < y->b);
}

size_t tables_cells_repeated(const struct tables_cells *c)
{
    size_t repeated = 0;
    struct tables_cell *sorted = must(reallocarray(NULL, c->count + 1, sizeof *sorted));
    if (c->count)
        memcpy(sorted, c->all, c->count * sizeof *sorted);
    qsort(sorted, c->count, sizeof *sorted, by_place);
    for (size_t i = 1; i < c->count; i++)
        repeated += by_place(&sorted[i - 1], &sorted[i]) == 0;
    free(sorted);
    return repeated;
}

const char *tables_cells_text(const struct tables_cells *c, const struct tables_cell *cell)
{
    return cell->text ? c->texts.data + cell->text : NULL;
}
