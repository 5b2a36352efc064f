/* A whole server without a listener and a clock: store in memory, engine, HTTP library. What is sent on a socket pair goes
 * through all of it; turns are run by hand, and it takes milliseconds off no clock but its own. One at a time; it is made
 * once and emptied for each input. */
#ifndef DOCKET_TEST_FUZZ_WORLD_H
#define DOCKET_TEST_FUZZ_WORLD_H

#include "base/buf.h"
#include "core/engine.h"
#include "web/http.h"

#define WORLD_TOKEN "t"

struct world {
    struct store *store;
    struct engine engine;
    struct loop *loop;
    struct http *http;
    int64_t now_us;
    char backup_path[64];
    bool odd; /* its store may be damaged */
};

/* Empty, at the same moment each time. */
struct world *world_begin(void);

/* The same on this store, which is taken, whatever is in it: failures of its own are no complaint then. NULL: it cannot be
 * begun with. */
struct world *world_begin_on(struct store *s);

/* A client's end of a new connection, which does not block. The caller closes it. */
int world_connect(struct world *w);

/* Lets what has been sent be decided: turns until there is nothing to do at this moment. */
void world_settle(struct world *w);

/* Time passes, and what is due with it. */
void world_pass(struct world *w, int64_t us);

/* Nobody waits any more: those who did are answered. */
void world_wake_all(struct world *w);

/* The clients have closed their ends. Everything must be over, and the store in order (the questions of sql/check_*). */
void world_end(struct world *w);

/* An answer as it came over a connection. */
struct world_answer {
    int status; /* 0: none, or not whole */
    const char *type; /* "" without one; in the buffer, as the body */
    const char *body;
    size_t n;
    size_t used; /* bytes of the buffer that the answer takes */
};

/* Appends what is there to be read. False: the server has closed it. */
bool world_read(int fd, struct buf *b);

/* Reads one answer from the front of b (`head`: to a HEAD). It must be well formed HTTP with known status, and where it is a
 * refusal, a problem document with a known code and words; JSON must parse. Nothing whole yet: status 0. */
void world_answer(struct buf *b, bool head, struct world_answer *out);

#endif
