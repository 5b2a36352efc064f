/* What the files of fault_test share: one life of a store on a disk that fails at one call, or from one call on.
 * fault_world.c keeps the store as a server has it and knows its contents, fault_steps.c is the short run that is
 * repeated, fault_client.c asks and asks again as doc/PROTOCOL.md says, fault_test.c goes through every position. */
#ifndef DOCKET_TEST_FAULT_H
#define DOCKET_TEST_FAULT_H

#include "core/engine.h"
#include "core/queue.h"
#include "power_disk.h"

enum {
    FAULT_STEPS_MAX = 64,
    FAULT_ASKS = 3,  /* at once, in one turn */
    FAULT_IDS = 12,  /* in one answer */
    FAULT_CALLS_MAX = 20000,
    FAULT_TABLES = 16,
};

/* How long a fault lasts. */
enum fault_span {
    FAULT_ONCE,
    FAULT_KIND,    /* all calls of that kind from then on, until the server is started again */
    FAULT_ALL,     /* all calls from then on */
    FAULT_RESERVE, /* until the reserve is given up; a while later there is room again */
    FAULT_SPANS
};

/* What somebody does about it when the server goes on: nothing, or it is killed after its first refusal. */
enum fault_end { FAULT_GO_ON, FAULT_KILL, FAULT_ENDS };

struct fault_plan {
    long at; /* the how manieth call; 0: none fails */
    enum disk_fate fate;
    enum fault_span span;
    enum fault_end end;
};

/* All that is known of the store but moments, revisions and who was seen when: a number per table. */
struct fault_picture {
    uint64_t of[FAULT_TABLES];
};

struct fault_answer {
    int64_t ids[FAULT_IDS];
    int count;
    bool done;
};

/* What the run without faults answered and left behind, step by step. */
struct fault_known {
    struct fault_picture after[FAULT_STEPS_MAX];
    struct fault_answer answers[FAULT_STEPS_MAX][FAULT_ASKS];
    uint8_t calls[FAULT_CALLS_MAX]; /* enum disk_call */
    long call_count;
    bool pictured; /* it has been run; what follows is compared */
};

struct world {
    struct fault_plan plan;
    struct fault_known *known; /* borrowed */
    struct fault_answer answers[FAULT_STEPS_MAX][FAULT_ASKS];
    struct disk *disk;
    struct store *store; /* NULL: not open */
    struct engine engine;
    int64_t now_us, room_us; /* room_us: when there is room again; 0: there is */
    bool reserve, blind, mended; /* blind: calls are not counted and do not fail */
    enum disk_call kind;     /* of the call that failed */
    long calls, struck, refused, unknown, restarts, repeated;
    bool broken;
    char why[500];
    bool aloud;
};

/* fault_world.c ---------------------------------------------------------------------------------------------------- */

/* Only the first call counts. */
__attribute__((format(printf, 2, 3))) void world_fail(struct world *w, const char *format, ...);
__attribute__((format(printf, 2, 3))) void world_tell(const struct world *w, const char *format, ...);

void world_init(struct world *w, struct fault_known *known, const struct fault_plan *plan, bool powersafe);
void world_done(struct world *w);

/* Opens the store as `docket serve` does: from the reserve where there is no room. 0, or < 0: the server would end with 1. */
int world_open(struct world *w, struct err *e);
void world_close(struct world *w);

/* One turn and what the server does after it. As engine_run; w->engine.failed: the server ends. */
int world_turn(struct world *w, struct work **works, int count, struct err *e);

/* The server is gone, by itself or killed, and a disk that works again; then it is opened. */
void world_restart(struct world *w, bool killed);
void world_power_cut(struct world *w); /* the same, and what was not synced is lost */

void world_picture(struct world *w, struct fault_picture *out);

/* true: the store is as after that step (-1: empty). *out_table: else the first table that differs. */
bool world_is(struct world *w, int step, const char **out_table);
void world_judge(struct world *w); /* whole, and the invariants hold */

/* fault_steps.c ---------------------------------------------------------------------------------------------------- */

struct ask {
    struct work work;
    struct world *world;
    struct arena arena;
    int step, number;
    bool told;
    struct fault_answer answer;
    int (*run)(struct ask *a, struct turn *t, const struct queue_row *q, struct err *e);
};

enum fault_act { ACT_ASK, ACT_SETTLE, ACT_PASS, ACT_TIDY, ACT_RESTART, ACT_KILL };

struct step {
    const char *name;
    enum fault_act act;
    struct {
        enum work_kind kind;
        int (*run)(struct ask *a, struct turn *t, const struct queue_row *q, struct err *e);
    } asks[FAULT_ASKS];
};
extern const struct step FAULT_STEPS[];
extern const int FAULT_STEP_COUNT;

/* fault_client.c --------------------------------------------------------------------------------------------------- */

/* The whole run, from an empty disk to a power cut after the last answer. */
void client_run(struct world *w);

#endif
