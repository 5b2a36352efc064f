/* The headers by which proxies tell of their clients: X-Forwarded-For, -Proto, -Host, -Port, and Host. The first byte says
 * whether who sends them is trusted, whether there is a base path, and what is looked at; the rest are lines, a header each.
 *
 * From an address that is not trusted any of them is refused. From a trusted one, what is read is held against a second reading:
 * the client's address is the last of the list that is not trusted, or the first; and the URL that the server says it has is one
 * that a client could ask. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "fuzz.h"
#include "web/http_inner.h"
#include "world.h"

enum { UNTRUSTED = 1, BASE_PATH = 2, TELLS_URL = 4, KINDS = 8, LINES_MAX = 12 };

static const struct address_net LOOPBACK = {{{[10] = 0xff, [11] = 0xff, [12] = 127}}, 104};

/* A header as it can stand in a message; NULL: it cannot. */
static char *line_of(struct fuzz_input *in)
{
    char *line = fuzz_text(in, '\n');
    for (const char *c = line; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f) {
            free(line);
            return NULL;
        }
    return line;
}

static void ask(struct world *w, const char *head, struct buf *in, struct world_answer *out)
{
    CLEANUP(cleanup_fd) int fd = world_connect(w);
    send(fd, head, strlen(head), MSG_NOSIGNAL);
    world_settle(w);
    world_read(fd, in);
    world_answer(in, false, out);
}

/* From where the queue was made, by the journal. */
static void read_origin(struct world *w, char *out, size_t room)
{
    CLEANUP(buf_done) struct buf in = {0};
    struct world_answer a;
    ask(w, "GET /api/v1/journal HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " WORLD_TOKEN "\r\n\r\n", &in, &a);
    CLEANUP(json_drop) json_t *all = json_loadb(a.body, a.n, 0, NULL);
    const json_t *first = json_array_get(json_object_get(all, "entries"), 0);
    snprintf(out, room, "%s", json_string_value(json_object_get(first, "from")));
}

/* The one X-Forwarded-For given, read from its end by its commas; all it holds are bare addresses. NULL: not so simple. */
static const char *second_reading(const char *list, char out[ADDRESS_TEXT_BYTES])
{
    CLEANUP(cleanup_free) char *copy = strdup(list);
    struct address at;
    for (bool more = true; more;) {
        char *comma = strrchr(copy, ','), *item = comma ? comma + 1 : copy;
        while (*item == ' ' || *item == '\t')
            item++;
        size_t n = strcspn(item, " \t");
        if (item[n + strspn(item + n, " \t")] || !address_parse(item, n, &at))
            return NULL;
        more = comma && address_net_holds(&LOOPBACK, &at);
        if (comma)
            *comma = '\0';
    }
    return address_text(&at, out);
}

static void check_url(const struct world_answer *a, bool based)
{
    CLEANUP(json_drop) json_t *all = json_loadb(a->body, a->n, 0, NULL);
    const char *url = json_string_value(json_object_get(json_array_get(json_object_get(all, "servers"), 0), "url"));
    fuzz_must(url && (strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0), "'%s' is no URL", url);
    const char *host = strstr(url, "://") + 3;
    size_t n = strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_~:[]");
    fuzz_must(n && strcmp(host + n, based ? "/docket" : "") == 0, "'%s' holds what no host has", url);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct fuzz_input input = {bytes, n};
    unsigned kind = fuzz_choice(&input, KINDS);
    CLEANUP(buf_done) struct buf lines = {0}, head = {0}, in = {0};
    int forwarding = 0, lists = 0, hosts = 0;
    char list[4096] = "", read[ADDRESS_TEXT_BYTES], origin[64];
    struct world_answer a;
    for (int i = 0; input.left && i < LINES_MAX; i++) {
        CLEANUP(cleanup_free) char *line = line_of(&input);
        char *colon = line ? strchr(line, ':') : NULL;
        if (!colon || colon == line || strcspn(line, " \t") < (size_t)(colon - line) || lines.len + strlen(line) > 6000)
            return -1;
        buf_printf(&lines, "%s\r\n", line);
        *colon = '\0';
        bool known = strcasecmp(line, "Host") == 0;
        if (!known && !peer_is_forwarding(line))
            return -1;
        hosts += known;
        forwarding += !known;
        if (strcasecmp(line, "X-Forwarded-For") == 0 && lists++ == 0)
            snprintf(list, sizeof list, "%s", colon + 1);
    }
    struct world *w = world_begin();
    w->http->o.behind = &LOOPBACK;
    w->http->o.behind_count = kind & UNTRUSTED ? 0 : 1;
    w->http->o.base_path = kind & BASE_PATH ? "/docket" : "";
    w->http->untrusted_count = COUNT_OF(w->http->untrusted); /* nothing is logged */
    const char *host = hosts ? "" : "Host: h\r\n", *base = kind & BASE_PATH ? "/docket" : "";
    const char *what = kind & TELLS_URL ? "GET" : "PUT", *path = kind & TELLS_URL ? "openapi.json" : "queues/q";
    buf_printf(&head, "%s %s/api/v1/%s HTTP/1.1\r\nAuthorization: Bearer " WORLD_TOKEN "\r\n%s%s%s\r\n", what, base, path, host,
               buf_text(&lines), kind & TELLS_URL ? "" : "Content-Length: 0\r\n");
    ask(w, head.data, &in, &a);
    fuzz_must(!(forwarding && kind & UNTRUSTED) || a.status == 403 || a.status == 400, "untrusted, and status %d", a.status);
    fuzz_must(hosts < 2 || a.status == 400, "two hosts, and status %d", a.status);
    if (a.status < 400 && kind & TELLS_URL) {
        check_url(&a, kind & BASE_PATH);
    } else if (a.status < 400) {
        read_origin(w, origin, sizeof origin);
        fuzz_must(lists || strcmp(origin, "127.0.0.1") == 0, "from '%s' without a list", origin);
        fuzz_must(lists != 1 || !second_reading(list, read) || strcmp(origin, read) == 0, "from '%s' by '%s'", origin, list);
    }
    w->http->o.behind_count = 0;
    w->http->o.base_path = "";
    world_end(w);
    return 0;
}
