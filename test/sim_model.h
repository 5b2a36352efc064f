/* The model that the simulation holds against the core: the same rules said a second time, as plainly as possible, over
 * arrays in memory. It shares no code with src/core beyond the words for states, events, outcomes and refusals.
 *
 *   sim_model.c        queues, adding and changing tasks
 *   sim_model_lease.c  claims, results, renewals, give-backs, leases that run out
 *   sim_model_event.c  a task moves on and those who wait for it are told; what can be asked for
 *   sim_model_turn.c   operations; what a turn does by itself; when the next one is due
 *   sim_model_feed.c   tombstones, named readers, what may be forgotten
 *
 * Queues, tasks and leases are named by their index; a queue of the model is one life of a name (a slot), so a slot that
 * was removed and made again is another queue. Functions that the core may refuse return its refusal, or 0. */
#ifndef DOCKET_TEST_SIM_MODEL_H
#define DOCKET_TEST_SIM_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/finish.h"
#include "core/happen.h"
#include "core/lease.h"
#include "store/record.h"

enum {
    MODEL_SLOTS = 3,
    MODEL_QUEUES = 128,
    MODEL_WORKERS = 5,
    MODEL_TASKS = 2000,
    MODEL_LEASES = 4000,
    MODEL_OPEN = 512, /* operations, announcements, tombstones at a time */
    MODEL_CLAIM_MAX = 8,
    MODEL_NEEDS = 5,
    MODEL_CONSUMERS = 3,
};

struct model_need {
    int task;
    bool met;
};

struct model_task {
    int64_t id;
    int queue;
    enum task_state state;
    int64_t priority, failures, crashes, leases, open, not_before, exitcode, finished;
    int64_t key;    /* 0: none */
    int lease;      /* its last, -1: none */
    bool cancelled; /* killed because somebody asked for it */
    bool gone;      /* removed */
    bool needed;    /* others wait, or waited, for it */
    struct model_need needs[MODEL_NEEDS];
    int need_count;
};

struct model_lease {
    int64_t id, until;
    int task, queue, worker;
    bool begun;
    enum attempt_outcome closed; /* ATTEMPT_OPEN: it is not */
};

struct model_policy {
    int64_t lease_us, max_attempts, max_crashes, backoff_us, retention_us, face_lease_us;
    bool speculate, cascade;
};

struct model_queue {
    int slot;
    bool paused, removed;
    struct model_policy policy;
    int64_t sweep_at;
    struct model_last_claim {
        int64_t nonce, seen; /* nonce 0: none */
        int first, last;     /* leases; first -1: nothing */
    } last_claim[MODEL_WORKERS];
};

struct model_operation {
    int queue;
    struct asked asked;
    int64_t state, exitcode, before, upto, cursor; /* upto, cursor: ids of tasks */
    int worker;                                    /* -1: any */
    int64_t changed, live;
};

struct model_announcement {
    int task;
    int64_t cursor; /* an id */
};

struct model_stone {
    int64_t rev, at;  /* rev: told by the store; 0: not yet */
    int queue, task;  /* task -1: the queue */
};

struct model_consumer {
    bool exists;
    int64_t rev, began;
};

struct model {
    struct model_task tasks[MODEL_TASKS];
    struct model_lease leases[MODEL_LEASES];
    struct model_queue queues[MODEL_QUEUES];
    struct model_operation operations[MODEL_OPEN];
    struct model_announcement announcements[MODEL_OPEN];
    struct model_stone stones[MODEL_OPEN];
    struct model_consumer consumers[MODEL_CONSUMERS];
    struct {
        int queue;
        int64_t at;
    } ends[MODEL_LEASES]; /* results that ended a task, since the start: what rates count */
    int slots[MODEL_SLOTS]; /* the queue of that name; -1: none */
    int task_count, lease_count, queue_count, operation_count, announcement_count, stone_count, end_count;
    int turn_rows, slice_rows, announced;
    int64_t now_us, house_us, forgotten;
};

/* A turn begins: what is due by itself happens, a slice of each thing. */
void model_turn(struct model *m, int64_t now_us);

/* A start: every open lease runs its queue's length from now at least, memory is empty. */
void model_restart(struct model *m, int64_t now_us);

/* When the next turn is due by itself, at the latest; NONE: never. */
int64_t model_next(const struct model *m);

/* Is something in the queue pending, running or able to become so by itself? One that waits for several is able if all of
 * them are; not all: it is taken to be if one of them is. */
bool model_goes_on(const struct model *m, int queue, bool all);

/* queues: slot is their name ------------------------------------------------------------------------------------ */

/* Makes a queue or changes its policy. Returns whether it was made. */
bool model_put(struct model *m, int slot, const struct model_policy *policy);
int model_pause(struct model *m, int slot, bool paused);
int model_remove_queue(struct model *m, int slot, bool force);

/* tasks --------------------------------------------------------------------------------------------------------- */

struct model_new {
    int64_t key, priority, not_before;
    struct {
        int64_t id, key; /* key 0: by id */
    } needs[MODEL_NEEDS];
    int need_count;
};

/* Adds tasks; ids[i] is what was answered for tasks[i]. *out_right: the ids are as they must be (an old one where its
 * key is there, new ones in growing order). */
int model_submit(struct model *m, int slot, const struct model_new *tasks, int count, const int64_t *ids, bool *out_right);

struct model_change {
    bool has_priority, has_not_before, has_needs;
    int64_t priority, not_before, needs[MODEL_NEEDS];
    int need_count;
};
int model_change(struct model *m, int64_t id, const struct model_change *c);

/* Tasks of c that are not gone; -1: none of that id. */
int model_find(const struct model *m, int64_t id);
int model_unmet(const struct model_task *t);

/* claims: indexes of leases, made by this call; lease ids are filled in by the caller. Returns how many. again: they are
 * those of the last claim. */
int model_claim(struct model *m, int queue, int worker, int64_t nonce, int max, int begin, bool face, bool *again,
                int out_leases[MODEL_CLAIM_MAX]);

/* The task is to be in that state. exitcode NONE: 0 or 1. *out_lease: one that was given by it; -1: none. */
int model_set_state(struct model *m, int queue, int64_t id, int worker, enum task_state to, int64_t exitcode, int *out_lease);

/* Is there a task that a claim of the worker would be given? */
bool model_has_work(const struct model *m, int queue, int worker);

enum finish_outcome model_finish(struct model *m, int queue, int worker, int64_t lease, int exitcode);
enum renew_outcome model_renew(struct model *m, int queue, int worker, int64_t lease, bool begun);
bool model_release(struct model *m, int queue, int worker, int64_t lease);
void model_begin(struct model *m, int queue, int worker, int64_t lease);

/* The open leases of a worker: their ids, in order. Returns how many. */
int model_held(const struct model *m, int queue, int worker, int64_t *out_ids, int max);

/* Closes all open leases of a task. */
void model_close_all(struct model *m, int task, enum attempt_outcome outcome);
void model_expire(struct model *m); /* a slice of the leases that are over */

/* Results that ended tasks of the queue at from_us or later. */
int64_t model_ended_since(const struct model *m, int queue, int64_t from_us);

/* events -------------------------------------------------------------------------------------------------------- */

/* The task is in that state now; those who wait for it are told where it has ended. */
void model_move(struct model *m, int task, enum task_state state);

/* It runs again, or not yet: what a task in no state but for what it waits for is. */
enum task_state model_ready(const struct model *m, const struct model_task *t);

void model_announce_slice(struct model *m);

/* What became of tasks: how many, and how many a live worker held. */
struct model_sum {
    int64_t changed, live;
};

/* Is the task meant where the event is asked of all that a filter meets? */
bool model_meant(const struct model *m, const struct asked *a, int task);
void model_happen(struct model *m, const struct asked *a, int task);
bool model_is_live(const struct model *m, const struct asked *a, int task); /* would it be taken from a live worker? */

/* All or none. */
int model_ids(struct model *m, int queue, const struct asked *asked, const int64_t *ids, int count,
              struct model_sum *out);

/* What it applies to of those that exist now. *out_more: an operation goes on with it. */
void model_filter(struct model *m, const struct model_operation *o, struct model_sum *out, bool *out_more);

/* readers of changes -------------------------------------------------------------------------------------------- */

void model_bury(struct model *m, int queue, int task); /* task -1: the queue */
void model_forget(struct model *m, bool *out_more);    /* a slice of the tombstones that nobody will read */

/* May a reader go on at since? */
int model_may_read(const struct model *m, int64_t since, int64_t began, int64_t newest);
int model_consumer_put(struct model *m, int consumer, int64_t rev, int64_t newest);

#endif
