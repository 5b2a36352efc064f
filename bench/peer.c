/* See peer.h. */
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct peer *const PEERS[] = {&peer_docket, &peer_redis, &peer_beanstalkd};

const struct peer *peer_find(const char *name)
{
    for (size_t i = 0; i < sizeof PEERS / sizeof *PEERS; i++)
        if (strcmp(PEERS[i]->name, name) == 0)
            return PEERS[i];
    fprintf(stderr, "there is no peer '%s'\n", name);
    exit(2);
}
