/* FILE and the queue of `docket run` brought together: its lines added, what is no longer in it cancelled, and how far
 * its tasks are. */
#ifndef DOCKET_CLI_RUN_QUEUE_H
#define DOCKET_CLI_RUN_QUEUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/loop.h"
#include "cli/client.h"
#include "cli/run_lines.h"

/* The worker of a run: a fixed name, so that the next run knows which leases the last one left. */
#define RUN_QUEUE_WORKER "run"

struct run_queue {
    struct loop *loop;
    struct client *client;
    struct run_lines *lines;
};

/* How far the tasks of FILE are; strays are tasks whose line has left FILE, and are counted nowhere else. */
struct run_census {
    int64_t succeeded, failed, unfinished; /* failed: the killed ones too */
    int64_t strays;
};

/* Makes the queue (one attempt a task) if it is missing, takes back the leases of a run that was killed, and adds each
 * line with the fields of base; a line that was added before keeps its task. 0; else what the server said. */
int run_queue_fill(struct run_queue *q, const json_t *base, struct err *e);

/* Makes tasks of FILE that failed or were killed pending again. */
int run_queue_retry(struct run_queue *q, struct err *e);

/* Counts; with `mark` also notes in each line whether it is finished. */
int run_queue_census(struct run_queue *q, bool mark, struct run_census *out, struct err *e);

/* Cancels unfinished tasks whose line has left FILE. 0 and their number. */
int run_queue_cancel_strays(struct run_queue *q, int64_t *out_count, struct err *e);

#endif
