/* What a work queue is asked by somebody who works it off, and how its answers are read. A peer is a file, peer_NAME.c,
 * and a line in PEERS of peer.c. */
#ifndef DOCKET_BENCH_PEER_H
#define DOCKET_BENCH_PEER_H

#include "talk.h"

struct peer_options {
    const char *queue, *token;
    int batch;     /* units a claim asks for and a finish hands in */
    int wait;      /* seconds a claim that finds nothing may wait */
    bool together; /* a finish and the next claim go out as one */
};

struct peer {
    const char *name;

    /* Puts the next request: a claim where nothing is held, else the finish of what is held. */
    void (*ask)(struct talk *t, const struct peer_options *o);

    /* Looks at what has come (t->in). false: it is not whole yet. Else *out_done is the number of units that the server
     * acknowledged as done by it, and t->held what it gave; a refusal ends the program. */
    bool (*take)(struct talk *t, const struct peer_options *o, int *out_done);

    /* Puts a request that adds one unit of PEER_PAYLOAD bytes; whether its answer is whole: *out_unit is it, as a claim
     * would name it (of docket: the task). A refusal ends the program. */
    void (*add)(struct talk *t, const struct peer_options *o);
    bool (*added)(struct talk *t, struct unit *out_unit);
};

enum { PEER_PAYLOAD = 100 };

/* By name; one that there is not ends the program. */
const struct peer *peer_find(const char *name);

extern const struct peer peer_docket, peer_redis, peer_beanstalkd;

#endif
