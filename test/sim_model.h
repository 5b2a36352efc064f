/* The model that the simulation holds against the core: the same rules said a second time, as plainly as possible, over
 * arrays in memory. It shares no code with src/core beyond the words for states and outcomes. */
#ifndef DOCKET_TEST_SIM_MODEL_H
#define DOCKET_TEST_SIM_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/finish.h"
#include "core/lease.h"
#include "store/record.h"

enum { MODEL_QUEUES = 3, MODEL_WORKERS = 5, MODEL_TASKS = 4000, MODEL_LEASES = 8000, MODEL_CLAIM_MAX = 8 };

struct model_task {
    int64_t id;
    int queue;
    enum task_state state;
    int64_t priority, failures, crashes, leases, not_before;
    int64_t key; /* 0: none */
    int lease;   /* index of its last, -1: none */
    bool crashed_out;
};

struct model_lease {
    int64_t id, until, length_us;
    int task, queue, worker; /* indexes */
    bool begun;
    enum attempt_outcome closed; /* ATTEMPT_OPEN: it is not */
    bool late;
};

struct model_queue {
    bool paused;
    int64_t lease_us, max_attempts, max_crashes, backoff_us;
    int64_t finished_at[MODEL_TASKS * 2];
    int finished_count;
    struct {
        int64_t nonce; /* 0: none */
        int first, last; /* indexes of leases; first -1: nothing */
    } last_claim[MODEL_WORKERS];
};

struct model {
    struct model_task tasks[MODEL_TASKS];
    struct model_lease leases[MODEL_LEASES];
    struct model_queue queues[MODEL_QUEUES];
    int task_count, lease_count;
};

/* Time has come to now_us: leases run out, waiting tasks wake. */
void model_due(struct model *m, int64_t now_us);

/* A restart at now_us: every open lease runs its queue's length from now at least. */
void model_restart(struct model *m, int64_t now_us);

/* A task was added; id is the one answered. Returns false if the model knows better (a key that exists has another id,
 * a new id is not greater than all before). */
bool model_submit(struct model *m, int queue, int64_t key, int64_t priority, int64_t not_before, int64_t id,
                  int64_t now_us);

/* What a claim must answer: indexes of leases, made by this call; lease ids are filled in by the caller. Returns how many. */
int model_claim(struct model *m, int queue, int worker, int64_t nonce, int max, int begin, int64_t now_us, bool *again,
                int out_leases[MODEL_CLAIM_MAX]);

enum finish_outcome model_finish(struct model *m, int queue, int worker, int64_t lease, int exitcode, int64_t now_us);
enum renew_outcome model_renew(struct model *m, int queue, int worker, int64_t lease, bool begun, int64_t now_us);
void model_begin(struct model *m, int queue, int worker, int64_t lease);
bool model_release(struct model *m, int queue, int worker, int64_t lease);

/* Cancel or retry of one task by id, or (id 0) of all it applies to in the queue; killed: retry takes crashed ones too.
 * Returns how many changed, -1 where it must be refused. */
int model_cancel(struct model *m, int queue, int64_t id);
int model_retry(struct model *m, int queue, int64_t id, bool killed);

/* Tasks that ended in the queue at from_us or later. */
int64_t model_ended_since(const struct model *m, int queue, int64_t from_us);

#endif
