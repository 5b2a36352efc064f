/* See top_view.h. Two tables, of queues and of workers; each leaves out the columns that matter least where a terminal is
 * narrow. */
#include "cli/top_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/columns.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/failures.h"
#include "cli/out.h"

enum { NAME_LEAST = 10, FAILURES_SHOWN = 5 };

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "-";
}

static double number_of(const json_t *object, const char *name) { return json_number_value(json_object_get(object, name)); }

/* The table of queues ------------------------------------------------------------------------------------------ */

static void put_rate(struct buf *b, const void *row, size_t width)
{
    double rate = number_of(row, "rate");
    if (rate >= 100)
        top_count(b, (int64_t)(rate + 0.5), width - 2);
    else if (rate > 0)
        buf_printf(b, "%.1f", rate >= 1 ? rate : rate * 60);
    else
        return;
    buf_puts(b, rate >= 1 ? "/s" : "/min");
}

static void put_clock(struct buf *b, const json_t *eta, const char *part)
{
    double seconds = number_of(eta, part);
    if (seconds > 99 * 86400.0) {
        buf_puts(b, "> 99 d");
        return;
    }
    int64_t s = (int64_t)(seconds + 0.5);
    if (s >= 86400)
        buf_printf(b, "%lldd%02lldh", (long long)(s / 86400), (long long)(s % 86400 / 3600));
    else if (s >= 3600)
        buf_printf(b, "%lld:%02lld:%02lld", (long long)(s / 3600), (long long)(s / 60 % 60), (long long)(s % 60));
    else
        buf_printf(b, "%02lld:%02lld", (long long)(s / 60), (long long)(s % 60));
}

/* The time left, where there is any. */
static const json_t *eta_of(const json_t *queue)
{
    const json_t *eta = json_object_get(queue, "eta");
    return json_is_object(eta) && ask_unfinished(queue) ? eta : NULL;
}

static void put_left(struct buf *b, const void *row, size_t width)
{
    if (eta_of(row))
        put_clock(b, eta_of(row), "seconds");
}

static void put_between(struct buf *b, const void *row, size_t width)
{
    const json_t *eta = eta_of(row);
    if (!eta)
        return;
    put_clock(b, eta, "low");
    buf_puts(b, "–");
    put_clock(b, eta, "high");
}

static void put_state(struct buf *b, const void *row, size_t width)
{
    if (strcmp(text_of(row, "state"), "active") != 0)
        buf_puts(b, text_of(row, "state"));
}

#define PUT_COUNT(name)                                                                                               \
    static void put_##name(struct buf *b, const void *row, size_t width)                                              \
    {                                                                                                                 \
        top_count(b, ask_count(row, #name), width);                                                                   \
    }
PUT_COUNT(waiting)
PUT_COUNT(pending)
PUT_COUNT(running)
PUT_COUNT(succeeded)
PUT_COUNT(failed)
PUT_COUNT(killed)

static void put_workers(struct buf *b, const void *row, size_t width) { top_count(b, out_int(row, "workers"), width); }

static const struct top_column QUEUE_COLUMNS[] = {
    {"State", 6, 60, true, put_state},      {"Waiting", 9, 20, false, put_waiting}, {"Pending", 9, 100, false, put_pending},
    {"Running", 7, 90, false, put_running}, {"Done", 9, 50, false, put_succeeded},  {"Failed", 7, 80, false, put_failed},
    {"Killed", 7, 10, false, put_killed},   {"Workers", 7, 40, false, put_workers}, {"Rate", 8, 70, false, put_rate},
    {"Left", 8, 75, false, put_left},       {"Between", 17, 5, false, put_between},
};

static int64_t sort_value(const json_t *queue, enum top_sort sort)
{
    switch (sort) {
    case TOP_BY_PENDING: return ask_count(queue, "pending");
    case TOP_BY_RUNNING: return ask_count(queue, "running");
    case TOP_BY_FAILED: return ask_count(queue, "failed");
    case TOP_BY_RATE: return (int64_t)(number_of(queue, "rate") * 1000);
    default: return 0;
    }
}

static int by_sort(const void *a, const void *b, void *arg)
{
    const json_t *x = *(const json_t *const *)a, *y = *(const json_t *const *)b;
    int64_t m = sort_value(x, *(enum top_sort *)arg), n = sort_value(y, *(enum top_sort *)arg);
    if (m != n)
        return m < n ? 1 : -1;
    return strcmp(text_of(x, "queue"), text_of(y, "queue"));
}

const json_t **top_view_order(const struct top_view *v, const struct top_data *d, size_t *out_count)
{
    size_t count = *out_count = json_array_size(d->queues);
    enum top_sort sort = v->sort;
    const json_t **order = count ? calloc(count, sizeof *order) : NULL;
    for (size_t i = 0; order && i < count; i++)
        order[i] = json_array_get(d->queues, i);
    if (order)
        qsort_r(order, count, sizeof *order, by_sort, &sort);
    return order;
}

/* Where the chosen queue stands; 0 if it has gone. */
static size_t chosen_place(const struct top_view *v, const json_t *const *order, size_t count)
{
    char name[TOP_NAME_BYTES];
    for (size_t i = 0; i < count; i++)
        if (strcmp(top_data_name(order[i], name), v->chosen) == 0)
            return i;
    return 0;
}

const json_t *top_view_chosen(struct top_view *v, const struct top_data *d)
{
    size_t count;
    CLEANUP(cleanup_free) const json_t **order = top_view_order(v, d, &count);
    if (!count)
        return NULL;
    const json_t *queue = order[chosen_place(v, order, count)];
    top_data_name(queue, v->chosen);
    return queue;
}

static size_t moved(size_t at, int64_t by, size_t count)
{
    int64_t to = (int64_t)at + by;
    return !count || to < 0 ? 0 : (size_t)to >= count ? count - 1 : (size_t)to;
}

void top_view_move(struct top_view *v, const struct top_data *d, int64_t by)
{
    size_t count;
    CLEANUP(cleanup_free) const json_t **order = top_view_order(v, d, &count);
    if (v->inside)
        v->scroll = moved(v->scroll, by, json_array_size(d->workers));
    else if (count)
        top_data_name(order[moved(chosen_place(v, order, count), by, count)], v->chosen);
}

static void put_queue_row(struct buf *b, const json_t *queue, size_t first, unsigned chosen)
{
    CLEANUP(buf_done) struct buf safe = {0};
    const char *name = queue ? text_of(queue, "queue") : "Queue";
    text_safe(&safe, name, strlen(name), false);
    columns_fit(b, buf_text(&safe), first);
    top_columns_put(b, QUEUE_COLUMNS, COUNT_OF(QUEUE_COLUMNS), chosen, queue);
}

static void draw_queue_row(struct top_page *p, enum top_style style, const json_t *queue, size_t first, unsigned chosen)
{
    CLEANUP(buf_done) struct buf row = {0};
    put_queue_row(&row, queue, first, chosen);
    top_page_row(p, style, buf_text(&row));
}

static void draw_queues(struct top_view *v, const struct top_data *d, struct top_page *p)
{
    size_t count, first, room = top_page_room(p);
    CLEANUP(cleanup_free) const json_t **order = top_view_order(v, d, &count);
    unsigned chosen = top_columns_choose(QUEUE_COLUMNS, COUNT_OF(QUEUE_COLUMNS), p->width, NAME_LEAST, &first);
    size_t at = chosen_place(v, order, count), rows = room > 2 ? room - 2 : 0; /* beside titles and the last line */
    v->scroll = at < v->scroll ? at : rows && at >= v->scroll + rows ? at - rows + 1 : v->scroll;
    if (count <= rows)
        v->scroll = 0;
    draw_queue_row(p, TOP_BOLD, NULL, first, chosen);
    for (size_t i = v->scroll; i < count && i < v->scroll + rows; i++)
        draw_queue_row(p, i == at ? TOP_CHOSEN : TOP_PLAIN, order[i], first, chosen);
    if (!count && rows)
        top_page_row(p, TOP_DIM, d->queues ? "there are no queues" : "asking …");
}

/* The table of workers ----------------------------------------------------------------------------------------- */

struct worker_row {
    const json_t *worker;
    int64_t now_us;
};

/* "12 s" or "now", by the server's clock and ours; "-" where it never was. */
static void put_ago(struct buf *b, const struct worker_row *row, const char *name)
{
    int64_t us;
    const char *text = json_string_value(json_object_get(row->worker, name));
    if (!text || clock_parse(text, &us))
        buf_putc(b, '-');
    else if (row->now_us - us < CLOCK_SECOND)
        buf_puts(b, "now");
    else
        text_span(b, (row->now_us - us) / CLOCK_SECOND * CLOCK_SECOND);
}

static void put_seen(struct buf *b, const void *row, size_t width) { put_ago(b, row, "seen"); }
static void put_since(struct buf *b, const void *row, size_t width) { put_ago(b, row, "oldest_started"); }

#define PUT_WORKER(name, field)                                                                                       \
    static void put_worker_##name(struct buf *b, const void *row, size_t width)                                       \
    {                                                                                                                 \
        top_count(b, out_int(((const struct worker_row *)row)->worker, field), width);                                \
    }
PUT_WORKER(holds, "leases")
PUT_WORKER(done, "finished")
PUT_WORKER(failed, "failed")

static const struct top_column WORKER_COLUMNS[] = {
    {"Holds", 6, 100, false, put_worker_holds}, {"Since", 12, 90, false, put_since}, {"Seen", 12, 60, false, put_seen},
    {"Done", 9, 50, false, put_worker_done},    {"Failed", 7, 70, false, put_worker_failed},
};

static void draw_worker_row(struct top_page *p, enum top_style style, const struct worker_row *row, size_t first,
                            unsigned chosen)
{
    CLEANUP(buf_done) struct buf text = {0}, safe = {0};
    const char *name = row ? text_of(row->worker, "worker") : "Worker";
    text_safe(&safe, name, strlen(name), false);
    columns_fit(&text, buf_text(&safe), first);
    top_columns_put(&text, WORKER_COLUMNS, COUNT_OF(WORKER_COLUMNS), chosen, row);
    top_page_row(p, style, buf_text(&text));
}

static void draw_workers(const struct top_data *d, int64_t now_us, struct top_page *p, size_t from, size_t rows,
                         size_t least)
{
    size_t first, count = json_array_size(d->workers);
    unsigned chosen = top_columns_choose(WORKER_COLUMNS, COUNT_OF(WORKER_COLUMNS), p->width, least, &first);
    draw_worker_row(p, TOP_BOLD, NULL, first, chosen);
    for (size_t i = from; i < count && i - from < rows; i++) {
        struct worker_row row = {json_array_get(d->workers, i), now_us};
        draw_worker_row(p, TOP_PLAIN, &row, first, chosen);
    }
    if (!count && rows)
        top_page_row(p, TOP_DIM, d->workers ? "nobody works on it" : "asking …");
    else if (d->more_workers)
        top_page_row(p, TOP_DIM, "and more");
}

/* Why tasks failed, in the rows that are left. */
static void draw_failures(const struct top_data *d, struct top_page *p, size_t rows)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct failures f;
    if (!d->failures || rows < 2)
        return;
    failures_take(d->failures, &a, &f);
    if (f.count)
        top_page_row(p, TOP_BOLD, "Failures");
    for (size_t i = 0; i < f.count && i + 1 < rows; i++) {
        CLEANUP(buf_done) struct buf line = {0};
        failures_line(&line, &f.groups[i]);
        top_page_row(p, TOP_PLAIN, buf_text(&line));
    }
}

static void draw_inside(struct top_view *v, const struct top_data *d, int64_t now_us, struct top_page *p)
{
    size_t first;
    unsigned chosen = top_columns_choose(QUEUE_COLUMNS, COUNT_OF(QUEUE_COLUMNS), p->width, NAME_LEAST, &first);
    const json_t *queue = top_view_chosen(v, d);
    draw_queue_row(p, TOP_BOLD, NULL, first, chosen);
    if (queue)
        draw_queue_row(p, TOP_PLAIN, queue, first, chosen);
    top_page_row(p, TOP_PLAIN, "");
    size_t groups = json_array_size(json_object_get(d->failures, "groups"));
    size_t below = groups ? (groups < FAILURES_SHOWN ? groups : FAILURES_SHOWN) + 1 : 0, room = top_page_room(p);
    size_t rows = room > below + 4 ? room - below - 3 : room > 2 ? room - 2 : 0;
    draw_workers(d, now_us, p, v->scroll, rows, NAME_LEAST);
    if (room > below + 4)
        draw_failures(d, p, below);
}

/* The page ----------------------------------------------------------------------------------------------------- */

static void put_health(const struct top_data *d, struct buf *b)
{
    buf_printf(b, "docket %s at %s", text_of(d->health, "version"), d->url);
    if (!d->health)
        return;
    buf_puts(b, ", up ");
    text_span(b, (int64_t)number_of(d->health, "uptime") * CLOCK_SECOND);
    buf_printf(b, ", disk %s", strcmp(text_of(d->health, "status"), "full") == 0 ? "full" : "ok");
    if (d->turn_s >= 0)
        buf_printf(b, ", turns take %.2g ms", d->turn_s * 1000);
}

static void draw_health(const struct top_data *d, struct top_page *p)
{
    CLEANUP(buf_done) struct buf b = {0};
    bool well = !d->health || strcmp(text_of(d->health, "status"), "ok") == 0;
    size_t i;
    json_t *warning;
    put_health(d, &b);
    top_page_row(p, well ? TOP_PLAIN : TOP_ALARM, buf_text(&b));
    json_array_foreach(json_object_get(d->health, "warnings"), i, warning)
        top_page_row(p, TOP_ALARM, text_of(warning, "text"));
    buf_clear(&b);
    if (d->away) {
        buf_puts(&b, "server away, trying again: ");
        text_span(&b, clock_mono_us() - d->away_since_us);
    } else if (d->trouble.code) {
        buf_puts(&b, d->trouble.text);
    }
    if (b.len)
        top_page_row(p, TOP_ALARM, buf_text(&b));
}

static const char *const HELP[] = {
    "q            quit",
    "up, k        the queue above (inside: the workers above)",
    "down, j      the queue below",
    "Enter        into a queue: its workers, and why tasks failed",
    "Esc          back",
    "s            sort: by name, pending, running, failed, rate",
    "p            pause the queue, or resume it",
    "?            this help",
};

static const char *const SORT_WORDS[TOP_SORTS] = {"name", "pending", "running", "failed", "rate"};

static void draw_last_line(const struct top_view *v, const struct top_data *d, struct top_page *p)
{
    CLEANUP(buf_done) struct buf b = {0};
    while (top_page_room(p) > 1)
        top_page_row(p, TOP_PLAIN, "");
    if (*v->note) {
        top_page_row(p, TOP_BOLD, v->note);
        return;
    }
    buf_puts(&b, v->inside || v->help ? "q quit  Esc back  p pause  ? help" : "q quit  ? help  Enter workers  p pause  s sort: ");
    if (!v->inside && !v->help)
        buf_puts(&b, SORT_WORDS[v->sort]);
    if (d->more_queues)
        buf_printf(&b, "  (the first %d queues)", TOP_QUEUES_MOST);
    top_page_row(p, TOP_DIM, buf_text(&b));
}

void top_view_draw(struct top_view *v, const struct top_data *d, int64_t now_us, struct top_page *p)
{
    draw_health(d, p);
    if (v->help)
        for (size_t i = 0; i < COUNT_OF(HELP) && top_page_room(p) > 1; i++)
            top_page_row(p, TOP_PLAIN, HELP[i]);
    else if (v->inside)
        draw_inside(v, d, now_us, p);
    else
        draw_queues(v, d, p);
    draw_last_line(v, d, p);
    top_page_end(p);
}

/* Columns that the longest name wants: on plain lines names are whole. */
static size_t longest(const json_t *array, const char *name)
{
    size_t most = NAME_LEAST, i;
    json_t *item;
    json_array_foreach(array, i, item) {
        CLEANUP(buf_done) struct buf safe = {0};
        const char *text = text_of(item, name);
        text_safe(&safe, text, strlen(text), false);
        size_t n = columns_of(buf_text(&safe));
        most = n > most ? n : most;
    }
    return most;
}

void top_view_tell(struct top_view *v, const struct top_data *d, int64_t now_us, struct top_page *p)
{
    size_t count;
    CLEANUP(cleanup_free) const json_t **order = top_view_order(v, d, &count);
    size_t first = longest(d->queues, "queue");
    draw_health(d, p);
    draw_queue_row(p, TOP_PLAIN, NULL, first, ~0u);
    for (size_t i = 0; i < count; i++)
        draw_queue_row(p, TOP_PLAIN, order[i], first, ~0u);
}

void top_view_tell_inside(const struct top_data *d, int64_t now_us, struct top_page *p)
{
    CLEANUP(buf_done) struct buf title = {0};
    buf_printf(&title, "workers of %s", d->of);
    top_page_row(p, TOP_PLAIN, "");
    top_page_row(p, TOP_PLAIN, buf_text(&title));
    p->width = SIZE_MAX;
    size_t least = longest(d->workers, "worker"), all = 0;
    for (size_t i = 0; i < COUNT_OF(WORKER_COLUMNS); i++)
        all += 1 + WORKER_COLUMNS[i].width;
    p->width = least + all;
    draw_workers(d, now_us, p, 0, SIZE_MAX, least);
}
