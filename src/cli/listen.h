/* A listening socket. */
#ifndef DOCKET_CLI_LISTEN_H
#define DOCKET_CLI_LISTEN_H

#include "base/arena.h"
#include "base/err.h"

/* Listens on a numeric address and port (0: any free one). With last_port > port the ports up to it are tried in turn.
 * 0, *out_fd and *out_url ("http://127.0.0.1:5000", in the arena); < 0 ERR_PORT. */
int listen_on(const char *address, int port, int last_port, struct arena *a, int *out_fd, char **out_url,
              struct err *e);

#endif
