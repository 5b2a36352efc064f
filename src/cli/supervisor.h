/* What started the server and watches over it, as systemd does: sd_notify(3) spoken by hand, one datagram a word. */
#ifndef DOCKET_CLI_SUPERVISOR_H
#define DOCKET_CLI_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/loop.h"

struct supervisor {
    struct sockaddr_un address;
    socklen_t address_bytes;
    int fd; /* -1: nobody wants to know */
    bool complained;
    int64_t every_us; /* a sign of life is due so often; 0: never */
    struct loop_timer alive;
};

/* Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, and takes them out of the environment: they are not for our
 * children. A socket that cannot be used is logged and does no harm. */
void supervisor_init(struct supervisor *s, struct loop *l);

/* READY=1: the server listens there, in words. From now on the loop shows that it turns (WATCHDOG=1), if that was asked for. */
void supervisor_ready(struct supervisor *s, const char *listeners);

/* RELOADING=1: settings or certificates are read anew; supervisor_ready tells that it is done. */
void supervisor_reloading(struct supervisor *s);

/* STOPPING=1, once it was told or had to; why in a few words. */
void supervisor_stopping(struct supervisor *s, const char *why);

/* Ends it. For CLEANUP; fine on one that was zeroed and never begun. */
void supervisor_done(struct supervisor *s);

#endif
