/* docket status: in how many tasks of which state a queue stands, as qdo said it. */
#include <stdio.h>
#include <inttypes.h>

#include "base/cleanup.h"
#include "cli/ask.h"
#include "cli/one_queue.h"
#include "cli/verb.h"

static const struct option OPTIONS[] = {ONE_QUEUE_OPTIONS};

static int run_status(struct verb_call *call, struct err *e);

const struct verb verb_status = {
    .name = "status",
    .arguments = "QUEUE",
    .summary = "how many tasks of a queue are in which state",
    .help = "A line a state, for scripts; `docket show` says more.\n\n"
            "  docket status pictures\n",
    ONE_QUEUE_TABLE,
    .run = run_status,
};

static void print_counts(const json_t *queue)
{
    static const char *const states[][2] = {{"Waiting", "waiting"},     {"Pending", "pending"}, {"Running", "running"},
                                            {"Succeeded", "succeeded"}, {"Failed", "failed"},   {"Killed", "killed"}};
    for (size_t i = 0; i < COUNT_OF(states); i++)
        printf("%-10s %" PRId64 "\n", states[i][0], ask_count(queue, states[i][1]));
}

static int run_status(struct verb_call *call, struct err *e)
{
    struct one_queue_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *body = NULL;
    const char *queue;
    int r = one_queue_read(call, &o->connect, &c, &queue, &body, e);
    if (r)
        return r;
    if (o->json)
        out_json(json_object_get(body, "counts"));
    else
        print_counts(body);
    return 0;
}
