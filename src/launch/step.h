/* A work of the launcher's own: what it reads or writes in one turn, and what it does once that is committed. Inside launch. */
#ifndef DOCKET_LAUNCH_STEP_H
#define DOCKET_LAUNCH_STEP_H

#include "base/arena.h"
#include "core/turn.h"

struct launcher;
struct place;

struct step {
    struct work work; /* first: a work is its step */
    struct list node; /* in the launcher's list of those for the next turn */
    struct launcher *l;
    int64_t site;     /* it is about; 0: none */
    struct arena arena; /* lives until `then` has returned */
    int (*run)(struct step *s, struct turn *t, struct err *e); /* as a work's run(): may be run twice */
    void (*then)(struct step *s, const struct err *err);       /* after the commit; err NULL: run() returned 0 */
    void *data;       /* in the arena, as a rule */
};

/* For the next turn. then NULL: a failure is only logged. */
struct step *step_new(struct launcher *l, int64_t site, int (*run)(struct step *, struct turn *, struct err *),
                      void (*then)(struct step *, const struct err *));
void step_go(struct step *s);
void step_free(struct step *s);

#endif
