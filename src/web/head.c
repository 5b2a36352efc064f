/* The head of a request is judged at once, before its body is read: only here may a refusal still be queued early. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "web/http_inner.h"

static const char *header(const struct request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

/* What stands in the head, seen in one walk over it. */
struct seen {
    const char *length, *coding, *host;
    int lengths, hosts, credentials;
    bool forwarded;
};

static enum MHD_Result on_header(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct seen *seen = arg;
    if (strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0) {
        seen->host = value ? value : "";
        seen->hosts++;
    } else if (strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0) {
        seen->length = value;
        seen->lengths++;
    } else if (strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0) {
        seen->coding = value;
    } else if (strcasecmp(name, MHD_HTTP_HEADER_AUTHORIZATION) == 0) {
        seen->credentials++;
    }
    seen->forwarded = seen->forwarded || peer_is_forwarding(name);
    return MHD_YES;
}

/* What the library lets pass although RFC 9112 (3.2, 6.1) does not. */
static int check_framing(const struct seen *seen, const char *version, struct err *e)
{
    if (seen->lengths > 1)
        return err_refuse(e, ERR_BAD_REQUEST, "Content-Length is given more than once");
    if (seen->length && seen->coding)
        return err_refuse(e, ERR_BAD_REQUEST, "Content-Length and Transfer-Encoding do not go together");
    if (strcmp(version, "HTTP/1.1") == 0 && !seen->hosts)
        return err_refuse(e, ERR_BAD_REQUEST, "a Host header is missing");
    if (seen->hosts > 1)
        return err_refuse(e, ERR_BAD_REQUEST, "Host is given more than once");
    if (seen->credentials > 1) /* whoever is in between may have gone by the other */
        return err_refuse(e, ERR_BAD_REQUEST, "Authorization is given more than once");
    return 0;
}

static bool is_media(const char *given, const char *type)
{
    size_t n = strlen(type);
    return strncasecmp(given, type, n) == 0 && (!given[n] || given[n] == ';' || isspace((unsigned char)given[n]));
}

static bool has_body(const struct request *r)
{
    const char *length = header(r, MHD_HTTP_HEADER_CONTENT_LENGTH);
    return length ? strtoull(length, NULL, 10) > 0 : header(r, MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL;
}

/* The media types a route may take, by its flags; one without any takes JSON. */
static const struct media {
    int flag;
    const char *type;
    bool stream;
} MEDIA[] = {
    {ROUTE_JSON, "application/json", false},
    {ROUTE_NDJSON, "application/x-ndjson", true},
    {ROUTE_RAW, "application/octet-stream", true},
    {ROUTE_FORM, "application/x-www-form-urlencoded", false},
};

static int refuse_media(const char *wanted, struct err *e)
{
    int refused = err_refuse(e, ERR_MEDIA_TYPE, "this URL takes a body of the type %s", wanted);
    err_hint(e, "send 'Content-Type: %s'", wanted);
    return refused;
}

/* A body that does not say its type is taken for the first that the route takes. */
static int check_media(struct request *r, struct err *e)
{
    const char *given = header(r, MHD_HTTP_HEADER_CONTENT_TYPE);
    int takes = r->route->flags & (ROUTE_JSON | ROUTE_NDJSON | ROUTE_RAW | ROUTE_FORM);
    const struct media *first = NULL, *chosen = NULL;
    if (r->route->flags & ROUTE_LARGE) {
        r->form = given && is_media(given, "application/x-www-form-urlencoded");
        return 0;
    }
    for (size_t i = 0; !chosen && i < COUNT_OF(MEDIA); i++) {
        const struct media *m = &MEDIA[i];
        if (!((takes ? takes : ROUTE_JSON) & m->flag))
            continue;
        first = first ? first : m;
        if (!given || is_media(given, m->type))
            chosen = m;
    }
    if (!chosen && has_body(r))
        return refuse_media(first->type, e);
    r->stream.on = (chosen ? chosen : first)->stream;
    r->form = given && (chosen ? chosen : first)->flag == ROUTE_FORM;
    return 0;
}

/* A stream has no length that matters; of what it sends only a slice is here at a time. */
static int check_size(struct request *r, struct err *e)
{
    const char *length = header(r, MHD_HTTP_HEADER_CONTENT_LENGTH);
    uint64_t n = length ? strtoull(length, NULL, 10) : 0;
    if (r->route->flags & ROUTE_RAW && n > LIMIT_RAW_BODY)
        return err_refuse(e, ERR_TOO_LARGE, "the body has %" PRIu64 " bytes; at most %d are allowed", n,
                          LIMIT_RAW_BODY);
    if (r->stream.on)
        return 0;
    if (!length && header(r, MHD_HTTP_HEADER_TRANSFER_ENCODING))
        return err_refuse(e, ERR_LENGTH_NEEDED, "a body must say its length in Content-Length");
    bool large = r->route->flags & ROUTE_LARGE;
    uint64_t most = large ? LIMIT_TABLE_RESULT : LIMIT_BODY;
    if (n > most) {
        int refused = err_refuse(e, ERR_TOO_LARGE, "the body has %" PRIu64 " bytes; at most %" PRIu64 " are allowed", n, most);
        if (!large)
            err_hint(e, "send many tasks as a stream of lines, application/x-ndjson");
        return refused;
    }
    if (r->http->buffered + n > LIMIT_BODIES)
        return err_refuse(e, ERR_TOO_BUSY, "too many bodies are being received; send this one again");
    r->body_bytes = n;
    return 0;
}

/* "http://host/path" is asked for as "/path" is, and so with https (RFC 9112, 3.2.2). */
static const char *target_of(const char *url)
{
    static const char *const SCHEMES[] = {"http://", "https://"};
    for (size_t i = 0; i < COUNT_OF(SCHEMES); i++) {
        size_t n = strlen(SCHEMES[i]);
        if (strncasecmp(url, SCHEMES[i], n) != 0)
            continue;
        const char *path = strchr(url + n, '/');
        return path ? path : "/";
    }
    return url;
}

/* URLs are kept in logs and histories. */
static int refuse_password_in_url(const struct request *r, struct err *e)
{
    if (!MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, "password"))
        return 0;
    int refused = err_refuse(e, ERR_BAD_REQUEST, "a password does not belong in a URL, where logs keep it");
    err_hint(e, "send it in the body, or by HTTP Basic; and change it, for it has been written down somewhere");
    return refused;
}

/* Without the base path: some proxies take it off, others do not. */
static const char *path_of(const struct http *h, const char *url)
{
    const char *path = target_of(url);
    size_t n = strlen(h->o.base_path);
    if (!n || strncmp(path, h->o.base_path, n) != 0 || (path[n] && path[n] != '/'))
        return path;
    return path[n] ? path + n : "/";
}

static enum work_kind kind_of(const struct route *route)
{
    if (route->method == GET || route->flags & ROUTE_LOOK)
        return WORK_READ;
    if (route->method == DELETE)
        return WORK_REMOVE;
    return route->flags & ROUTE_RESERVE ? WORK_RESERVE : WORK_WRITE;
}

/* A stream is told so before it sends what would not be stored; any other request is told in its turn. */
static int refuse_full(struct err *e)
{
    int refused = err_refuse(e, ERR_STORAGE_FULL, "the disk of the server is full: this was not stored");
    err_hint(e, "send it again once there is room");
    return refused;
}

int http_judge_head(struct request *r, const char *version, const char *method, const char *url, struct err *e)
{
    struct seen seen = {0};
    MHD_get_connection_values(r->connection, MHD_HEADER_KIND, on_header, &seen);
    int refused = check_framing(&seen, version, e);
    if (!refused)
        refused = peer_judge(r, seen.host, seen.forwarded, e);
    if (!refused && r->http->draining)
        refused = err_refuse(e, ERR_STOPPING, "the server is stopping; send this again in a moment");
    if (!refused)
        refused = route_find(method, path_of(r->http, url), &r->arena, &r->route, &r->values, &r->allow, e);
    if (!refused && r->has_query)
        refused = refuse_password_in_url(r, e);
    if (!refused)
        refused = auth_check(r, e);
    if (!refused)
        refused = check_media(r, e);
    if (!refused)
        refused = check_size(r, e);
    if (!refused)
        r->work.kind = kind_of(r->route);
    if (!refused && r->stream.on && r->work.kind == WORK_WRITE && r->http->o.engine->full)
        refused = refuse_full(e);
    return refused;
}
