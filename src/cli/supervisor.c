/* See supervisor.h. The protocol is that of sd_notify(3) and sd_watchdog_enabled(3): lines NAME=VALUE in one datagram to
 * the UNIX socket that $NOTIFY_SOCKET names ("/path", or "@name" in the abstract namespace).
 *
 * The sign of life is a timer of the very loop that answers requests: where a turn hangs, so does it, and the supervisor
 * starts another server. It never waits: what the supervisor has no room for is told again half a period later. The few
 * other words wait a second at most. */
#include "cli/supervisor.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

enum { WORDS_BYTES = 512 };

static void complain(struct supervisor *s, const char *what, const char *cause)
{
    if (!s->complained)
        log_warning("could not tell the supervisor %s: %s", what, cause);
    s->complained = true;
}

/* 0, or -1 for what sd_notify(3) does not know. */
static int parse_address(struct supervisor *s, const char *name)
{
    size_t n = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || n < 2 || n >= sizeof s->address.sun_path)
        return -1;
    s->address.sun_family = AF_UNIX;
    memcpy(s->address.sun_path, name, n);
    if (name[0] == '@')
        s->address.sun_path[0] = '\0'; /* an abstract name begins with a NUL and is as long as it is said to be */
    s->address_bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (name[0] == '/'));
    return 0;
}

static void open_socket(struct supervisor *s, const char *name)
{
    const struct timeval patience = {.tv_sec = 1};
    if (parse_address(s, name)) {
        complain(s, "anything", "NOTIFY_SOCKET is neither /path nor @name");
        return;
    }
    s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s->fd >= 0)
        setsockopt(s->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

/* A number of digits alone, or `otherwise`. */
static int64_t number(const char *text, int64_t otherwise)
{
    char *end;
    errno = 0;
    long long n = text ? strtoll(text, &end, 10) : 0;
    bool good = text && *text >= '0' && *text <= '9' && *end == '\0' && errno == 0;
    return good ? n : otherwise;
}

/* Half of what was asked for, if it was asked of this process. */
static int64_t sign_of_life_us(void)
{
    const char *pid = getenv("WATCHDOG_PID");
    int64_t us = number(getenv("WATCHDOG_USEC"), 0);
    return pid && number(pid, -1) != getpid() ? 0 : us / 2;
}

static void tell(struct supervisor *s, const char *words, int flags)
{
    char cause[TEXT_CAUSE_BYTES];
    if (s->fd < 0)
        return;
    ssize_t sent = sendto(s->fd, words, strlen(words), flags | MSG_NOSIGNAL, (const struct sockaddr *)&s->address,
                          s->address_bytes);
    if (sent < 0 && !(errno == EAGAIN && (flags & MSG_DONTWAIT)))
        complain(s, words, text_cause(errno, cause));
}

static void on_alive(void *arg)
{
    struct supervisor *s = arg;
    tell(s, "WATCHDOG=1", MSG_DONTWAIT);
    loop_timer_set(&s->alive, clock_mono_us() + s->every_us);
}

void supervisor_init(struct supervisor *s, struct loop *l)
{
    const char *name = getenv("NOTIFY_SOCKET");
    *s = (struct supervisor){.fd = -1};
    loop_timer_init(l, &s->alive, on_alive, s);
    if (name && *name)
        open_socket(s, name);
    s->every_us = s->fd >= 0 ? sign_of_life_us() : 0;
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

void supervisor_ready(struct supervisor *s, const char *listeners)
{
    char words[WORDS_BYTES];
    snprintf(words, sizeof words, "READY=1\nSTATUS=listening on %s", listeners);
    tell(s, words, 0);
    if (s->every_us)
        on_alive(s);
}

void supervisor_reloading(struct supervisor *s)
{
    char words[WORDS_BYTES];
    struct timespec now; /* the supervisor compares it with its own CLOCK_MONOTONIC, and with no other */
    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(words, sizeof words, "RELOADING=1\nMONOTONIC_USEC=%lld",
             (long long)now.tv_sec * CLOCK_SECOND + now.tv_nsec / 1000);
    tell(s, words, 0);
}

void supervisor_stopping(struct supervisor *s, const char *why)
{
    char words[WORDS_BYTES];
    snprintf(words, sizeof words, "STOPPING=1\nSTATUS=%s", why);
    tell(s, words, 0);
}

void supervisor_done(struct supervisor *s)
{
    if (!s->alive.loop)
        return;
    loop_timer_stop(&s->alive);
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}
