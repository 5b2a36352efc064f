/* Listening sockets. */
#ifndef DOCKET_CLI_LISTEN_H
#define DOCKET_CLI_LISTEN_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

struct face;
struct http_listen;

struct listen_place {
    const char *address;     /* numeric: "127.0.0.1", "::1", "0.0.0.0", … */
    int port;                /* 0: any free one */
    const struct face *face; /* as of struct http_listen, and so is the next */
    const char *dataset;
};

/* Would one take what belongs to the other? */
bool listen_clash(const struct listen_place *a, const struct listen_place *b);

/* Listens on each of them. With search, where a port is taken the next free one of the 99 behind it is; secure: their URLs say https.
 * 0 with out[i] and out_urls[i] ("http://127.0.0.1:5000", in the arena); < 0 ERR_PORT, naming the address: nothing is open then. */
int listen_on(const struct listen_place *places, int count, bool search, bool secure, struct arena *a, struct http_listen *out,
              const char **out_urls, struct err *e);

#endif
