/* Plain rows as they pass through the door of the store. Texts are borrowed from the arena they were read into (or from
 * whoever fills a row to be written). Times are µs since 1970; NONE stands for NULL in any integer. */
#ifndef DOCKET_STORE_RECORD_H
#define DOCKET_STORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NONE INT64_MIN

enum task_state {
#define X(name, number, word) name = number,
#include "store/state.def"
#undef X
    TASK_STATES
};

/* What closed a lease; numbers are in the store. */
enum attempt_outcome {
    ATTEMPT_OPEN, /* never stored: the lease still stands in its own table */
    ATTEMPT_SUCCEEDED,
    ATTEMPT_FAILED,
    ATTEMPT_EXPIRED,  /* it ran out before the command had begun: not counted */
    ATTEMPT_CRASHED,  /* it ran out afterwards */
    ATTEMPT_RELEASED, /* given back */
    ATTEMPT_CANCELLED,
    ATTEMPT_OUTCOMES
};

enum body_kind { BODY_STDOUT = 1, BODY_STDERR = 2, BODY_RESULT = 3 };

struct queue_row {
    int64_t id, account;
    const char *owner, *name;
    bool paused;
    int64_t lease_us, max_attempts, max_crashes, backoff_us;
    int64_t created, rev;
};

struct task_row {
    int64_t id, queue;
    enum task_state state;
    int64_t event;    /* core's: what brought it here */
    int64_t priority;
    int64_t leases;   /* given so far: the number of its last attempt */
    int64_t failures, crashes;
    int64_t lease;    /* the last one given, open or closed; each knows the one before it */
    int64_t exitcode;
    int64_t not_before, created, started, finished, rev;
};

/* What a task is, never changed once it is added. */
struct spec_row {
    const char *key, *command, *payload, *cwd, *env; /* payload and env are JSON text; each may be NULL */
    int64_t time_limit_us;
};

/* A task as it is claimed or listed: both halves. */
struct task_full {
    struct task_row task;
    struct spec_row spec;
    const char *worker, *message; /* of its last lease, where asked for */
};

struct lease_row {
    int64_t id, task, queue, n, prev; /* n: number of the attempt; prev: the task's lease before it */
    const char *worker;
    int64_t started, until;
    bool begun; /* its command was reported begun: running out is a crash */
};

struct attempt_row {
    int64_t lease, task, queue, n, prev;
    const char *worker;
    int64_t started, finished;
    enum attempt_outcome outcome;
    int64_t exitcode;
    const char *message;
    int64_t stdout_size, stderr_size;
    int64_t late_at, late_exitcode; /* a result that came after the lease had ended otherwise */
    const char *late_message;
};

struct worker_row {
    const char *nonce; /* of its last claim, NULL if it gave none */
    int64_t seen, first_lease, last_lease; /* what that claim was answered; NONE if nothing */
};

struct upload_row {
    int64_t lines, added, existed;
};

/* One event for many tasks, worked off in slices. */
struct operation_row {
    int64_t id, queue, event, state; /* state: only tasks in it; NONE: whatever the event applies to */
    int64_t exitcode;                /* NONE: any */
    const char *worker;              /* NULL: any */
    int64_t killed;                  /* truth: retry takes killed ones too */
    int64_t upto, cursor, done;      /* ids ≤ upto; ids ≤ cursor are dealt with; done: rows changed so far */
    const char *actor;
    int64_t created;
};

/* Which tasks a list shows; NONE and NULL do not filter. */
struct task_filter {
    int64_t queue, state, exitcode, after; /* ids > after */
    const char *worker, *text;
    int64_t upto;                          /* ids ≤ upto; NONE: all */
};

#endif
