/* docket do: a worker as qdo had it: one task at a time, until nothing is left. */
#include "base/cleanup.h"
#include "cli/working.h"

static const struct working_options DEFAULTS = {.jobs = 1, .idle_timeout_us = 0, .reserve_us = -1};

static const struct option OPTIONS[] = {
    WORKING_JOBS_OPTION("commands at once; 1 unless given"),
    WORKING_IDLE_OPTION("timeout", "how long to wait for work; 0, as soon as nothing is left"),
    WORKING_OPTIONS,
};

const struct verb verb_do = {
    .name = "do",
    .arguments = "QUEUE",
    .summary = "run the tasks of a queue one by one until nothing is left",
    .help = "As docket work, with the defaults of qdo: one at a time, and it ends when nothing\n"
            "is pending or waiting any more, at the latest after --timeout without work.\n\n"
            "With --script S the command is S followed by the text of the task, for tasks that\n"
            "are arguments. S is a program, or the words that begin a command. If it names a\n"
            "file by a path, that is taken from the current directory, wherever a task runs.\n\n"
            "  docket do pictures --timeout 60\n"
            "  docket do bricks --script ./one-brick.sh -j 4\n",
    WORKING_TABLE,
};
