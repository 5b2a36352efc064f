/* One turn of the loop: requests that have arrived are decided and recorded in one transaction, then carried out.
 *
 * A request is a struct work whose run() is a plain function: it reads and writes through core, builds its answer in its
 * own memory, and touches nothing else that outlives it. What should change in memory once the transaction is on disk
 * is put into work->effects. If run() fails where it should not, or refuses after it has written, the transaction is
 * rolled back and the turn is run again without it: nothing of it stays. Works that wait for a task (TURN_PARK) are run again, last in the turn in which their queue gained
 * one. Nothing is answered before the commit: done() is called after it. */
#ifndef DOCKET_CORE_TURN_H
#define DOCKET_CORE_TURN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/list.h"
#include "store/store.h"

enum {
    TURN_PARK = 2000,       /* what run() returns for: nothing yet, ask me again when the queue gains a task */
    TURN_GAINED_MAX = 1024, /* queues one turn can add tasks to: its requests, and slices of what is due */
};

enum work_kind {
    WORK_READ,    /* changes nothing; goes on while the disk is full */
    WORK_WRITE,   /* refused while the disk is full */
    WORK_RESERVE, /* goes on from the reserve */
};

struct turn;

struct work {
    enum work_kind kind;
    int (*run)(struct work *w, struct turn *t, struct err *e); /* 0, an outcome > 0, TURN_PARK, or < 0 a failure */
    void (*done)(struct work *w);                              /* result and err are final */
    void (*wait)(struct work *w);                              /* it is parked now; NULL: nobody wants to know */
    int result;
    struct err err;
    struct effects {
        int64_t queue; /* the queue the rest is about */
        int finished;  /* tasks that ended there: for rates */
        const char *park_worker; /* with TURN_PARK: who waits; lives as long as the work */
        int64_t park_until_us;
    } effects;

    /* The turn's own. */
    bool broken; /* run() failed: it is not run again, its result stands */
    bool over;   /* its wait is over: run() answers with what it has, never TURN_PARK */
    struct list parked; /* in its lane, while parked; the rest describes that */
    int64_t parked_queue, parked_until_us;
    const char *parked_worker;
};

struct parking;
struct rates;

struct core {
    struct store *store;
    struct parking *parking; /* who waits for what */
    struct rates *rates;     /* tasks finished lately, by queue */
    bool full;               /* the disk was full at the last commit */
    bool failed;             /* the disk failed: no more turns */
    int64_t full_retry_us, due_retry_us; /* when to look again for room, and at what is due after a failure there */
    int64_t hungry[TURN_GAINED_MAX];     /* queues that may still have tasks for those who wait */
    int hungry_count;

    /* Handed in; each may be NULL. */
    int64_t (*spent_us)(void *arg);       /* since the turn began */
    void (*free_reserve)(void *arg);      /* the disk is full: make room for results */
    bool (*restore_reserve)(void *arg);   /* is there room again? */
    void (*complain)(void *arg, const struct err *e); /* a failure that no request is told */
    void *arg;
};

struct turn {
    struct core *core;
    struct store *store;
    int64_t now_us;
    struct arena *arena; /* of the turn itself, for what no request asked for */
    int64_t gained[TURN_GAINED_MAX]; /* queues that gained a pending task */
    int gained_count;
    bool full;           /* hand out nothing, take only what the reserve is for */
};

/* A core over an open store. Leases get their time anew (nobody could renew while there was no server).
 * 0 or < 0 as the store. */
int core_init(struct core *c, struct store *store, int64_t now_us, struct err *e);
void core_done(struct core *c); /* nothing may be parked any more */

/* Runs one turn over works[0..count). *out_taken: how many were taken (the rest is for the next turn: time was up);
 * done() has been called for each taken one that is not parked, and for parked ones that were answered.
 * 0; < 0: nothing could be committed and everyone was told; with core->failed set the disk failed and the server ends. */
int turn_run(struct core *c, struct work **works, int count, int64_t now_us, int *out_taken, struct err *e);

/* When a turn is due without any request: a lease or a wait ends, an operation goes on. NONE: not by itself. */
int turn_due(struct core *c, int64_t now_us, int64_t *out_us, struct err *e);

/* Takes a parked work out (its client is gone). It is not run or told again. One that is not parked is left alone. */
void turn_unpark(struct core *c, struct work *w);

/* Ends all waits: each is run a last time in the next turn and answered. */
void turn_unpark_all(struct core *c);

/* The disk failed and there will be no more turns: every parked work is told e. */
void turn_abandon(struct core *c, const struct err *e);

/* For core: the queue has a task to hand out. */
void turn_gained(struct turn *t, int64_t queue);

#endif
