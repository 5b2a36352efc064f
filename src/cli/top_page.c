/* See top_page.h. A page is written from its first row on over what stood there, each row wiped to its end, so nothing
 * flickers. */
#include "cli/top_page.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/columns.h"
#include "base/text.h"

static const char *const STYLES[] = {[TOP_PLAIN] = "", [TOP_BOLD] = "\033[1m", [TOP_DIM] = "\033[2m",
                                     [TOP_CHOSEN] = "\033[7m", [TOP_ALARM] = "\033[1;31m"};

static void drop_spaces(struct buf *b)
{
    while (b->len && b->data[b->len - 1] == ' ')
        b->data[--b->len] = '\0';
}

void top_page_row(struct top_page *p, enum top_style style, const char *text)
{
    CLEANUP(buf_done) struct buf safe = {0}, row = {0};
    if (p->row == p->height)
        return;
    text_safe(&safe, text, strlen(text), false);
    columns_fit(&row, buf_text(&safe), p->terminal ? p->width : columns_of(buf_text(&safe)));
    if (style != TOP_CHOSEN)
        drop_spaces(&row);
    if (p->terminal) {
        /* wiped first: behind a row that fills its line the cursor still stands on the last column */
        buf_printf(&p->out, "%s\033[K%s%s\033[0m", p->row ? "\r\n" : "\033[H", STYLES[style], buf_text(&row));
    } else {
        buf_printf(&p->out, "%s\n", buf_text(&row));
    }
    p->row++;
}

size_t top_page_room(const struct top_page *p) { return p->height - p->row; }

void top_page_end(struct top_page *p)
{
    if (p->terminal)
        buf_puts(&p->out, p->row < p->height ? "\r\n\033[J" : "");
}

/* The heaviest that is not chosen yet; count if there is none. */
static size_t heaviest(const struct top_column *columns, size_t count, unsigned looked_at)
{
    size_t best = count;
    for (size_t i = 0; i < count; i++)
        if (!(looked_at & 1u << i) && (best == count || columns[i].weight > columns[best].weight))
            best = i;
    return best;
}

unsigned top_columns_choose(const struct top_column *columns, size_t count, size_t width, size_t least,
                            size_t *out_first)
{
    unsigned chosen = 0, looked_at = 0;
    size_t used = 0, i;
    while ((i = heaviest(columns, count, looked_at)) < count) {
        looked_at |= 1u << i;
        if (least + used + 1 + columns[i].width > width)
            continue;
        chosen |= 1u << i;
        used += 1 + columns[i].width;
    }
    *out_first = width > used ? width - used : 0;
    return chosen;
}

void top_columns_put(struct buf *b, const struct top_column *columns, size_t count, unsigned chosen, const void *row)
{
    for (size_t i = 0; i < count; i++) {
        CLEANUP(buf_done) struct buf cell = {0}, safe = {0};
        if (!(chosen & 1u << i))
            continue;
        if (row)
            columns[i].put(&cell, row, columns[i].width);
        else
            buf_puts(&cell, columns[i].title);
        text_safe(&safe, buf_text(&cell), cell.len, false);
        buf_putc(b, ' ');
        (columns[i].left ? columns_fit : columns_fit_right)(b, buf_text(&safe), columns[i].width);
    }
}

void top_count(struct buf *b, int64_t n, size_t width)
{
    static const char UNITS[] = "kMGTPE";
    CLEANUP(buf_done) struct buf whole = {0};
    text_count(&whole, n);
    if (whole.len <= width) {
        buf_puts(b, buf_text(&whole));
        return;
    }
    double value = (double)n / 1000;
    size_t unit = 0;
    for (; value >= 999.5 && UNITS[unit + 1]; unit++)
        value /= 1000;
    buf_printf(b, value < 99.95 ? "%.1f%c" : "%.0f%c", value, UNITS[unit]);
}
