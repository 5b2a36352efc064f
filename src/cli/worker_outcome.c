/* The outcome of a command: an exit code, one line of message, and the ends of its streams, as the JSON that finish
 * takes. The message is what happened to the command where that is not its own doing, else the last line it wrote to
 * stderr. A stream that is UTF-8 travels as a string, unless escapes would make that longer than base64. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "cli/worker_parts.h"

enum { EXIT_TIME_LIMIT = 124, EXIT_NOT_BEGUN = 125, MESSAGE_BYTES = 200 };

static int exit_code(const struct hold *h, const struct child_end *end)
{
    if (!end->started)
        return EXIT_NOT_BEGUN;
    return h->end == END_TIME_LIMIT ? EXIT_TIME_LIMIT : end->exit_code;
}

/* "10 s", "1.5 s": the limit as it was given. */
static void add_limit(struct buf *b, int64_t us)
{
    if (us % CLOCK_SECOND == 0)
        text_span(b, us);
    else
        buf_printf(b, "%.3g s", (double)us / CLOCK_SECOND);
}

static void write_message(struct hold *h, const struct child_end *end)
{
    struct buf *b = &h->message;
    if (!end->started) {
        text_safe(b, end->failure, strlen(end->failure), false);
    } else if (h->end == END_TIME_LIMIT) {
        buf_puts(b, "ran longer than its time limit of ");
        add_limit(b, h->time_limit_us);
    } else if (h->end == END_CANCELLED || h->end == END_LOST) {
        buf_printf(b, "stopped because %s", h->end == END_LOST ? "its lease was lost" : "it was cancelled");
    } else if (end->signal) {
        buf_printf(b, "killed by signal %d (%s)", end->signal, strsignal(end->signal));
    } else {
        capture_last_line(&h->err, MESSAGE_BYTES, b);
    }
}

static size_t base64_length(size_t n) { return (n + 2) / 3 * 4; }

static void add_base64(struct buf *b, const char *bytes, size_t n)
{
    buf_puts(b, "{\"base64\":\"");
    size_t room = sodium_base64_encoded_len(n, sodium_base64_VARIANT_ORIGINAL);
    sodium_bin2base64(buf_reserve(b, room), room, (const unsigned char *)bytes, n, sodium_base64_VARIANT_ORIGINAL);
    b->len += base64_length(n);
    buf_puts(b, "\"}");
}

/* Text as a JSON string, if it can be one and need not be longer than max; else NULL. The caller frees it. */
static char *as_string(const char *bytes, size_t n, size_t max)
{
    if (memchr(bytes, '\0', n) || !text_is_utf8(bytes, n))
        return NULL;
    json_t *string = json_stringn(bytes, n);
    char *text = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
    json_decref(string);
    if (text && strlen(text) > max) {
        free(text);
        return NULL;
    }
    return text;
}

static void add_bytes(struct buf *b, const char *bytes, size_t n)
{
    CLEANUP(cleanup_free) char *string = as_string(bytes, n, base64_length(n) + sizeof "{'base64':''}");
    if (string)
        buf_puts(b, string);
    else
        add_base64(b, bytes, n);
}

static void add_stream(struct buf *b, const char *name, const struct capture *c)
{
    size_t n;
    const char *tail = capture_tail(c, &n);
    buf_printf(b, "\"%s\":", name);
    add_bytes(b, tail, n);
    buf_printf(b, ",\"%s_size\":%lld", name, (long long)c->total);
}

static void write_result(struct hold *h)
{
    struct buf *b = &h->result;
    CLEANUP(cleanup_free) char *message = as_string(buf_text(&h->message), h->message.len, SIZE_MAX);
    buf_printf(b, "{\"lease\":%lld,\"exitcode\":%d,\"message\":%s,\"output\":{", (long long)h->lease, h->exitcode,
               message ? message : "\"\"");
    add_stream(b, "stdout", &h->out);
    buf_putc(b, ',');
    add_stream(b, "stderr", &h->err);
    buf_puts(b, "}}");
}

/* After so many failures nothing more begins. */
static void count_failure(struct worker *w)
{
    w->fails++;
    if (w->o.max_fails > 0 && w->fails >= w->o.max_fails && !w->drained) {
        w->drained = true;
        worker_release_all(w, &w->ahead);
    }
}

void worker_outcome_set(struct hold *h, const struct child_end *end)
{
    struct worker *w = h->worker;
    h->exitcode = exit_code(h, end);
    write_message(h, end);
    write_result(h);
    capture_drop_tail(&h->out);
    capture_drop_tail(&h->err);
    w->ended_bytes += h->result.len;
    worker_hold_move(h, &w->ended);
    if (h->exitcode != 0 && h->end != END_CANCELLED && h->end != END_LOST)
        count_failure(w);
}
