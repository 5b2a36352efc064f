/* The listener for workers on other machines that come home through a tunnel: TLS by a key of the server's own, on loopback. */
#ifndef DOCKET_CLI_HOME_LISTENER_H
#define DOCKET_CLI_HOME_LISTENER_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct http;

/* The file of the data directory with the port it had last. */
#define HOME_LISTENER_PORT "home.port"

struct home_listener {
    int port;
    const char *pin; /* NULL: it is not open */
};

/* Opens it: the key is that of DIR/home.key (made at first), the port the one it had last (DIR/HOME_LISTENER_PORT) if that is free. 0; < 0
 * ERR_FILE, ERR_PORT. */
int home_listener_open(struct http *h, const char *dir, int64_t now_us, struct arena *a, struct home_listener *out, struct err *e);

#endif
