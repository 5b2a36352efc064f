/* What the files of power_test share: the world of one seed, and what happened in it. power_world.c keeps the store on
 * its disk, power_load.c works on it, power_ledger.c knows what must be there, power_test.c cuts the power. */
#ifndef DOCKET_TEST_POWER_WORLD_H
#define DOCKET_TEST_POWER_WORLD_H

#include "core/engine.h"
#include "core/finish.h"
#include "core/submit.h"
#include "power_chance.h"
#include "power_disk.h"

enum {
    REQUESTS_MAX = 8, /* per turn */
    FACTS_MAX = 24,   /* per request */
    WORKERS = 3,
    QUEUES = 2,
    SAID_BYTES = 200,
};

/* One thing that a request did. */
struct fact {
    enum fact_kind {
        QUEUE_MADE,
        TASK_ADDED,
        TASK_CLAIMED,
        LEASE_RENEWED,
        LEASE_RELEASED,
        TASK_FINISHED,
        FACT_KINDS
    } kind;
    int queue, worker;
    int64_t id;       /* of the queue or task */
    int64_t lease;
    int64_t until;    /* LEASE_RENEWED */
    int64_t number;   /* TASK_ADDED: what the task is follows from it */
    int64_t exitcode; /* TASK_FINISHED, and: */
    uint64_t said;    /* what was handed in follows from it */
    bool ended;
};

struct ledger {
    struct fact *facts; /* acknowledged, oldest first */
    int count, capacity;
    int64_t newest_task;
    struct fact doubt[REQUESTS_MAX * FACTS_MAX]; /* of the turn that was not acknowledged */
    int doubt_count;
};

/* How a seed can fail, and when the power can go. */
enum fault { SOUND, LOST, HALF, CORRUPT, INVARIANT, STUCK, FAULTS };
enum moment { IN_TURN, IN_CHECKPOINT, IN_OPENING, IN_CLOSING, MOMENTS };

/* Sums over the seeds. */
struct tally {
    int seeds, faults[FAULTS], failed;
    long cuts[MOMENTS], facts[FACT_KINDS], turns, kept_turns, tidied, operations;
};

struct world {
    uint64_t seed, chance;
    bool no_sync, aloud;
    struct disk *disk;
    struct store *store; /* NULL: not open */
    struct engine engine;
    int64_t now_us, serial;
    long cut_at; /* the operation in which the power is to go */
    struct ledger ledger;
    enum fault fault; /* the first one found, and what it looks like: */
    char why[400];
    struct tally *tally; /* borrowed */
};

/* power_world.c ---------------------------------------------------------------------------------------------------- */

/* A number in 0..bound-1; all chance but the disk's comes from here. */
static inline uint64_t world_below(struct world *w, uint64_t bound) { return power_chance(&w->chance, bound); }

/* The seed has failed. Only the first call counts. */
__attribute__((format(printf, 3, 4))) void world_fail(struct world *w, enum fault fault, const char *format, ...);

/* Prints, if one seed was asked for. */
__attribute__((format(printf, 2, 3))) void world_tell(const struct world *w, const char *format, ...);

/* Opens the store and an engine over it, a second later by the world's clock. 0, or < 0 as they fail; world_close is
 * due after a failure, too. */
int world_open(struct world *w, struct err *e);
void world_close(struct world *w); /* whatever is open; also when the power is off */

/* Runs SQL on the store through a connection of its own. Into out: the first value it answers, else the message. */
void world_ask(const char *sql, char out[SAID_BYTES]);

/* power_load.c ----------------------------------------------------------------------------------------------------- */

/* A turn of random requests. What it did goes into the ledger, as acknowledged, or as doubtful if the power went. */
void load_turn(struct world *w);

/* power_ledger.c --------------------------------------------------------------------------------------------------- */

extern const char *const LEDGER_WORDS[FACT_KINDS], *const LEDGER_QUEUES[QUEUES], *const LEDGER_WORKERS[WORKERS];

enum { LEDGER_KEYS = 400 }; /* numbers below it are keys: some tasks are added twice */

/* The task with this number: a command, or a payload that is one JSON string. Both live in the arena. */
struct submit_task ledger_task(struct arena *a, int64_t number);
struct finish_result ledger_result(struct arena *a, const struct fact *f); /* what f, a TASK_FINISHED, handed in */

/* Both copy the facts. */
void ledger_acknowledge(struct ledger *l, const struct fact *facts, int count);
void ledger_doubt(struct ledger *l, const struct fact *facts, int count);

/* Holds the open store against the ledger: LOST if not every acknowledged fact is there as it was, HALF if those in
 * doubt are there in part. Doubt ends here: they are acknowledged if they are there, else forgotten. */
void ledger_judge(struct world *w);
void ledger_done(struct ledger *l);

#endif
