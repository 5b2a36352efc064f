/* One thread beside the loop, for what takes long and needs nothing of the loop's memory: jobs, one after the other, at the
 * lowest priority the system knows. */
#ifndef DOCKET_BASE_ASIDE_H
#define DOCKET_BASE_ASIDE_H

#include "base/list.h"
#include "base/loop.h"

struct aside;

struct aside_job {
    void (*work)(struct aside_job *job); /* in the thread: touches the job alone */
    void (*done)(struct aside_job *job); /* in the loop, afterwards */
    struct list node;                    /* the queue's */
};

/* The thread is made with the first job. Freed by aside_free, which waits for the job that is being worked on; those that
 * have not begun are forgotten, and their done() is not called. */
struct aside *aside_new(struct loop *l);
void aside_free(struct aside *a); /* NULL is fine */

/* Hands in a job, which stays the caller's, and where it is until done() has been called. */
void aside_run(struct aside *a, struct aside_job *job);

/* Takes a job back that was handed in; its done() is not called. False: it has begun already, and cannot be. */
bool aside_take_back(struct aside *a, struct aside_job *job);

/* Jobs handed in and not done. */
int aside_open(const struct aside *a);

#endif
