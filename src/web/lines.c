/* See lines.h. A slice ends with the piece at hand, after so many lines or bytes, or when the turn has no time left; time
 * is looked at every few lines. Lines that were taken before are not parsed. */
#include "web/lines.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "web/read_task.h"

enum { FEW = 25 };

struct slice {
    struct request *request;
    const struct queue_row *queue;
    struct stream_state *now;
    const char *at, *end;
    struct submit_task tasks[FEW];
    json_t *values[FEW]; /* the tasks borrow their texts */
    const char *places[FEW]; /* where each stands, and in which line */
    int64_t numbers[FEW];
    int count, lines;
    bool bad, alone; /* alone: the next lines wait until this one's payload is taken */
    struct err why;
};

bool lines_is_blank(const char *line, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strchr(" \t\r", line[i]))
            return false;
    return true;
}

/* The next line: 1 and its length; 0 where it has not arrived as a whole. */
static int next_line(struct slice *s, size_t *out_n)
{
    size_t left = (size_t)(s->end - s->at);
    const char *stop = left ? memchr(s->at, '\n', left) : NULL;
    *out_n = stop ? (size_t)(stop - s->at) : left;
    return stop || *out_n > LIMIT_BODY || (left && s->request->stream.ended);
}

static int refuse_long(struct err *e)
{
    int r = err_refuse(e, ERR_TOO_LARGE, "the line is longer than %d bytes", LIMIT_BODY);
    err_hint(e, "hand in a larger payload by PUT /api/v1/queues/{queue}/payloads/{payload}");
    return r;
}

static int read_line(struct slice *s, struct turn *t, size_t n)
{
    struct submit_task *task = &s->tasks[s->count];
    if (n > LIMIT_BODY)
        return refuse_long(&s->why);
    if (lines_is_blank(s->at, n))
        return 0;
    s->values[s->count] = NULL;
    int bad = json_parse(s->at, n, &s->values[s->count], &s->why);
    if (!bad)
        bad = read_task(s->values[s->count], (struct json_place){0}, t->arena, task, &s->why);
    if (!bad)
        bad = submit_check(t, s->queue, task, &s->why);
    if (bad) {
        json_decref(s->values[s->count]);
        s->why.code = bad < 0 ? s->why.code : ERR_BAD_LINE;
        return bad < 0 ? bad : ERR_BAD_LINE;
    }
    s->alone = task->payload_upload != NULL;
    s->places[s->count] = s->at;
    s->numbers[s->count++] = s->now->line;
    return 0;
}

/* Reads a few lines; stops before a bad one. 0 or < 0. */
static int read_few(struct slice *s, struct turn *t)
{
    size_t n;
    int seen = 0, r = 0;
    s->count = 0;
    s->alone = false;
    while (seen < FEW && !s->alone && next_line(s, &n)) {
        bool taken = s->now->line <= s->now->upload.lines;
        seen += !taken;
        r = !taken || n > LIMIT_BODY ? read_line(s, t, n) : 0;
        s->bad = r > 0;
        if (r)
            break;
        s->at += n < (size_t)(s->end - s->at) ? n + 1 : n;
        s->now->line++;
    }
    s->lines += seen;
    return r < 0 ? r : 0;
}

/* A task that was read well but cannot be added ends the stream as a bad line does: those before it are. The refusal
 * keeps its code. */
static int stop_at(struct slice *s, struct turn *t, int task, struct err *e)
{
    int unused;
    s->bad = true;
    s->why = *e;
    s->at = s->places[task];
    s->now->line = s->numbers[task];
    int64_t last = s->now->line - 1;
    return last > s->now->upload.lines ? upload_take(t, s->queue, s->tasks, task, last, &s->now->upload, &unused, e) : 0;
}

/* Adds what a few lines hold. Values live until it is stored. */
static int take_few(struct slice *s, struct turn *t, struct err *e)
{
    struct upload *u = &s->now->upload;
    int bad, r = read_few(s, t);
    int64_t last = s->now->line - 1;
    if (r < 0)
        *e = s->why;
    else if (last > u->lines)
        r = upload_take(t, s->queue, s->tasks, s->count, last, u, &bad, e);
    if (r > 0)
        r = stop_at(s, t, bad, e);
    for (int i = 0; i < s->count; i++)
        json_decref(s->values[i]);
    return r;
}

static int take_slice(struct slice *s, struct turn *t, struct err *e)
{
    const char *from = s->at;
    int r;
    do {
        const char *before = s->at;
        r = take_few(s, t, e);
        if (r || s->bad || s->at == before)
            break;
    } while (s->lines < LIMIT_SLICE_LINES && s->at - from < LIMIT_SLICE_BYTES && !turn_is_long(t));
    return r;
}

static json_t *sums(const struct upload *u)
{
    return json_pack("{s:I, s:I, s:I, s:o}", "lines", (json_int_t)u->lines, "added", (json_int_t)u->added, "existed",
                     (json_int_t)u->existed, "error", lines_error(u));
}

/* The stream ends at a bad line; it is answered here, because what was taken before it stays. */
static void end_badly(struct slice *s)
{
    upload_note(&s->now->upload, s->now->line, &s->why);
    err_widen(&s->why, 0, "line %lld: ", (long long)s->now->line);
    request_refuse_with(s->request, &s->why, sums(&s->now->upload));
}

int lines_take(struct request *r, struct turn *t, const struct queue_row *q, const char *name, bool *out_ended,
               struct err *e)
{
    struct stream *stream = &r->stream;
    const char *bytes = buf_text(&r->body);
    struct slice s = {.request = r, .queue = q, .now = &stream->now, .at = bytes, .end = bytes + r->body.len};
    int bad = name ? upload_open(t, q, name, s.now->line, &s.now->upload, e) : 0;
    if (!bad)
        bad = take_slice(&s, t, e);
    if (bad)
        return bad;
    stream->taken = (size_t)(s.at - bytes);
    stream->now.begun = true;
    *out_ended = s.bad || (stream->ended && s.at == s.end);
    if (s.bad)
        end_badly(&s);
    return name ? upload_save(t, q, name, &s.now->upload, e) : 0;
}

json_t *lines_error(const struct upload *u)
{
    CLEANUP(buf_done) struct buf text = {0};
    if (u->error_line == NONE)
        return json_null();
    text_safe(&text, u->error_detail, strlen(u->error_detail), false);
    return json_pack("{s:I, s:s, s:s}", "line", (json_int_t)u->error_line, "code", err_wire(u->error_code), "detail",
                     buf_text(&text));
}
