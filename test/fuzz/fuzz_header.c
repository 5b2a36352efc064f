/* The headers that decide something: Range, Authorization, Content-Type, Content-Length, Transfer-Encoding, Host; the first byte
 * says which one the rest is the value of.
 *
 * A range gets just the bytes it asks for, as RFC 9110 (14.1.2) reads it, or all of them, or 416. Nobody gets in without the token.
 * A body of another type, or of two lengths, is refused. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "fuzz.h"
#include "world.h"

enum { RANGE, AUTHORIZATION, CONTENT_TYPE, CONTENT_LENGTH, TRANSFER_ENCODING, HOST, TWO_LENGTHS, KINDS };

static const char BODY[] = "0123456789abcdef";
enum { SIZE = sizeof BODY - 1 };

static void ask(struct world *w, const char *head, const char *body, struct buf *in, struct world_answer *out)
{
    CLEANUP(cleanup_fd) int fd = world_connect(w);
    buf_clear(in);
    send(fd, head, strlen(head), MSG_NOSIGNAL);
    send(fd, body, strlen(body), MSG_NOSIGNAL);
    world_settle(w);
    world_read(fd, in);
    world_answer(in, false, out);
}

#define AUTHORIZED "Host: h\r\nAuthorization: Bearer " WORLD_TOKEN "\r\n"

/* A task whose payload is BODY. */
static void put_payload(struct world *w)
{
    CLEANUP(buf_done) struct buf in = {0};
    struct world_answer a;
    ask(w, "PUT /api/v1/queues/q/payloads/p HTTP/1.1\r\n" AUTHORIZED
           "Content-Type: application/octet-stream\r\nContent-Length: 16\r\n\r\n", BODY, &in, &a);
    ask(w, "POST /api/v1/queues/q/tasks HTTP/1.1\r\n" AUTHORIZED "Content-Length: 22\r\n\r\n", "{\"payload_upload\":\"p\"}", &in, &a);
    fuzz_must(a.status == 201, "no task: %.*s", (int)a.n, a.body);
}

/* At most so many digits as no size has more of. */
static bool digits(const char **s, long *out)
{
    const char *from = *s;
    for (*out = 0; isdigit((unsigned char)**s); (*s)++)
        *out = *out < 1000000 ? *out * 10 + (**s - '0') : *out;
    return *s > from;
}

/* What a value asks for: false: to be passed over. first > last: not there. */
static bool read_range(const char *s, long *first, long *last)
{
    bool has_first, has_last;
    if (strncasecmp(s, "bytes=", 6) != 0)
        return false;
    s += 6;
    has_first = digits(&s, first);
    if (*s++ != '-')
        return false;
    has_last = digits(&s, last);
    if (*s || (!has_first && !has_last) || (has_first && has_last && *last < *first))
        return false;
    if (!has_first)
        *first = *last >= SIZE ? 0 : SIZE - *last;
    if (!has_first || !has_last || *last >= SIZE)
        *last = SIZE - 1;
    return true;
}

static void check_range(const struct world_answer *a, const char *value)
{
    long first = 0, last = SIZE - 1;
    bool part = read_range(value, &first, &last);
    if (!part)
        first = 0, last = SIZE - 1;
    const char *number = value + strcspn(value, "0123456789");
    if (strspn(number, "0123456789") > 17 || strlen(value) > 60) /* numbers that nobody can hold may be passed over */
        return;
    fuzz_must(a->status == (!part ? 200 : first > last ? 416 : 206), "status %d for '%s'", a->status, value);
    if (a->status < 400)
        fuzz_must((long)a->n == last - first + 1 && memcmp(a->body, BODY + first, a->n) == 0, "'%s' is answered with '%.*s'",
                  value, (int)a->n, a->body);
}

static void check_token(const struct world_answer *a, const char *value)
{
    bool right = strncasecmp(value, "Bearer ", 7) == 0 && strcmp(value + 7, WORLD_TOKEN) == 0;
    bool often = a->status == 429 && strncasecmp(value, "Basic ", 6) == 0; /* passwords before it were wrong, too */
    fuzz_must(often || a->status == (right ? 200 : 401), "status %d for '%s'", a->status, value);
}

static void check_type(const struct world_answer *a, const char *value)
{
    size_t n = strcspn(value, "; \t");
    bool json = n == 16 && strncasecmp(value, "application/json", n) == 0;
    fuzz_must(a->status == (json ? 200 : 415), "status %d for '%s'", a->status, value);
}

/* The value as it stands in the message, blanks around it left out; NULL: it cannot stand in one. */
static char *value_of(struct fuzz_input *in)
{
    while (in->left && strchr(" \t", *in->at))
        in->at++, in->left--;
    while (in->left && strchr(" \t", in->at[in->left - 1]))
        in->left--;
    for (size_t i = 0; i < in->left; i++)
        if (in->at[i] < ' ' || in->at[i] == 0x7f)
            return NULL;
    return fuzz_text(in, '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct fuzz_input input = {bytes, n};
    unsigned kind = fuzz_choice(&input, KINDS);
    CLEANUP(buf_done) struct buf in = {0}, head = {0};
    CLEANUP(cleanup_free) char *value = value_of(&input);
    struct world_answer a;
    if (!value)
        return -1;
    struct world *w = world_begin();
    put_payload(w);
    if (kind == RANGE)
        buf_printf(&head, "GET /api/v1/tasks/1/payload HTTP/1.1\r\n" AUTHORIZED "Range: %s\r\n\r\n", value);
    else if (kind == AUTHORIZATION)
        buf_printf(&head, "GET /api/v1/tasks/1/payload HTTP/1.1\r\nHost: h\r\nAuthorization: %s\r\n\r\n", value);
    else if (kind == CONTENT_TYPE)
        buf_printf(&head, "PUT /api/v1/queues/q HTTP/1.1\r\n" AUTHORIZED "Content-Length: 2\r\nContent-Type: %s\r\n\r\n", value);
    else if (kind == CONTENT_LENGTH)
        buf_printf(&head, "PUT /api/v1/queues/q HTTP/1.1\r\n" AUTHORIZED "Content-Length: %s\r\n\r\n", value);
    else if (kind == TRANSFER_ENCODING)
        buf_printf(&head, "PUT /api/v1/queues/q HTTP/1.1\r\n" AUTHORIZED "Transfer-Encoding: %s\r\n\r\n", value);
    else if (kind == TWO_LENGTHS)
        buf_printf(&head, "PUT /api/v1/queues/q HTTP/1.1\r\n" AUTHORIZED "Content-Length: 2\r\nContent-Length: %s\r\n\r\n", value);
    else
        buf_printf(&head, "GET /api/v1/queues HTTP/1.1\r\nAuthorization: Bearer " WORLD_TOKEN "\r\nHost: %s\r\n\r\n", value);
    ask(w, head.data, kind >= CONTENT_TYPE && kind != HOST ? "{}" : "", &in, &a);
    if (kind == RANGE)
        check_range(&a, value);
    else if (kind == AUTHORIZATION)
        check_token(&a, value);
    else if (kind == CONTENT_TYPE)
        check_type(&a, value);
    else if (kind == TWO_LENGTHS)
        fuzz_must(a.status == 0 || a.status == 400, "two lengths, the second '%s', and status %d", value, a.status);
    world_end(w);
    return 0;
}
