/* The last words of `docket run`: counts, why tasks failed, how to see more and how to go on. */
#ifndef DOCKET_CLI_RUN_REPORT_H
#define DOCKET_CLI_RUN_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "cli/run_queue.h"

struct run_report {
    const char *file, *data; /* data: NULL where FILE alone names the run */
    bool interrupted;        /* by a signal */
    bool printed;            /* what tasks print was passed on already */
    bool quiet;              /* nothing is said about a run without failures */
    int64_t began;           /* tasks that were not finished when it began */
    int64_t took_us;
};

/* Writes them on stderr. 0 and the exit status; else what the server said. */
int run_report(struct run_queue *q, const struct run_report *about, int *out_status, struct err *e);

#endif
