/* docket job: batch jobs at sites. Each of its words is a verb in a file of its own, listed in job.def; alone it lists them. */
#include "cli/job_verb.h"

#define X(word) extern const struct verb job_word_##word;
#include "cli/job.def"
#undef X

static const struct verb *const WORDS[] = {
#define X(word) &job_word_##word,
#include "cli/job.def"
#undef X
    NULL,
};

static const struct option OPTIONS[] = {JOB_LIST_OPTIONS};

const struct verb verb_job = {
    .name = "job",
    .arguments = "WORD …",
    .summary = "batch jobs at sites: started, watched, fetched, cancelled",
    .help = "A job is a command that runs at a site, or workers that a launch has started there.\n"
            "Without a word, jobs are listed.\n\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct job_list_options),
    .words = WORDS,
    .flags = VERB_OPENS_DATA,
    .run = job_verb_list,
};
