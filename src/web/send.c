/* Bodies on their way out: a piece is read from the store each time the library has room for one, by one query that has
 * ended before the bytes leave. So nobody who reads slowly holds a transaction, nor more than a piece in memory. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "web/http_inner.h"

struct sending {
    struct engine *engine;
    struct body body;
    int64_t at, n;
};

static ssize_t on_room(void *arg, uint64_t pos, char *out, size_t room)
{
    const struct sending *s = arg;
    struct err e;
    size_t n;
    uint64_t left = (uint64_t)s->n - pos;
    if (!left)
        return MHD_CONTENT_READER_END_OF_STREAM;
    int r = body_read(s->engine, &s->body, s->at + (int64_t)pos, out, left < room ? (size_t)left : room, &n, &e);
    if (r < 0)
        log_error("a body could not be read: %s", e.text);
    return r || !n ? MHD_CONTENT_READER_END_WITH_ERROR : (ssize_t)n;
}

struct MHD_Response *send_response(struct request *r)
{
    struct sending *s = malloc(sizeof *s);
    if (!s)
        abort();
    *s = (struct sending){r->http->o.engine, r->source, r->send_at, r->send_n};
    struct MHD_Response *response =
        MHD_create_response_from_callback((uint64_t)s->n, STORE_PIECE, on_room, s, free);
    if (!response)
        return NULL;
    MHD_add_response_header(response, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
    if (r->status == MHD_HTTP_PARTIAL_CONTENT) {
        char range[80];
        snprintf(range, sizeof range, "bytes %" PRId64 "-%" PRId64 "/%" PRId64, s->at, s->at + s->n - 1,
                 s->body.size);
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_RANGE, range);
    }
    return response;
}

/* A number of digits at *text, which moves behind it; -1 if there are none or too many. */
static int64_t digits(const char **text)
{
    char *end;
    errno = 0;
    int64_t n = **text >= '0' && **text <= '9' ? strtoll(*text, &end, 10) : -1;
    if (n >= 0)
        *text = end;
    return errno ? -1 : n;
}

/* Reads "bytes=A-B", "bytes=A-", "bytes=-N" into first..last of size bytes. False: none of these, to be passed over
 * (RFC 9110, 14.2), and nothing is written. */
static bool parse_range(const char *text, int64_t size, int64_t *out_first, int64_t *out_last)
{
    static const char UNIT[] = "bytes=";
    if (!text || strncasecmp(text, UNIT, sizeof UNIT - 1) != 0)
        return false;
    text += sizeof UNIT - 1;
    int64_t first = digits(&text);
    if (*text++ != '-')
        return false;
    int64_t last = digits(&text);
    if (*text || (first < 0 && last < 0) || (first >= 0 && last >= 0 && last < first))
        return false;
    if (first < 0) {
        first = last ? (last < size ? size - last : 0) : size;
        last = size - 1;
    }
    *out_first = first;
    *out_last = last < 0 || last >= size ? size - 1 : last;
    return true;
}

int request_send(struct request *r, const struct body *b, struct err *e)
{
    const char *asked = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_RANGE);
    int64_t first = 0, last = b->size - 1;
    bool part = parse_range(asked, b->size, &first, &last);
    if (part && first >= b->size)
        return err_refuse(e, ERR_RANGE, "there are %" PRId64 " bytes; the range asked for begins behind them", b->size);
    r->sends = true;
    r->source = *b;
    r->send_at = first;
    r->send_n = last - first + 1;
    r->status = part ? MHD_HTTP_PARTIAL_CONTENT : MHD_HTTP_OK;
    r->content_type = "application/octet-stream";
    return 0;
}
