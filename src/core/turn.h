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
#include "core/rate.h"
#include "store/store.h"

enum {
    TURN_PARK = 2000, /* what run() returns for: nothing yet, ask me again when the queue gains a task */
    TURN_AGAIN = 2001, /* … for: I have done my share of this turn, run me in the next (what it wrote is committed) */
};

enum work_kind {
    WORK_READ,    /* goes on while the disk is full; what it would write then is refused */
    WORK_REMOVE,  /* goes on while the disk is full, for it makes room */
    WORK_WRITE,   /* refused while the disk is full */
    WORK_RESERVE, /* goes on from the reserve */
};

struct turn;

struct work {
    enum work_kind kind;
    int (*run)(struct work *w, struct turn *t, struct err *e); /* 0, an outcome > 0, TURN_PARK, or < 0 a failure */
    void (*done)(struct work *w);                              /* result and err are final */
    void (*wait)(struct work *w);                              /* it is parked now; NULL: nobody wants to know */
    void (*again)(struct work *w);                             /* with TURN_AGAIN: the turn was committed; keep what
                                                                  this slice found and hand the work in again */
    bool (*gone)(struct work *w); /* is nobody there any more to be handed a task? NULL: there is */
    int result;
    struct err err;
    struct effects {
        int64_t queue; /* the queue the rest is about */
        struct rate_sum ended; /* tasks that ended there: for rates */
        const char *park_worker; /* with TURN_PARK: who waits; lives as long as the work */
        int64_t park_until_us;
        bool backup; /* with TURN_PARK: it waits for a copy of the store */
        const struct errand_ask *errand; /* with TURN_PARK: it waits for the answer of a site; lives as long as the turn */
    } effects;

    /* The turn's own. */
    bool broken; /* run() failed: it is not run again, its result stands */
    bool over;   /* its wait is over: run() answers with what it has, never TURN_PARK */
    struct list parked; /* in its lane, while parked; the rest describes that */
    int64_t parked_queue, parked_until_us;
    const char *parked_worker;
};

/* What happened in a turn that memory is to know of once it is on disk: plain data, dropped with a rollback. */
enum note_kind {
    NOTE_LEASED, /* a task was handed out: worker, lease, at */
    NOTE_CLOSED, /* a lease became an attempt: worker, lease, outcome */
    NOTE_ENDED,  /* a task ended: state */
    NOTE_LATE,   /* a result came too late for its lease */
    NOTE_SEEN,   /* a worker asked for something: worker, at */
    NOTE_CLIENT, /* a client of a dataset was seen: worker, at; lease 1: the store has been told, too */
    NOTE_REMOVED, /* the queue is gone for good */
};
struct note {
    enum note_kind kind;
    int64_t queue, lease, at;
    const char *worker; /* lives as long as the turn */
    enum attempt_outcome outcome;
    enum task_state state;
};

struct parking;
struct stats;
struct crew;
struct clients;
struct backup;
struct errands;
struct site_seen;
struct errand_ask;

struct engine {
    struct store *store;
    struct parking *parking; /* who waits for what */
    struct rates *rates;     /* tasks finished lately, by queue */
    struct stats *stats;     /* what was counted since the start */
    struct crew *crew; /* which workers are there, and what they hold */
    struct clients *clients; /* when those of datasets were seen */
    struct backup *backup;   /* the copy being made or handed out; NULL: none */
    struct errands *errands; /* what requests want to know of sites */
    struct site_seen *seen;  /* when sites answered last */
    bool stirred;            /* something is wanted of a site: the launcher takes it back */
    bool full;               /* the disk was full at the last commit */
    bool unsettled;          /* it was full at the start: leases have not got their time anew yet */
    bool failed;             /* the disk failed: no more turns */
    int64_t full_retry_us, due_retry_us; /* when to look again for room, and at what is due after a failure there */
    int64_t *hungry;                     /* queues that may still have tasks for those who wait */
    int hungry_count;
    int64_t house_us, pack_us;           /* when housekeeping, and the pass over the changes, are due next */
    int64_t commit_us;                   /* what a commit takes */
    int64_t company_us;                  /* when a turn last had more than one work */
    int64_t due_us;                      /* when the store wants a turn by itself; NONE: not */
    int64_t feed_rev, feed_us;           /* what waiting readers of changes were told last, and when they may be again */

    /* Handed in before engine_init; 0: LIMIT_TURN_ROWS and LIMIT_SLICE_ROWS. */
    int turn_rows, slice_rows;

    /* Handed in; each may be NULL. */
    const char *backup_path;              /* where a copy of the store may be made; needed once one is asked for */
    int64_t (*spent_us)(void *arg);       /* since the turn began */
    void (*free_reserve)(void *arg);      /* the disk is full: make room for results */
    bool (*restore_reserve)(void *arg);   /* is there room again? */
    void (*complain)(void *arg, const struct err *e); /* a failure that no request is told */
    void *arg;
};

struct turn {
    struct engine *engine;
    struct store *store;
    int64_t now_us;
    struct arena *arena; /* of the turn itself, for what no request asked for */
    int64_t *gained;     /* queues that gained a pending task, each once; in the arena */
    int gained_count, gained_room;
    int64_t part_end_us; /* when the present part of it is to end, as spent_us counts */
    int announced;       /* dependents told in this turn: those beyond the engine's slice_rows are told in the next ones */
    bool house;          /* housekeeping is due; afterwards: there is more of it */
    int pack;            /* the pass over the changes is due, and may look at so many; 0: it is not */
    struct note *notes;  /* for memory, once this is on disk; in the arena */
    int note_count;
    bool full;           /* hand out nothing, take only what the reserve is for */
    bool backup_asked;   /* a work of this turn will wait for a copy of the store */
    bool stirred;        /* something is wanted of a site */
    int errands;         /* so many works of this turn will wait for a site */
};

/* A part of the turn begins that may take so long: what is due by itself (1 ms beside requests), then the requests (2 ms). So
 * long work that goes on by itself leaves their time to those who ask. */
void turn_part(struct turn *t, int64_t most_us);

/* Has this part of the turn taken as long as it may? What is left is for the next turn. */
bool turn_is_long(const struct turn *t);

/* For core: the queue has a task to hand out. */
void turn_gained(struct turn *t, int64_t queue);

/* For core: something that memory is to know of after the commit. */
void turn_note(struct turn *t, struct note note);

#endif
