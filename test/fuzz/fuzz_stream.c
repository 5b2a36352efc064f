/* The lines of an upload (NDJSON), cut into any pieces, and taken up again where they broke off.
 *
 * The first two bytes say how it is cut and after how many bytes the connection breaks. However it came, in one piece, in many
 * or in two requests, the same lines are taken, the same tasks are there, and the same line is refused with the same words.
 * Lines are counted as they stand in the body. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "fuzz.h"
#include "web/http_inner.h"
#include "world.h"

struct outcome {
    int status;
    long long lines, added, existed;
    struct buf text;
};

static long long number(const json_t *object, const char *name) { return json_integer_value(json_object_get(object, name)); }

static void send_all(struct world *w, int fd, const void *bytes, size_t n)
{
    fuzz_must(write(fd, bytes, n) == (ssize_t)n, "the connection does not take %zu bytes", n);
    world_settle(w);
}

static void send_head(struct world *w, int fd, const char *line, size_t n)
{
    char head[300];
    int length = snprintf(head, sizeof head,
                          "%s HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " WORLD_TOKEN
                          "\r\nContent-Type: application/x-ndjson\r\nContent-Length: %zu\r\n\r\n",
                          line, n);
    send_all(w, fd, head, (size_t)length);
}

static void read_outcome(int fd, struct outcome *out)
{
    CLEANUP(buf_done) struct buf in = {0};
    CLEANUP(json_drop) json_t *body = NULL;
    struct world_answer answer;
    world_read(fd, &in);
    world_answer(&in, false, &answer);
    fuzz_must(answer.status, "no answer");
    body = json_loadb(answer.body, answer.n, 0, NULL);
    out->status = answer.status;
    out->lines = number(body, "lines");
    out->added = number(body, "added");
    out->existed = number(body, "existed");
    buf_clear(&out->text);
    buf_add(&out->text, answer.body, answer.n);
}

/* The first `n` of the lines from `line` on, in pieces of `step` bytes (0: in one). broken: the client leaves before the end. */
static void upload(struct world *w, const char *bytes, size_t n, size_t step, long long line, bool broken, struct outcome *out)
{
    char target[100];
    int fd = world_connect(w);
    snprintf(target, sizeof target, "PUT /api/v1/queues/q/uploads/u?from=%lld", line);
    send_head(w, fd, target, n + broken);
    for (size_t at = 0, some; at < n; at += some) {
        some = step && step < n - at ? step : n - at;
        send_all(w, fd, bytes + at, some);
    }
    if (!broken)
        read_outcome(fd, out);
    close(fd);
    world_settle(w);
}

/* How far the server says it was taken; the line to go on with. */
static long long next_line(struct world *w)
{
    struct outcome o = {0};
    int fd = world_connect(w);
    send_head(w, fd, "GET /api/v1/queues/q/uploads/u", 0);
    read_outcome(fd, &o);
    close(fd);
    buf_done(&o.text);
    return o.status == 200 ? o.lines + 1 : 1;
}

/* Where line number `line` of the body begins. */
static size_t place_of(const char *bytes, size_t n, long long line)
{
    size_t at = 0;
    for (; line > 1 && at < n; line--) {
        const char *newline = memchr(bytes + at, '\n', n - at);
        at = newline ? (size_t)(newline - bytes) + 1 : n;
    }
    return at;
}

static long long count_lines(const char *bytes, size_t n)
{
    long long lines = n && bytes[n - 1] != '\n';
    for (size_t i = 0; i < n; i++)
        lines += bytes[i] == '\n';
    return lines;
}

static long long tasks_of(struct world *w)
{
    struct err e;
    int64_t newest = 0;
    fuzz_must(store_task_newest(w->store, &newest, &e) == 0, "%s", e.text);
    return newest; /* ids are given one after another, and none is removed here */
}

static void check_sums(struct world *w, const struct outcome *o, const char *bytes, size_t n)
{
    fuzz_must(o->status == 200 || o->status == 400, "status %d: %s", o->status, buf_text(&o->text));
    fuzz_must(o->lines <= count_lines(bytes, n), "more lines than there are: %s", buf_text(&o->text));
    fuzz_must(o->status != 200 || o->lines == count_lines(bytes, n), "not all lines were taken: %s", buf_text(&o->text));
    fuzz_must(o->added + o->existed <= o->lines && o->added == tasks_of(w), "%lld tasks are there: %s", tasks_of(w),
              buf_text(&o->text));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct fuzz_input in = {bytes, n};
    struct outcome whole = {0}, cut = {0}, again = {0};
    size_t step = fuzz_choice(&in, 256), stop = fuzz_choice(&in, 256);
    const char *body = (const char *)in.at;
    struct world *w = world_begin();
    upload(w, body, in.left, 0, 1, false, &whole);
    check_sums(w, &whole, body, in.left);
    world_end(w);

    world_begin();
    upload(w, body, in.left, step + 1, 1, false, &cut);
    fuzz_must(strcmp(buf_text(&whole.text), buf_text(&cut.text)) == 0, "in pieces: %s, whole: %s", buf_text(&cut.text),
              buf_text(&whole.text));
    check_sums(w, &cut, body, in.left);
    world_end(w);

    world_begin();
    upload(w, body, stop < in.left ? stop : in.left, 0, 1, true, NULL);
    long long from = next_line(w);
    if (stop % 2 && from > 1)
        from--; /* a line that was taken comes again */
    size_t at = place_of(body, in.left, from);
    upload(w, body + at, in.left - at, 0, from, false, &again);
    check_sums(w, &again, body, in.left);
    fuzz_must(whole.lines == again.lines && whole.added == again.added && whole.status == again.status,
              "taken up again: %s, whole: %s", buf_text(&again.text), buf_text(&whole.text));
    upload(w, body, in.left, 0, 1, false, &cut); /* all of it once more: nothing is taken twice */
    fuzz_must(cut.status == again.status && cut.added == again.added && cut.lines == again.lines, "sent twice: %s, once: %s",
              buf_text(&cut.text), buf_text(&again.text));
    check_sums(w, &cut, body, in.left);
    world_end(w);

    buf_done(&whole.text);
    buf_done(&cut.text);
    buf_done(&again.text);
    return 0;
}
