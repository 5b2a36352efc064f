/* docket job cancel: end jobs. */
#include "cli/job_verb.h"

static const struct option OPTIONS[] = {JOB_OPTIONS(struct job_plain)};

static int run_cancel(struct verb_call *call, struct err *e);

const struct verb job_word_cancel = {
    .name = "job cancel",
    .arguments = "ID…",
    .summary = "end jobs",
    .help = "A job is cancelling until its site has confirmed it, at once or when the site can be\n"
            "reached again. Tasks that its workers hold are given back, and nothing is counted.\n\n"
            "  docket job cancel 17 18\n",
    JOB_PLAIN,
    .args_min = 1,
    .args_max = -1,
    .run = run_cancel,
};

static int run_cancel(struct verb_call *call, struct err *e)
{
    const struct job_plain *o = call->options;
    return job_verb_each(call, &o->base, "POST", "/cancel", e);
}
