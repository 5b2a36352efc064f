/* Which jobs that have ended may lose what is left of them at their sites. One is held as long as a reader of changes who is told of it (the
 * named ones of whoever has the job, and of whoever has its site) has not read that it has ended; its site's retention ends that. */
#ifndef DOCKET_CORE_CLEAN_H
#define DOCKET_CORE_CLEAN_H

#include "core/job.h"

/* The farthest behind of those that have not read the job's last revision; NULL: all have. Pure. */
const struct consumer_row *clean_holder(const struct job_row *j, const struct consumer_row *rows, int count);

/* Has it ended so long ago? Pure. */
bool clean_is_overdue(const struct job_row *j, int64_t keep_us, int64_t now_us);

/* A job that a reader has not read of. */
struct clean_held {
    struct job_row job;
    const char *owner, *consumer; /* whose it is, and its name */
    int64_t behind;               /* revisions it has still to read until it knows */
    int64_t seen;                 /* when it was last heard of */
};

struct clean_page {
    struct job_row *going;
    struct clean_held *held;
    int going_count, held_count;
    int64_t after; /* where to go on; NONE: that was all */
};

/* Of the asker's jobs with ids above `after`: those that may go, and those that are held. At most max are looked at (a page may be empty and go
 * on). Changes nothing. 0 or < 0. */
int clean_look(struct turn *t, const struct who *who, int64_t after, int max, struct arena *a, struct clean_page *out, struct err *e);

/* Wants those of a page that may go to be cleaned away. 0 or < 0. */
int clean_go(struct turn *t, const struct who *who, const struct clean_page *page, struct err *e);

/* For the launcher: wants those of a site cleaned away that ended keep_us ago or earlier, whoever has read of them; *out tells which went, and
 * of which of these nobody may have been told (held), for the log. Those that were found at the site stay: another program has made them.
 * As clean_look. */
int clean_retention(struct turn *t, int64_t site, int64_t keep_us, int64_t after, int max, struct arena *a, struct clean_page *out,
                    struct err *e);

#endif
