/* The change feed: the last state of everything that has changed since a revision. What changed twice appears once, at its
 * newest revision; what was removed appears as such. */
#ifndef DOCKET_CORE_FEED_H
#define DOCKET_CORE_FEED_H

#include "core/queue.h"

enum {
    FEED_LANE = 0,      /* no queue has this id: readers of changes wait here */
    FEED_PAUSE_MS = 100 /* waiting readers are answered at most once in that time */
};

struct feed_ask {
    int64_t since;
    int64_t began; /* the newest revision when the reader began at 0; NONE where it did not, or is past it */
    const struct queue_row *queue; /* only of this queue; NULL: of all the asker may see */
    bool jobs_only; /* jobs, and their ends, and nothing else */
    int max;
};

/* One of the four. */
struct feed_change {
    int64_t rev;
    const struct task_full *task;
    const struct queue_row *queue; /* with task: its queue; alone: the queue itself changed */
    const struct tombstone_row *gone; /* queue 0: the job `task`, called `name`, was forgotten */
    const struct job_row *job;
};

struct feed_page {
    struct feed_change *changes;
    int count;
    int64_t since; /* what to ask for next */
    int64_t began; /* to be handed on with it; NONE: not needed any more */
    bool more;     /* there may be more already */
};

/* May a reader that has read up to since go on there? 0; ERR_BAD_FIELD: it is from the future; ERR_CHANGES_GONE: removals
 * after it have been forgotten. */
int feed_check(struct turn *t, int64_t since, int64_t began, struct err *e);

/* The next page for the asker. 0 or as feed_check. */
int feed_read(struct turn *t, const struct who *who, const struct feed_ask *ask, struct arena *a, struct feed_page *out,
              struct err *e);

#endif
