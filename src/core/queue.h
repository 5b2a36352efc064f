/* Queues: names, policy, pause. Every call is told who asks. */
#ifndef DOCKET_CORE_QUEUE_H
#define DOCKET_CORE_QUEUE_H

#include <stdbool.h>

#include "core/turn.h"
#include "core/who.h"

/* owner NULL: the asker's own. */
struct queue_ref {
    const char *owner, *name;
};

/* What to change; NONE leaves a part as it is. */
struct queue_policy {
    int64_t lease_us, max_attempts, max_crashes, backoff_us;
    int64_t speculate, cascade; /* truths */
    int64_t retention_us;       /* 0: finished tasks stay */
    int64_t face_lease_us;
};

/* A policy that changes nothing. */
#define QUEUE_POLICY_AS_IS {NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE}

/* A queue with what is known of it. */
struct queue_view {
    struct queue_row row;
    int64_t counts[TASK_STATES];
    bool tables;  /* it is a dataset: its tasks are tables */
    bool drained; /* nothing is pending, running or able to become so by itself */
    int64_t workers;                        /* seen lately or holding a lease */
    double rate;                            /* finished per second, lately */
    int64_t eta_us, eta_low_us, eta_high_us; /* until nothing is left; NONE while there is no rate */
    struct operation_row *operations;
    int operation_count;
};

/* 0; ERR_BAD_NAME if name cannot be a queue's: 1–128 bytes, no '/', no control characters, not "." or "..". Pure. */
int queue_check_name(const char *name, struct err *e);

/* 0; ERR_QUEUE_NOT_FOUND (also for a queue of somebody else); ERR_BAD_NAME. Rows live in a. */
int queue_find(struct turn *t, const struct who *who, const struct queue_ref *ref, struct arena *a,
               struct queue_row *out, struct err *e);

/* The same, and makes one with the default policy, the asker's own or one of an account that it may make things for. *out_made (may be NULL): whether it did. */
int queue_ensure(struct turn *t, const struct who *who, const struct queue_ref *ref, struct arena *a,
                 struct queue_row *out, bool *out_made, struct err *e);

/* Makes one, with the default policy but for what `policy` says. 0; ERR_BAD_NAME, ERR_ACCOUNT_NOT_FOUND; there is none of that name. */
int queue_make(struct turn *t, const struct who *who, const struct queue_ref *ref, const struct queue_policy *policy,
               struct arena *a, struct queue_row *out, struct err *e);

/* Makes a queue or changes its policy. */
int queue_put(struct turn *t, const struct who *who, const struct queue_ref *ref, const struct queue_policy *policy,
              struct arena *a, struct queue_row *out, bool *out_made, struct err *e);

/* Pauses or resumes; one that is so already stays as it is. */
int queue_pause(struct turn *t, const struct who *who, const struct queue_ref *ref, bool paused, struct arena *a,
                struct queue_row *out, struct err *e);

/* Adds what is known beside the row (out->row is set). */
int queue_look(struct turn *t, struct arena *a, struct queue_view *out, struct err *e);

/* The queues of owner (NULL: the asker's) by name: up to max after `after` ("": from the first). 0; ERR_ACCOUNT_NOT_FOUND. */
int queue_list(struct turn *t, const struct who *who, const char *owner, const char *after, int max, struct arena *a,
               struct queue_row **out_rows, int *out_count, struct err *e);

#endif
