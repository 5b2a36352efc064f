/* See queue_words.h. */
#include "cli/queue_words.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/out.h"

static void put_seconds(const json_t *object, const char *name, struct buf *b)
{
    text_span(b, json_seconds(json_object_get(object, name)));
}

void queue_words_policy(const json_t *queue, struct buf *b)
{
    buf_puts(b, "lease ");
    put_seconds(queue, "lease_seconds", b);
    buf_puts(b, ", ");
    out_count(b, out_int(queue, "max_attempts"), "attempt", "attempts");
    buf_puts(b, ", ");
    out_count(b, out_int(queue, "max_crashes"), "crash", "crashes");
    if (json_number_value(json_object_get(queue, "backoff_seconds")) > 0) {
        buf_puts(b, ", backoff ");
        put_seconds(queue, "backoff_seconds", b);
    } else {
        buf_puts(b, ", no backoff");
    }
    if (json_is_true(json_object_get(queue, "speculate")))
        buf_puts(b, ", speculates");
    const char *on_failure = json_string_value(json_object_get(queue, "on_dependency_failure"));
    if (on_failure && strcmp(on_failure, "cancel") == 0)
        buf_puts(b, ", cancels what waits for a failure");
    if (json_number_value(json_object_get(queue, "retention_seconds")) > 0) {
        buf_puts(b, ", finished tasks kept ");
        put_seconds(queue, "retention_seconds", b);
    }
    if (json_object_get(queue, "face_lease_seconds")) {
        buf_puts(b, ", lease of those who cannot renew ");
        put_seconds(queue, "face_lease_seconds", b);
    }
}

void queue_words_counts(const json_t *queue, struct buf *b)
{
    static const char *const states[] = {"waiting", "pending", "running", "succeeded", "failed", "killed"};
    size_t start = b->len;
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        int64_t n = ask_count(queue, states[i]);
        if (!n)
            continue;
        if (b->len > start)
            buf_puts(b, ", ");
        out_count(b, n, states[i], states[i]);
    }
    if (b->len == start)
        buf_puts(b, "none");
}

/* Rounded to the nearest. */
static long long in_units(int64_t us, int64_t unit_us) { return (us + unit_us / 2) / unit_us; }

void queue_words_left(const struct eta *eta, struct buf *b)
{
    static const struct unit {
        const char *name;
        int64_t us, upto; /* the guess: up to so many of them */
    } UNITS[] = {{"s", CLOCK_SECOND, 120},
                 {"min", 60 * CLOCK_SECOND, 120},
                 {"h", 3600 * CLOCK_SECOND, 48},
                 {"d", 86400 * CLOCK_SECOND, INT64_MAX}};
    const struct unit *u = UNITS;
    while (eta->us / u->us >= u->upto)
        u++;
    long long guess = in_units(eta->us, u->us), low = in_units(eta->low_us, u->us);
    long long high = in_units(eta->high_us, u->us);
    buf_printf(b, "about %lld %s left", guess ? guess : 1, u->name);
    if (low < high)
        buf_printf(b, " (%lld–%lld)", low, high);
}

static int64_t us_of(const json_t *eta, const char *name)
{
    return json_seconds(json_object_get(eta, name));
}

void queue_words_rate(const json_t *queue, struct buf *b)
{
    double rate = json_number_value(json_object_get(queue, "rate"));
    const json_t *eta = json_object_get(queue, "eta");
    if (rate <= 0) {
        buf_puts(b, "none finished lately");
        return;
    }
    if (rate >= 0.95)
        buf_printf(b, rate >= 10 ? "%.0f/s" : "%.2g/s", rate);
    else if (rate * 60 >= 0.95)
        buf_printf(b, "%.2g/min", rate * 60);
    else
        buf_printf(b, "%.2g/h", rate * 3600);
    buf_puts(b, " lately");
    if (!json_is_object(eta) || !ask_unfinished(queue))
        return;
    buf_puts(b, ", ");
    queue_words_left(&(struct eta){us_of(eta, "seconds"), us_of(eta, "low"), us_of(eta, "high")}, b);
}
