/* See talk.h. */
#include "talk.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { READ_BYTES = 16384 };

int64_t talk_now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void talk_die(const char *what)
{
    fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
    exit(1);
}

static void *grow(void *bytes, size_t *room, size_t want)
{
    if (want <= *room)
        return bytes;
    while (*room < want)
        *room = *room ? *room * 2 : 1024;
    bytes = realloc(bytes, *room);
    if (!bytes)
        talk_die("out of memory");
    return bytes;
}

struct sockaddr_in talk_address(const char *text)
{
    char host[64] = "";
    int port = 0;
    struct sockaddr_in address = {.sin_family = AF_INET};
    if (sscanf(text, "%63[0-9.]:%d", host, &port) != 2 || inet_pton(AF_INET, host, &address.sin_addr) != 1) {
        fprintf(stderr, "'%s' is no HOST:PORT\n", text);
        exit(2);
    }
    address.sin_port = htons((uint16_t)port);
    return address;
}

void talk_init(struct talk *t, int number)
{
    *t = (struct talk){.fd = -1, .number = number};
    t->held = calloc(TALK_HELD_MAX, sizeof *t->held);
    if (!t->held)
        talk_die("out of memory");
}

/* The port is chosen as it connects, so that one may be in use towards several servers. */
static void call_from(const struct talk *t)
{
    int one = 1;
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr = t->from};
    setsockopt(t->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (bind(t->fd, (const struct sockaddr *)&from, sizeof from) != 0)
        talk_die("could not call from an address of its own");
}

bool talk_dial(struct talk *t, int epoll, const struct sockaddr_in *address)
{
    int one = 1;
    t->in_n = t->out_n = t->out_sent = 0;
    t->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (t->fd < 0)
        talk_die("could not open a socket");
    if (t->from.s_addr)
        call_from(t);
    if (connect(t->fd, (const struct sockaddr *)address, sizeof *address) != 0) {
        talk_hang_up(t);
        return false;
    }
    setsockopt(t->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(t->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = t};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, t->fd, &event) != 0)
        talk_die("could not watch a socket");
    return true;
}

void talk_hang_up(struct talk *t)
{
    if (t->fd >= 0)
        close(t->fd);
    t->fd = -1;
    t->held_count = 0;
}

void talk_put_bytes(struct talk *t, const void *bytes, size_t n)
{
    t->out = grow(t->out, &t->out_room, t->out_n + n);
    memcpy(t->out + t->out_n, bytes, n);
    t->out_n += n;
}

void talk_put(struct talk *t, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n < 0 || n >= (int)sizeof text)
        talk_die("a request is too long");
    talk_put_bytes(t, text, (size_t)n);
}

/* A request is far smaller than a socket's buffer, so waiting for room is the exception. */
bool talk_send(struct talk *t)
{
    while (t->out_sent < t->out_n) {
        ssize_t n = send(t->fd, t->out + t->out_sent, t->out_n - t->out_sent, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN)
            return false;
        if (n > 0)
            t->out_sent += (size_t)n;
    }
    t->out_n = t->out_sent = 0;
    return true;
}

bool talk_receive(struct talk *t)
{
    t->in = grow(t->in, &t->in_room, t->in_n + READ_BYTES + 1);
    ssize_t n = recv(t->fd, t->in + t->in_n, t->in_room - t->in_n - 1, 0);
    if (n < 0 && errno == EAGAIN)
        return true;
    if (n <= 0)
        return false;
    t->in_n += (size_t)n;
    t->in[t->in_n] = '\0';
    return true;
}
