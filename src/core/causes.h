/* Why tasks of a queue failed, summed up: those that ended alike are one group. Messages of the same failure differ in
 * names and numbers ("sha256sum: /x/1: No such file or directory"); programs put the reason last, behind a colon. So a
 * message is cut to its last part if that is a phrase, and for telling groups apart what stands in quotes counts as
 * nothing and each run of digits as the same. */
#ifndef DOCKET_CORE_CAUSES_H
#define DOCKET_CORE_CAUSES_H

#include "base/limits.h"
#include "core/queue.h"

enum {
    CAUSES_TOP = 20,     /* groups shown */
    CAUSES_GROUPS = 256, /* groups told apart; tasks of others are only counted */
    CAUSES_SLICE = LIMIT_SLICE_ROWS
};

struct cause {
    enum task_state state; /* TASK_FAILED or TASK_KILLED */
    int64_t exitcode;      /* NONE for killed ones */
    const char *text;      /* the reason as the first of them said it */
    const char *kind;      /* without what differs from task to task */
    uint32_t hash;         /* of kind */
    int64_t count, first;  /* the id of the first of them */
};

/* A sum being made; zeroed it is empty. Copying it is enough to go back to where it was. */
struct causes {
    struct cause groups[CAUSES_GROUPS];
    int count;
    int64_t looked_at, others; /* others: tasks looked at that are in none of the groups */
    enum task_state state;     /* where looking goes on; 0: from the beginning */
    int64_t after;
    bool done;    /* all there are, or as many as may be, were looked at */
    bool partial; /* there are more than were looked at */
};

/* Counts one task that ended badly. Texts are copied into a. Pure but for f and a. */
void causes_add(struct causes *f, struct arena *a, enum task_state state, int64_t exitcode, const char *message,
                  int64_t task);

/* Looks at the next slice of the queue's failed and killed tasks, oldest first, LIMIT_FAILURES of each sum at most.
 * f->done says whether that was the last. 0 or < 0. */
int causes_slice(struct turn *t, const struct queue_row *q, struct arena *a, struct causes *f, struct err *e);

/* Orders the groups, the most frequent first, and keeps the first CAUSES_TOP; the rest are `others`. */
void causes_close(struct causes *f);

#endif
