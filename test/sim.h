/* The simulation: one store in memory, one engine over it, and the model beside them. Private to sim_*.c.
 *
 *   sim_core.c     seeds, turns, restarts; what ran is told to the model in the order it ran in
 *   sim_draw.c     random requests
 *   sim_ops.c      a row per kind of request: what its handler does, and what the model says to the answer
 *   sim_feed.c     readers of changes: what they believe, what they are told, what must be true in the end
 *   sim_check.c    store and memory held against the model
 *   sim_look.c     what those who look are told
 *   sim_memory.c   what memory has from the notes of turns, held against the store; an answer made in slices */
#ifndef DOCKET_TEST_SIM_H
#define DOCKET_TEST_SIM_H

#include "core/change.h"
#include "core/consumer.h"
#include "core/engine.h"
#include "core/feed.h"
#include "core/operation.h"
#include "core/set_state.h"
#include "core/submit.h"
#include "sim_model.h"

enum { SIM_WORKS = 6, SIM_WAITERS = 40, SIM_RUNS = 400, SIM_TASKS = 5, SIM_IDS = 4, SIM_READERS = 6, SIM_LONG_TURNS = 4000 };

enum op {
    OP_SUBMIT, OP_CLAIM, OP_FINISH, OP_RENEW, OP_BEGIN, OP_RELEASE, OP_SET, OP_PAUSE, OP_EVENT, OP_CHANGE, OP_SET_STATE, OP_REMOVE_QUEUE,
    OP_READ, OP_ACKNOWLEDGE, OP_DROP_CONSUMER, OP_COUNT
};
enum trouble { NO_TROUBLE, FAILS, REFUSES_LATE };

/* One request with its answer. */
struct sim_work {
    struct work work; /* first */
    struct sim *sim;
    enum op op;
    enum trouble trouble;
    int index; /* among the new ones of its turn; -1: it waited */
    bool told;
    int slot, worker, reader; /* slot -1: it is about no queue */
    int64_t lease, nonce, wait_us;
    int max, begin, exitcode;
    bool flag; /* paused; begun; force; a claim of a face */
    struct set_state_ask setting;
    struct model_new tasks[SIM_TASKS];
    int task_count;
    struct asked asked;
    struct operation_filter filter;
    int filter_worker; /* -1: any */
    int64_t ids[SIM_IDS];
    int id_count; /* 0: by filter */
    struct model_change change;
    struct model_policy policy;
    int64_t rev; /* to acknowledge */
    struct arena arena;
    /* answered */
    int64_t given[MODEL_CLAIM_MAX], leases[MODEL_CLAIM_MAX], operation, newest, made_id;
    struct operation_sum sum;
    int count;
    enum finish_outcome finished;
    enum renew_outcome renewed;
    bool released, made;
    struct feed_page page;
};

/* What a reader believes. */
struct sim_belief {
    int64_t since, began;
    bool has[MODEL_TASKS];        /* by index in the model */
    uint64_t looks[MODEL_TASKS];  /* the task as it was told */
    int64_t queue_rev[MODEL_SLOTS]; /* 0: there is no such queue */
};

struct sim_reader {
    int consumer; /* -1: without a name */
    int slot;     /* reads only of that queue; -1: of all */
    bool busy;    /* an answer is outstanding */
    bool anew;    /* it was told to begin anew */
    struct sim_belief now, kept; /* kept: what it still knows after a crash */
};

struct sim {
    uint64_t random;
    int seed, turn;
    struct store *store;
    struct engine engine;
    struct model *model;
    int64_t now_us, next_nonce, stones_seen, answers;
    struct sim_work **works; /* the new ones of this turn */
    int work_count, next_index;
    struct sim_run {
        struct sim_work *work;
        int result;
    } runs[SIM_RUNS]; /* what ran, in the try that was committed */
    int run_count;
    struct sim_work *waiting[SIM_WAITERS];
    int waiting_count;
    struct sim_reader readers[SIM_READERS];
    int64_t held_at_start[MODEL_QUEUES + 1]; /* leases open when the engine began, by id of the queue */
    struct sim_slices {
        struct work work; /* first */
        int kept, coming, runs;
    } slices; /* an answer made in slices, one a turn, without end */
};

extern const char *const SIM_WORKERS[MODEL_WORKERS];
extern const char *const SIM_SLOTS[MODEL_SLOTS];
extern const char *const SIM_CONSUMERS[MODEL_CONSUMERS];
extern const struct who SIM_WHO;

/* sim_core.c: a number in [0, below); ends the program unless it holds. */
uint64_t sim_draw(struct sim *s, uint64_t below);
void sim_must(const struct sim *s, bool holds, const char *what);
void sim_equal(const struct sim *s, int64_t model, int64_t core, const char *what); /* the same; shows both */

/* Runs one turn over works (freed, unless they wait). */
void sim_turn(struct sim *s, struct sim_work **works, int count);

/* sim_draw.c */
struct sim_work *sim_new(struct sim *s, enum op op);
struct sim_work *sim_random(struct sim *s);
struct model_policy sim_policy(struct sim *s, const struct model_policy *was);

/* sim_ops.c: runs the handler; holds what ran against the model. */
int sim_run_op(struct sim_work *w, struct turn *t, struct err *e);
void sim_compare_op(struct sim *s, struct sim_work *w, int result);

/* sim_feed.c */
void sim_begin_readers(struct sim *s);
int sim_do_read(struct sim_work *w, struct turn *t, struct err *e);
int sim_do_acknowledge(struct sim_work *w, struct turn *t, struct err *e);
int sim_do_drop(struct sim_work *w, struct turn *t, struct err *e);
void sim_compare_read(struct sim *s, struct sim_work *w, int result);
void sim_compare_acknowledge(struct sim *s, struct sim_work *w, int result);
void sim_compare_drop(struct sim *s, struct sim_work *w, int result);

/* The reader reads until there is no more, and then believes what is true. */
void sim_read_to_end(struct sim *s, int reader);

/* It reads on, and waits where there is nothing. */
void sim_wait_for_change(struct sim *s, int reader);

/* What a reader was about to read is no more awaited. */
void sim_reader_left(struct sim *s, const struct sim_work *w);

/* sim_check.c: after each turn; what takes longer; turns without requests until nothing goes on by itself. */
void sim_check(struct sim *s);
void sim_check_store(struct sim *s);
void sim_settle_down(struct sim *s);

/* sim_memory.c: when an engine has begun; after each turn. The work goes into every turn. */
void sim_memory_begin(struct sim *s);
struct work *sim_memory_slice(struct sim *s);
void sim_check_memory(struct sim *s, int kept_before);

/* sim_look.c */
void sim_check_looks(struct sim *s);

#endif
