/* docket job resubmit: start jobs that ended once more. */
#include "cli/job_verb.h"

static const struct option OPTIONS[] = {JOB_OPTIONS(struct job_plain)};

static int run_resubmit(struct verb_call *call, struct err *e);

const struct verb job_word_resubmit = {
    .name = "job resubmit",
    .arguments = "ID…",
    .summary = "start jobs that ended once more",
    .help = "The same settings, and the directory that came with them, under the next number: another\n"
            "job, whose id is printed.\n\n"
            "  docket job resubmit 17\n",
    JOB_PLAIN,
    .args_min = 1,
    .args_max = -1,
    .run = run_resubmit,
};

static int run_resubmit(struct verb_call *call, struct err *e)
{
    const struct job_plain *o = call->options;
    return job_verb_each(call, &o->base, "POST", "/resubmit", e);
}
