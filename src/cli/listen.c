/* See listen.h. */
#include "cli/listen.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4096 };

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

int listen_on(const char *address, int port, int last_port, struct arena *a, int *out_fd, char **out_url,
              struct err *e)
{
    int r = try_port(address, port, out_fd, e);
    while (r && errno == EADDRINUSE && port < last_port)
        r = try_port(address, ++port, out_fd, e);
    if (r)
        return r;
    const char *host = reachable(address);
    *out_url = arena_printf(a, strchr(host, ':') ? "http://[%s]:%d" : "http://%s:%d", host, bound_port(*out_fd));
    return 0;
}
