/* docket work: a worker for one queue of a running server. */
#include "base/cleanup.h"
#include "cli/working.h"

static const struct working_options DEFAULTS = {.idle_timeout_us = -1, .reserve_us = -1};

static const struct option OPTIONS[] = {
    WORKING_JOBS_OPTION("commands at once; the number of cores unless given"),
    WORKING_IDLE_OPTION("idle-timeout", "end after so long without work; 0: when nothing is left"),
    WORKING_OPTIONS,
};

const struct verb verb_work = {
    .name = "work",
    .arguments = "QUEUE",
    .summary = "run the tasks of a queue",
    .help = "Takes tasks from the server and runs their commands until it is told to stop\n"
            "(Ctrl-C, SIGTERM: what has not begun is given back) or one of the limits below\n"
            "is met. It goes on by itself when the server was away. Exits 0 also if tasks\n"
            "failed: see them with docket show QUEUE.\n\n"
            "In a batch job it ends before the job does (--walltime-until; Slurm says when): it\n"
            "takes no more tasks when less than --reserve is left, and 10 s before the end tells\n"
            "what runs to end and gives it back, uncounted. Until then it goes on trying a server\n"
            "that is away. All of this holds for --time-limit too, but the last.\n\n"
            "With --pin a server that speaks TLS is known by its key and by nothing else.\n\n"
            "  docket work pictures -j 4 --idle-timeout 10m\n",
    WORKING_TABLE,
};
