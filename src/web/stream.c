/* Bodies of any length. What arrives is gathered until it is worth a turn (a quarter of a MiB, or a line and nothing more
 * at the door); then the connection is suspended while a turn deals with it, and reads on after the commit. So at most a
 * slice of each, or one long line, is in memory, and what the client has got rid of is either stored or in that slice.
 *
 * All bodies together have a bound, and some way below it a stream is not read until others have left: what claims and
 * results send always finds room. A stream that waits so for too long is refused, so that half lines cannot block each
 * other for ever.
 *
 * The library takes no answer while a body arrives. One that is refused is read a little further, in case its end is
 * near, and then cut. */
#include <string.h>
#include <sys/ioctl.h>

#include "base/clock.h"
#include "base/limits.h"
#include "web/handshake.h"
#include "web/http_inner.h"

static void suspend(struct request *r, enum request_stage stage)
{
    r->stage = stage;
    r->stream.waits_since_us = clock_mono_us();
    MHD_suspend_connection(r->connection);
}

/* The time spent waiting is not the client's. */
static void resume(struct request *r, enum request_stage stage)
{
    r->stage = stage;
    http_connection_of(r->connection)->since_us += clock_mono_us() - r->stream.waits_since_us;
    MHD_resume_connection(r->connection);
}

/* The longest line. */
static size_t line_max(const struct request *r) { return r->route->flags & ROUTE_LONG ? LIMIT_TABLE : LIMIT_BODY; }

/* What counts of it among all bodies: what is here, or the room it was given. */
static size_t counted(const struct request *r)
{
    size_t given = r->stream.given ? line_max(r) + LIMIT_HEAD : 0;
    return r->body.len > given ? r->body.len : given;
}

/* Those that waited longest read on: each is given room for a whole line, so that it need not wait again inside it. */
static void wake(struct http *h)
{
    LIST_EACH (node, &h->thirsty) {
        struct request *r = LIST_OF(struct request, ready, node);
        r->stream.given = true;
        size_t more = counted(r) - r->body_bytes;
        r->stream.given = h->buffered + more <= LIMIT_STREAMED;
        if (!r->stream.given)
            return;
        h->buffered += more;
        r->body_bytes += more;
        list_unlink(&r->ready);
        resume(r, REQUEST_BODY);
    }
}

/* Where it grows less others may be read again. */
static void count(struct request *r)
{
    struct http *h = r->http;
    size_t now = counted(r);
    bool less = now < r->body_bytes;
    h->buffered += now - r->body_bytes;
    r->body_bytes = now;
    if (less)
        wake(h);
}

/* Is there enough for a turn, where `bytes` are all that may hold the end of a line? */
static bool is_whole(const struct request *r, const char *bytes, size_t n)
{
    if (!(r->route->flags & ROUTE_NDJSON))
        return r->body.len >= LIMIT_SLICE_BYTES;
    return r->body.len > line_max(r) || (n && memchr(bytes, '\n', n));
}

static bool more_at_the_door(const struct request *r)
{
    int unread = 0;
    if (r->listener->at.tls)
        return handshake_more(http_connection_of(r->connection));
    return ioctl(http_connection_of(r->connection)->fd, FIONREAD, &unread) == 0 && unread > 0;
}

static void refuse(struct request *r, const struct err *e)
{
    json_t *sums = NULL;
    bool known = r->stream.was.begun && e->code != ERR_COMMIT_UNKNOWN;
    if (known && r->route->flags & ROUTE_RAW)
        sums = json_pack("{s:I}", "size", (json_int_t)r->stream.was.at);
    else if (known)
        sums = json_pack("{s:I, s:I, s:I}", "lines", (json_int_t)r->stream.was.upload.lines, "added",
                         (json_int_t)r->stream.was.upload.added, "existed", (json_int_t)r->stream.was.upload.existed);
    request_refuse_with(r, e, sums);
}

static void refuse_stopping(struct request *r)
{
    struct err e;
    err_refuse(&e, ERR_STOPPING, "the server is stopping; send the rest in a moment");
    refuse(r, &e);
}

/* An import is one request, which cannot be taken up again and asked why: its sender is heard out, so that it hears the answer. */
static size_t discard_max(const struct request *r) { return r->route->flags & ROUTE_LONG ? LIMIT_DISCARD_TABLES : LIMIT_DISCARD; }

static enum MHD_Result discard(struct request *r, size_t *n)
{
    r->stream.discarded += *n;
    http_connection_of(r->connection)->body_got += *n;
    *n = 0;
    return r->stream.discarded > discard_max(r) ? MHD_NO : MHD_YES;
}

static void drop_body(struct request *r)
{
    buf_done(&r->body);
    r->stream.given = false;
    count(r);
}

enum MHD_Result stream_on_bytes(struct request *r, const char *bytes, size_t *n)
{
    struct stream *s = &r->stream;
    if (r->http->closing)
        return MHD_NO;
    if (r->stage == REQUEST_BODY && r->http->draining) {
        refuse_stopping(r);
        drop_body(r);
        r->stage = REQUEST_REFUSED;
    }
    if (r->stage == REQUEST_REFUSED)
        return discard(r, n);
    if (r->body.len + *n > r->body_bytes && r->http->buffered + *n > LIMIT_STREAMED) {
        if (r->stage == REQUEST_BODY) {
            suspend(r, REQUEST_THIRSTY);
            list_append(&r->http->thirsty, &r->ready);
        }
        return MHD_YES;
    }
    buf_add(&r->body, bytes, *n);
    count(r);
    s->whole = s->whole || is_whole(r, bytes, *n);
    http_connection_of(r->connection)->body_got += *n;
    *n = 0;
    if (r->stage == REQUEST_BODY && s->whole && (r->body.len >= LIMIT_SLICE_BYTES || !more_at_the_door(r))) {
        suspend(r, REQUEST_PIECE);
        list_append(&r->http->pieces, &r->ready);
    }
    return MHD_YES;
}

void stream_on_end(struct request *r)
{
    if (r->stage == REQUEST_REFUSED) {
        r->stage = REQUEST_ANSWERED;
        return;
    }
    if (r->stage != REQUEST_BODY)
        return;
    r->stream.ended = true;
    r->stage = REQUEST_READY;
    list_append(&r->http->pieces, &r->ready);
}

/* The answer stands: it may leave once the body has been read. */
static void end(struct request *r)
{
    bool suspended = r->stage == REQUEST_PIECE;
    drop_body(r);
    if (suspended)
        resume(r, REQUEST_REFUSED);
    else
        r->stage = REQUEST_ANSWERED;
}

static void go_on(struct request *r)
{
    struct stream *s = &r->stream;
    s->was = s->now;
    s->given = false;
    buf_drop(&r->body, s->taken);
    count(r);
    s->whole = is_whole(r, r->body.data, r->body.len);
    if (s->whole || s->ended)
        list_append(&r->http->pieces, &r->ready);
    else
        resume(r, REQUEST_BODY);
}

void stream_on_turn(struct request *r)
{
    if (r->work.result != 0)
        refuse(r, &r->work.err);
    else if (!r->status && r->http->draining && !r->stream.ended) {
        r->stream.was = r->stream.now;
        refuse_stopping(r);
    }
    if (r->status)
        end(r);
    else
        go_on(r);
}

void stream_on_rest(struct request *r)
{
    if (r->stage == REQUEST_READY)
        suspend(r, REQUEST_PIECE);
}

void stream_forget(struct request *r) { drop_body(r); }

void stream_sweep(struct http *h, int64_t now_us)
{
    struct err e;
    err_refuse(&e, ERR_TOO_BUSY, "too many bodies are being received; send the rest again");
    LIST_EACH (node, &h->thirsty) {
        struct request *r = LIST_OF(struct request, ready, node);
        if (now_us - r->stream.waits_since_us < LIMIT_BODY_GRACE_SECONDS * CLOCK_SECOND)
            continue;
        list_unlink(&r->ready);
        refuse(r, &e);
        resume(r, REQUEST_REFUSED);
        drop_body(r);
        return; /* its room may be enough for the others */
    }
}

void stream_release(struct request *r)
{
    if (r->stage != REQUEST_PIECE && r->stage != REQUEST_THIRSTY)
        return;
    refuse_stopping(r);
    resume(r, REQUEST_REFUSED);
}
