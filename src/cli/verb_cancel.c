/* docket cancel: unfinished tasks become killed; what runs of them is stopped when its worker next renews its lease. */
#include "base/cleanup.h"
#include "cli/ask.h"
#include "cli/steer.h"

static const struct option OPTIONS[] = {
    {"all", 0, OPTION_FLAG, NULL, offsetof(struct steer_options, all), 0, 0, "everything that is not finished"},
    TASK_FILTER_OPTIONS(offsetof(struct steer_options, filter)),
    STEER_OPTIONS,
};

/* Refuses to cancel a whole queue that was not asked for in so many words; says how much that would be. */
static int refuse_all(struct verb_call *call, const struct steer_options *o, struct err *e)
{
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *body = NULL;
    CLEANUP(buf_done) struct buf count = {0};
    const char *queue;
    int r = connect_queue(call, &o->connect, &queue, e);
    if (!r)
        r = connect_open(&c, call, &o->connect, e);
    if (!r)
        r = ask_queue(c.client, queue, &body, e);
    if (r)
        return r;
    out_count(&count, ask_unfinished(body), "task", "tasks");
    r = err_refuse(e, ERR_USAGE, "that would cancel all of %s: %s", queue, buf_text(&count));
    err_hint(e, "if so, add --all; else name ids, --state, --exitcode or --worker");
    return r;
}

static int run_cancel(struct verb_call *call, struct err *e)
{
    const struct steer_options *o = call->options;
    bool names_ids = call->arg_count > (o->connect.run ? 0 : 1);
    if (!names_ids && !o->all && task_filter_is_empty(&o->filter))
        return refuse_all(call, o, e);
    return steer_change(call, "cancel", "cancelled", e);
}

const struct verb verb_cancel = {
    .name = "cancel",
    .arguments = "QUEUE ID… | --all",
    .summary = "stop tasks that are not finished",
    .help = "What waits is not run; what runs is stopped within a third of its lease (20 s\n"
            "by default).\n\n"
            "  docket cancel pictures 17 18\n"
            "  docket cancel pictures --state pending\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct steer_options),
    .args_max = -1,
    .flags = VERB_OPENS_DATA,
    .run = run_cancel,
};
