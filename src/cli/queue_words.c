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
    text_span(b, (int64_t)(json_number_value(json_object_get(object, name)) * CLOCK_SECOND));
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

void queue_words_rate(const json_t *queue, struct buf *b)
{
    double rate = json_number_value(json_object_get(queue, "rate"));
    const json_t *eta = json_object_get(queue, "eta");
    if (rate <= 0) {
        buf_puts(b, "none finished in the last minute");
        return;
    }
    buf_printf(b, rate >= 10 ? "%.0f/s" : "%.2g/s", rate);
    buf_puts(b, " over the last minute");
    if (!json_is_object(eta) || !ask_unfinished(queue))
        return;
    buf_puts(b, ", ");
    put_seconds(eta, "seconds", b);
    buf_puts(b, " to go (");
    put_seconds(eta, "low", b);
    buf_puts(b, " to ");
    put_seconds(eta, "high", b);
    buf_putc(b, ')');
}
