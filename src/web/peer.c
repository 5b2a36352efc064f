/* See peer.h. X-Forwarded-For is a list to which each proxy appends whom it took the request from. It is read from its end: what a
 * trusted proxy wrote is believed, and whom it names is the client, unless that is a trusted proxy too, which wrote what stands
 * before. So whatever a client puts in front changes nothing, and is not even read.
 *
 * Most requests come without any of this, and are judged at each request: there it costs a comparison or two. Texts are made
 * only for those who ask. */
#include "web/peer.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "web/http_inner.h"

enum forwarded { FOR, PROTO, HOST, PORT, FORWARDED_COUNT };

static const char *const NAMES[FORWARDED_COUNT] = {"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host",
                                                   "X-Forwarded-Port"};

/* What the proxy says, by name; NULL: nothing. */
struct said {
    struct arena *arena;
    const char *values[FORWARDED_COUNT];
    const char *twice; /* a name that stands there more than once and may not */
};

bool peer_is_forwarding(const char *name)
{
    static const char PREFIX[] = "X-Forwarded-";
    if ((name[0] | 0x20) != 'x' && (name[0] | 0x20) != 'f')
        return false;
    return strncasecmp(name, PREFIX, sizeof PREFIX - 1) == 0 || strcasecmp(name, "Forwarded") == 0 ||
           strcasecmp(name, "X-Real-IP") == 0;
}

static bool is_trusted(const struct http *h, const struct address *a)
{
    for (int i = 0; i < h->o.behind_count; i++)
        if (address_net_holds(&h->o.behind[i], a))
            return true;
    return false;
}

/* A line in the log for each address, as far as they can be remembered. */
static void log_untrusted(struct http *h, const struct address *a, const char *text)
{
    for (int i = 0; i < h->untrusted_count; i++)
        if (memcmp(&h->untrusted[i], a, sizeof *a) == 0)
            return;
    if (h->untrusted_count == COUNT_OF(h->untrusted))
        return;
    h->untrusted[h->untrusted_count++] = *a;
    log_warning("%s sends headers of a proxy and is refused: if it is one of yours, start the server with --behind %s%s",
                text, text, h->untrusted_count == COUNT_OF(h->untrusted) ? "; further addresses are not told of" : "");
}

static int refuse_untrusted(struct request *r, struct err *e)
{
    char text[ADDRESS_TEXT_BYTES] = "an unknown address";
    if (r->peer.known)
        address_text(&r->peer.at, text);
    log_untrusted(r->http, &r->peer.at, text);
    err_refuse(e, ERR_UNTRUSTED_PROXY, "the request has headers of a proxy, and %s is not trusted as one", text);
    err_hint(e, "start the server with --behind %s, or let no X-Forwarded-… header be sent from there", text);
    return (int)e->code;
}

static int refuse_value(enum forwarded which, const char *value, const char *why, struct err *e)
{
    CLEANUP(buf_done) struct buf shown = {0};
    text_cut(&shown, value, 60);
    err_refuse(e, ERR_BAD_REQUEST, "%s: '%s' %s", NAMES[which], buf_text(&shown), why);
    err_hint(e, "the proxy before this server sent it");
    return (int)e->code;
}

static enum MHD_Result on_said(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct said *said = arg;
    for (int i = 0; i < FORWARDED_COUNT; i++) {
        if (strcasecmp(name, NAMES[i]) != 0)
            continue;
        const char *before = said->values[i];
        if (before && i != FOR)
            said->twice = NAMES[i];
        else if (!before)
            said->values[i] = value ? value : "";
        else if (strlen(before) <= LIMIT_FORWARDED) /* a list may go on in a line of its own (RFC 9110, 5.3) */
            said->values[i] = arena_printf(said->arena, "%s,%s", before, value ? value : "");
    }
    return MHD_YES;
}

/* 0 to 65535; -1 if it is none. */
static int read_port(const char *text, size_t n)
{
    int port = 0;
    if (n < 1 || n > 5)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        port = port * 10 + (text[i] - '0');
    }
    return port <= 65535 ? port : -1;
}

/* An address of the list: bare, or with brackets or a port, as some write it. */
static bool read_hop(const char *text, size_t n, struct address *out)
{
    const char *end = text + n, *colon = memrchr(text, ':', n), *bracket = memchr(text, ']', n);
    bool alone = colon && memchr(text, ':', n) == colon; /* of an IPv4 address with a port */
    if (n && *text == '[' && bracket && bracket + 1 != end)
        return colon == bracket + 1 && read_port(colon + 1, (size_t)(end - colon - 1)) >= 0 &&
               address_parse(text + 1, (size_t)(bracket - text - 1), out);
    if (n && *text == '[')
        return bracket && address_parse(text + 1, n - 2, out);
    if (alone)
        return read_port(colon + 1, (size_t)(end - colon - 1)) >= 0 && address_parse(text, (size_t)(colon - text), out);
    return address_parse(text, n, out);
}

/* The last of a list whose end is `end`: where it begins, and its length without blanks. */
static const char *last_hop(const char *list, const char *end, size_t *out_n)
{
    const char *comma = memrchr(list, ',', (size_t)(end - list)), *from = comma ? comma + 1 : list;
    while (from < end && (*from == ' ' || *from == '\t'))
        from++;
    while (end > from && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *out_n = (size_t)(end - from);
    return from;
}

/* The client of a trusted proxy is on this machine only if all of them are. */
static int take_client(struct request *r, const char *list, struct err *e)
{
    struct peer *p = &r->peer;
    if (strlen(list) > LIMIT_FORWARDED)
        return err_refuse(e, ERR_BAD_REQUEST, "X-Forwarded-For has more than %d bytes", LIMIT_FORWARDED);
    const char *end = list + strlen(list);
    do {
        size_t n;
        const char *hop = last_hop(list, end, &n);
        if (!read_hop(hop, n, &p->at))
            return refuse_value(FOR, arena_copy(&r->arena, hop, n), "is no address", e);
        p->local = p->local && address_is_local(&p->at);
        end = memrchr(list, ',', (size_t)(end - list));
    } while (end && is_trusted(r->http, &p->at));
    return 0;
}

static int take_proto(struct peer *p, const char *proto, struct err *e)
{
    p->secure = strcasecmp(proto, "https") == 0;
    return p->secure || strcasecmp(proto, "http") == 0 ? 0 : refuse_value(PROTO, proto, "is neither http nor https", e);
}

/* Where the port stands in "example.org:8443", "[::1]:8443"; NULL: nowhere. */
static const char *port_in(const char *host)
{
    const char *bracket = strrchr(host, ']');
    return strchr(bracket ? bracket : host, ':');
}

static bool is_host(const char *host)
{
    static const char NAME[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_~";
    const char *port = port_in(host);
    size_t n = port ? (size_t)(port - host) : strlen(host);
    struct address unused;
    if (n > LIMIT_HOST || (port && read_port(port + 1, strlen(port + 1)) < 0))
        return false;
    if (*host == '[')
        return host[n - 1] == ']' && address_parse(host + 1, n - 2, &unused);
    return n && strspn(host, NAME) == n;
}

static int take_host(struct request *r, const char *host, const char *port, struct err *e)
{
    struct peer *p = &r->peer;
    int number = port ? read_port(port, strlen(port)) : 0;
    if (host && !is_host(host))
        return refuse_value(HOST, host, "is no host", e);
    if (number < 0)
        return refuse_value(PORT, port, "is no port", e);
    if (host)
        p->host = host;
    if (port && p->host && !port_in(p->host) && number != (p->secure ? 443 : 80))
        p->host = arena_printf(&r->arena, "%s:%d", p->host, number);
    return 0;
}

static int take_said(struct request *r, struct err *e)
{
    struct said said = {.arena = &r->arena};
    int refused = 0;
    if (!r->peer.known || r->listener->at.far || !is_trusted(r->http, &r->peer.at))
        return refuse_untrusted(r, e);
    MHD_get_connection_values(r->connection, MHD_HEADER_KIND, on_said, &said);
    if (said.twice)
        return err_refuse(e, ERR_BAD_REQUEST, "%s is given more than once", said.twice);
    if (said.values[FOR])
        refused = take_client(r, said.values[FOR], e);
    else
        r->peer.local = false; /* the proxy does not say for whom it asks */
    if (!refused && said.values[PROTO])
        refused = take_proto(&r->peer, said.values[PROTO], e);
    return refused ? refused : take_host(r, said.values[HOST], said.values[PORT], e);
}

int peer_judge(struct request *r, const char *host, bool forwarded, struct err *e)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct peer *p = &r->peer;
    p->known = info && info->client_addr && address_of_socket(info->client_addr, &p->at);
    p->local = p->known && !r->listener->at.far && address_is_local(&p->at);
    p->secure = r->listener->at.tls != NULL;
    if (host && *host && !is_host(host))
        return err_refuse(e, ERR_BAD_REQUEST, "the Host header names no host");
    p->host = host && *host ? host : NULL;
    return forwarded ? take_said(r, e) : 0;
}

const char *peer_address(struct request *r)
{
    char text[ADDRESS_TEXT_BYTES];
    if (!r->peer.address && r->peer.known)
        r->peer.address = arena_strdup(&r->arena, address_text(&r->peer.at, text));
    return r->peer.address;
}

/* The address that the request reached, for a client that did not say what it asked for. */
static const char *own_host(struct request *r)
{
    struct sockaddr_storage own;
    struct sockaddr *s = (struct sockaddr *)&own;
    socklen_t n = sizeof own;
    struct address at;
    char text[ADDRESS_TEXT_BYTES];
    int fd = MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    if (getsockname(fd, s, &n) != 0 || !address_of_socket(s, &at))
        return "localhost";
    int port = ntohs(s->sa_family == AF_INET ? ((struct sockaddr_in *)s)->sin_port : ((struct sockaddr_in6 *)s)->sin6_port);
    address_text(&at, text);
    return arena_printf(&r->arena, strchr(text, ':') ? "[%s]:%d" : "%s:%d", text, port);
}

const char *request_url(struct request *r, const char *path)
{
    if (!r->peer.host)
        r->peer.host = own_host(r);
    return arena_printf(&r->arena, "%s://%s%s%s", r->peer.secure ? "https" : "http", r->peer.host, r->http->o.base_path,
                        path);
}

const char *request_path(struct request *r, const char *path)
{
    return arena_printf(&r->arena, "%s%s", r->http->o.base_path, path);
}
