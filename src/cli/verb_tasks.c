/* docket tasks: the tasks of a queue, a line each. */
#include "base/cleanup.h"
#include "cli/task_list.h"

static const struct option OPTIONS[] = {TASK_LIST_OPTIONS};

const struct verb verb_tasks = {
    .name = "tasks",
    .arguments = "QUEUE",
    .summary = "the tasks of a queue, a line each",
    .help = "Called as qdo, all of them: a header, then the state and behind it the text of each.\n\n"
            "  docket tasks pictures --state failed --text cat.png\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct task_list_options),
    .defaults = &TASK_LIST_DEFAULTS,
    .qdo_defaults = &TASK_LIST_QDO_DEFAULTS,
    .args_max = 1,
    .flags = VERB_OPENS_DATA,
    .run = task_list_print,
};
