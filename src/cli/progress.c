/* The bar is written in one piece, at most ten times a second, and fits the width the terminal has at that moment: the
 * figures that matter least are left out first, then the bar itself. Without a terminal a line is written at the start
 * and then each ten seconds or each tenth of the work, whichever is sooner, but never more than one in two seconds. */
#include "cli/progress.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/out.h"
#include "cli/queue_words.h"
#include "core/eta.h"

enum { TICK_MS = 100, PLAIN_S = 10, PLAIN_LEAST_S = 2, BAR_LEAST = 10, BAR_MOST = 40, SAY_BYTES = 4096 };

void progress_init(struct progress *p, struct loop *l, bool quiet)
{
    *p = (struct progress){.terminal = isatty(STDERR_FILENO), .quiet = quiet, .total = -1};
    loop_timer_init(l, &p->timer, NULL, p);
}

static void put(const struct buf *b)
{
    ssize_t unused = write(STDERR_FILENO, buf_text(b), b->len);
    (void)unused; /* nobody is there to be told */
}

static void put_rate(double rate, struct buf *b)
{
    if (rate >= 10)
        text_count(b, (int64_t)(rate + 0.5));
    else
        buf_printf(b, "%.1f", rate >= 1 ? rate : rate * 60);
    buf_puts(b, rate >= 1 ? "/s" : "/min");
}

static void put_time_left(const struct progress *p, const struct rate_window *window, struct buf *b)
{
    struct eta eta;
    int64_t left = p->total - p->done, running = left < p->at_once ? left : p->at_once;
    if (eta_estimate(window, left, running, clock_mono_us(), &eta))
        queue_words_left(&eta, b);
}

enum figure { FIGURE_DONE, FIGURE_NOTE, FIGURE_FAILED, FIGURE_TIME, FIGURE_LEFT, FIGURE_RATE, FIGURE_COUNT };

/* Appends one figure; nothing where it does not apply. */
static void put_figure(const struct progress *p, enum figure which, struct buf *b)
{
    int64_t now_us = clock_mono_us();
    const struct rate_window *window = p->rates ? rates_of(p->rates, 0, now_us) : NULL;
    double rate = eta_rate(window, now_us);
    if (which == FIGURE_DONE) {
        text_count(b, p->done);
        if (p->total >= 0) {
            buf_putc(b, '/');
            text_count(b, p->total);
        }
        buf_printf(b, " %s", p->word ? p->word : "done");
    } else if (which == FIGURE_FAILED && !p->word) {
        text_count(b, p->failed);
        buf_puts(b, " failed");
    } else if (which == FIGURE_LEFT && p->total >= 0) {
        text_count(b, p->total - p->done);
        buf_puts(b, " left");
    } else if (which == FIGURE_RATE && rate > 0) {
        put_rate(rate, b);
    } else if (which == FIGURE_TIME && p->total > p->done) {
        put_time_left(p, window, b);
    } else if (which == FIGURE_NOTE && p->note) {
        buf_printf(b, "(%s)", p->note);
    }
}

/* Which figures fit beside each other, the weightier first. */
static unsigned choose(const struct progress *p, size_t width)
{
    unsigned chosen = 0;
    size_t used = 0;
    for (int f = 0; f < FIGURE_COUNT; f++) {
        CLEANUP(buf_done) struct buf text = {0};
        put_figure(p, f, &text);
        size_t wanted = text.len + (used ? 2 : 0);
        if (!text.len || used + wanted > width)
            continue;
        chosen |= 1u << f;
        used += wanted;
    }
    return chosen;
}

static void put_bar(const struct progress *p, size_t room, struct buf *b)
{
    size_t inside = (room > BAR_MOST ? BAR_MOST : room) - 2;
    size_t full = p->total > 0 ? (size_t)((double)inside * (double)p->done / (double)p->total) : inside;
    buf_putc(b, '[');
    for (size_t i = 0; i < inside; i++)
        buf_putc(b, i < full ? '=' : i == full ? '>' : ' ');
    buf_puts(b, "] ");
}

void progress_line(const struct progress *p, size_t width, struct buf *b)
{
    static const enum figure order[] = {FIGURE_DONE, FIGURE_FAILED, FIGURE_LEFT, FIGURE_RATE, FIGURE_TIME, FIGURE_NOTE};
    CLEANUP(buf_done) struct buf figures = {0};
    unsigned chosen = choose(p, width);
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        if (!(chosen & 1u << order[i]))
            continue;
        if (figures.len)
            buf_puts(&figures, "  ");
        put_figure(p, order[i], &figures);
    }
    if (p->total >= 0 && width != OUT_UNLIMITED && width >= figures.len + BAR_LEAST + 1)
        put_bar(p, width - figures.len - 1, b);
    buf_add(b, buf_text(&figures), figures.len);
}

void progress_hide(struct progress *p)
{
    CLEANUP(buf_done) struct buf clear = {0};
    if (!p->drawn)
        return;
    buf_puts(&clear, "\r\033[K");
    put(&clear);
    p->drawn = false;
    p->changed = true;
}

static void draw(struct progress *p, int64_t now_us)
{
    CLEANUP(buf_done) struct buf b = {0};
    buf_puts(&b, "\r\033[K");
    progress_line(p, out_width(STDERR_FILENO) - 1, &b);
    put(&b);
    p->drawn = true;
    p->changed = false;
    p->drawn_us = now_us;
}

static void tell(struct progress *p, int64_t now_us)
{
    CLEANUP(buf_done) struct buf b = {0};
    progress_line(p, OUT_UNLIMITED, &b);
    buf_putc(&b, '\n');
    put(&b);
    p->told_done = p->done;
    p->drawn_us = now_us;
}

static bool is_time_to_tell(const struct progress *p, int64_t now_us)
{
    int64_t since_us = now_us - p->drawn_us;
    bool much = p->total > 0 && p->done - p->told_done >= (p->total + 9) / 10;
    return since_us >= PLAIN_S * CLOCK_SECOND || (much && since_us >= PLAIN_LEAST_S * CLOCK_SECOND);
}

static void on_tick(void *arg)
{
    struct progress *p = arg;
    int64_t now_us = clock_mono_us();
    if (p->terminal && (p->changed || now_us - p->drawn_us >= CLOCK_SECOND))
        draw(p, now_us);
    else if (!p->terminal && is_time_to_tell(p, now_us))
        tell(p, now_us);
    loop_timer_set(&p->timer, now_us + TICK_MS * CLOCK_MS);
}

void progress_begin(struct progress *p, int64_t total, int64_t done, int64_t failed, int at_once)
{
    int64_t now_us = clock_mono_us();
    p->total = total;
    p->done = p->told_done = done;
    p->failed = failed;
    p->at_once = at_once;
    p->reached_us = now_us;
    rates_free(p->rates);
    p->rates = rates_new();
    p->running = true;
    if (p->quiet)
        return;
    if (p->terminal)
        draw(p, now_us);
    else
        tell(p, now_us);
    p->timer.fn = on_tick;
    loop_timer_set(&p->timer, now_us + TICK_MS * CLOCK_MS);
}

void progress_result(struct progress *p, bool succeeded, int64_t ran_us)
{
    struct rate_sum one = {0};
    rate_sum_task(&one, ran_us, ran_us);
    if (p->rates)
        rates_add(p->rates, 0, &one, clock_mono_us());
    p->done++;
    p->failed += !succeeded;
    if (p->total >= 0 && p->total < p->done)
        p->total = p->done;
    p->changed = true;
}

/* A lot is taken as so many side by side. */
static void count_lot(struct progress *p, int64_t count)
{
    int64_t now_us = clock_mono_us();
    double n = (double)count, took_s = (double)(now_us - p->reached_us) / CLOCK_SECOND;
    struct rate_sum lot = {count, n * took_s, n * took_s, n * took_s * took_s};
    if (count <= 0 || !p->rates)
        return;
    rates_add(p->rates, 0, &lot, now_us);
    p->at_once = count;
    p->reached_us = now_us;
}

void progress_reached(struct progress *p, int64_t done)
{
    count_lot(p, done - p->done);
    p->done = done;
    if (p->total >= 0 && p->total < done)
        p->total = done;
    p->changed = true;
}

void progress_note(struct progress *p, const char *note)
{
    p->changed = p->changed || p->note != note;
    p->note = note;
}

void progress_say(struct progress *p, const char *fmt, ...)
{
    char text[SAY_BYTES];
    CLEANUP(buf_done) struct buf b = {0};
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    text_safe(&b, text, strlen(text), false);
    buf_putc(&b, '\n');
    progress_hide(p);
    put(&b);
}

void progress_end(struct progress *p)
{
    loop_timer_stop(&p->timer);
    progress_hide(p);
    p->running = false;
    rates_free(p->rates);
    p->rates = NULL;
}
