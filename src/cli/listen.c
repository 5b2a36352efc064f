/* See listen.h. */
#include "cli/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "web/http.h"

enum { BACKLOG = 4096, PORTS_TRIED = 100, PORT_MOST = 65535 };

static int open_one(const struct addrinfo *where)
{
    int on = 1;
    int fd = socket(where->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, where->ai_addr, where->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

static int try_port(const char *address, int port, int *out_fd, struct err *e)
{
    char text[16];
    struct addrinfo *found, hints = {.ai_flags = AI_NUMERICHOST | AI_PASSIVE, .ai_socktype = SOCK_STREAM};
    snprintf(text, sizeof text, "%d", port);
    int bad = getaddrinfo(address, text, &hints, &found);
    if (bad)
        return err_fail(e, ERR_PORT, "'%s' is not an address to listen on: %s", address, gai_strerror(bad));
    *out_fd = open_one(found);
    int why = errno;
    freeaddrinfo(found);
    if (*out_fd >= 0)
        return 0;
    errno = why;
    return err_fail(e, ERR_PORT, "could not listen on %s port %d: %s", address, port,
                    why == EADDRINUSE ? "another program has it" : strerror(why));
}

static int bound_port(int fd)
{
    struct sockaddr_storage bound;
    socklen_t n = sizeof bound;
    char port[16] = "0";
    if (getsockname(fd, (struct sockaddr *)&bound, &n) == 0)
        getnameinfo((struct sockaddr *)&bound, n, NULL, 0, port, sizeof port, NI_NUMERICSERV);
    int number = 0;
    sscanf(port, "%d", &number);
    return number;
}

/* An address to reach it by: one that listens everywhere is reached here. */
static const char *reachable(const char *address)
{
    if (strcmp(address, "0.0.0.0") == 0)
        return "127.0.0.1";
    return strcmp(address, "::") == 0 ? "::1" : address;
}

static int open_place(const struct listen_place *p, bool search, bool secure, struct arena *a, int *out_fd, const char **out_url,
                      struct err *e)
{
    int port = p->port, last = search && port ? port + PORTS_TRIED - 1 : port;
    int r = try_port(p->address, port, out_fd, e);
    while (r && errno == EADDRINUSE && port < last && port < PORT_MOST)
        r = try_port(p->address, ++port, out_fd, e);
    if (r)
        return r;
    const char *host = reachable(p->address), *scheme = secure ? "https" : "http";
    *out_url = arena_printf(a, strchr(host, ':') ? "%s://[%s]:%d" : "%s://%s:%d", scheme, host, bound_port(*out_fd));
    return 0;
}

int listen_on(const struct listen_place *places, int count, bool search, bool secure, struct arena *a, struct http_listen *out,
              const char **out_urls, struct err *e)
{
    for (int i = 0; i < count; i++) {
        out[i] = (struct http_listen){.face = places[i].face, .dataset = places[i].dataset};
        int r = open_place(&places[i], search, secure, a, &out[i].fd, &out_urls[i], e);
        if (!r)
            continue;
        while (i--)
            close(out[i].fd);
        return r;
    }
    return 0;
}

/* An address as the system has it; where it means all of its kind, whether of the other kind too. */
struct reach {
    struct in6_addr at; /* of IPv4: mapped */
    bool four, any;
};

static struct reach reach_of(const char *address)
{
    char mapped[INET6_ADDRSTRLEN + sizeof "::ffff:"];
    struct reach r = {.four = !strchr(address, ':')};
    snprintf(mapped, sizeof mapped, "%s%s", r.four ? "::ffff:" : "", address);
    inet_pton(AF_INET6, mapped, &r.at);
    r.any = strcmp(address, "0.0.0.0") == 0 || IN6_IS_ADDR_UNSPECIFIED(&r.at);
    return r;
}

bool listen_clash(const struct listen_place *a, const struct listen_place *b)
{
    struct reach x = reach_of(a->address), y = reach_of(b->address);
    if (!a->port || a->port != b->port)
        return false;
    if (x.any || y.any)
        return x.four == y.four || (x.any && !x.four) || (y.any && !y.four);
    return IN6_ARE_ADDR_EQUAL(&x.at, &y.at);
}
