/* docket results: what all finished tasks of a queue wrote to stdout, in the order of their ids. */
#include <stdio.h>

#include "base/cleanup.h"
#include "cli/ask.h"
#include "cli/connect.h"
#include "cli/out.h"
#include "cli/out_bytes.h"
#include "cli/task_filter.h"
#include "cli/verb.h"

struct results_options {
    struct connect_options connect;
    struct task_filter filter;
    bool raw, json;
};

#define AT(member) offsetof(struct results_options, member)
static const struct option OPTIONS[] = {
    TASK_FILTER_STATE_OPTION(AT(filter)),
    {"raw", 0, OPTION_FLAG, NULL, AT(raw), 0, 0, "as it is even on a terminal"},
    CONNECT_OPTIONS(AT(connect)),
    CONNECT_RUN_OPTION(AT(connect)),
    {"json", 0, OPTION_FLAG, NULL, AT(json), 0, 0, "an object per task and line: id, state, exitcode, result, …"},
};

static int run_results(struct verb_call *call, struct err *e);

const struct verb verb_results = {
    .name = "results",
    .arguments = "QUEUE",
    .summary = "what all finished tasks printed, in order",
    .help = "The bytes of each task's stdout (the last 64 KiB of it), in the order the tasks were added; of a run,\n"
            "also those whose line has left the file since.\n\n"
            "  docket results pictures > all.txt\n"
            "  docket results pictures --json | jq .exitcode\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct results_options),
    .args_max = 1,
    .flags = VERB_OPENS_DATA,
    .run = run_results,
};

static int on_result(void *arg, const json_t *result, struct err *e)
{
    const struct results_options *o = arg;
    size_t unused;
    int r = 0;
    if (o->json)
        out_json(result);
    else
        r = out_bytes(stdout, json_object_get(result, "stdout"), "stdout", o->raw, &unused, e);
    return !r && ferror(stdout) ? ASK_ENOUGH : r;
}

static int run_results(struct verb_call *call, struct err *e)
{
    struct results_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    const char *queue;
    int r = connect_queue(call, &o->connect, &queue, e);
    if (!r)
        r = task_filter_check(&o->filter, &c.arena, e);
    if (!r)
        r = connect_open(&c, call, &o->connect, e);
    if (r)
        return r;
    const char *tail = arena_printf(&c.arena, "/results?limit=1000%s", task_filter_query(&o->filter, &c.arena));
    return ask_pages(c.client, client_queue_path(&c.arena, queue, tail), "results", on_result, o, e);
}
