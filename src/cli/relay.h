/* A pipe of bytes between who connects here and one address: for compute nodes that do not see the server, on a machine that both
 * see. It reads nothing of what passes: that is TLS from end to end. */
#ifndef DOCKET_CLI_RELAY_H
#define DOCKET_CLI_RELAY_H

#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/loop.h"

struct relay;

struct relay_options {
    int listen_fd; /* listening, not blocking; taken */
    const struct sockaddr *to;
    socklen_t to_bytes;
    int64_t idle_us; /* calls on_idle after so long without a connection; 0: never */
    loop_fn *on_idle;
    void *arg;
};

/* Never NULL. What is written to one side and not read by the other waits there: RELAY_BYTES each way are held of a connection, of
 * LIMIT_RELAYED at once; those that come then wait until one has ended. Where the other side cannot be connected to, who came is
 * hung up on. */
enum { RELAY_BYTES = 64 * 1024 };
struct relay *relay_new(struct loop *l, const struct relay_options *o);
void relay_free(struct relay *r);

#endif
