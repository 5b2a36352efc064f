/* docket job show: one job. */
#include "base/text.h"
#include "cli/job_verb.h"

#include <stdio.h>

static const struct option OPTIONS[] = {JOB_OPTIONS(struct job_plain)};

static int run_show(struct verb_call *call, struct err *e);

const struct verb job_word_show = {
    .name = "job show",
    .arguments = "ID",
    .summary = "all that is known of a job",
    .help = "Its folder at the site is ~/.APP/JOB.\n\n"
            "  docket job show 17\n",
    JOB_PLAIN,
    .args_min = 1,
    .args_max = 1,
    .flags = VERB_OPENS_DATA,
    .run = run_show,
};

static void print(struct arena *a, const json_t *job)
{
    static const char *const NAMES[] = {"job",     "app",    "site",     "owner",     "name",    "queue",    "workers", "cores", "walltime",
                                        "command", "reason", "exitcode", "batch", "submitted", "started", "finished", "seen",    "cleaned"};
    printf("%-10s ", "state");
    out_safe(stdout, job_verb_state(a, job));
    putchar('\n');
    for (size_t i = 0; i < COUNT_OF(NAMES); i++) {
        const json_t *value = json_object_get(job, NAMES[i]);
        if (!value || json_is_null(value))
            continue;
        printf("%-10s ", NAMES[i]);
        out_safe(stdout, json_is_boolean(value) ? json_is_true(value) ? "yes" : "no" : out_field(a, job, NAMES[i]));
        putchar('\n');
    }
}

static int run_show(struct verb_call *call, struct err *e)
{
    const struct job_plain *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *job = NULL;
    int r = job_verb_check_ids(call, e);
    if (!r)
        r = connect_open(&c, call, &o->base.connect, e);
    if (!r)
        r = client_call(c.client, "GET", job_verb_path(&c.arena, call->args[0], ""), NULL, &job, e);
    if (!r && o->base.json)
        out_json(job);
    else if (!r)
        print(&c.arena, job);
    return r;
}
