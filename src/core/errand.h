/* Questions of requests that only a site can answer: what a job has printed, whether a site works. The work that asks is parked
 * until the launcher has the answer, is then run again and gives it. Memory only. */
#ifndef DOCKET_CORE_ERRAND_H
#define DOCKET_CORE_ERRAND_H

#include "core/turn.h"

enum errand_kind {
    ERRAND_STDOUT, ERRAND_STDERR, /* of a job, from a byte on */
    ERRAND_FILES,                 /* of a job, as a tar */
    ERRAND_CHECK,                 /* of a site: a report, JSON */
    ERRAND_SYNC,                  /* of a site: its jobs were looked at; no text */
};

struct errand_ask {
    enum errand_kind kind;
    int64_t site, job;
    int64_t from, max; /* bytes */
    const char *waiter; /* no other work has this name; lives as long as the work */
    int64_t wait_s;    /* how long the work waits; then ERR_SITE_AWAY */
};

struct errand_answer {
    int fd; /* a file, from its beginning; -1: text instead. Open until the work is taken out (engine_unpark) */
    int64_t bytes;
    const char *text;
};

/* For a work's run(). 0: it is answered; TURN_PARK: ask again; else what came of it: ERR_SITE_AWAY, ERR_SITE_LOGIN, ERR_SITE_REFUSED, ERR_TOO_MANY,
 * ERR_STOPPING. */
int errand_ask(struct turn *t, struct work *w, const struct errand_ask *ask, struct errand_answer *out, struct err *e);

/* For the launcher: the next that nobody has taken; false: none. The ask stays the errand's until it is answered. */
bool errand_next(struct engine *c, int64_t *out_id, struct errand_ask *out);

/* Its answer: bytes of a file (taken), or a text (copied), or an error; one whose work is gone is dropped. */
void errand_answer_file(struct engine *c, int64_t id, int fd, int64_t bytes);
void errand_answer_text(struct engine *c, int64_t id, const char *text);
void errand_fail(struct engine *c, int64_t id, const struct err *e);

/* The engine's. */
struct errands *errands_new(void);
void errands_free(struct errands *l);
void errand_begin(struct engine *c, struct work *w);
void errand_end(struct engine *c, const struct work *w);

#endif
