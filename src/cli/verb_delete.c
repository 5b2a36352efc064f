/* docket delete: a queue with all of its tasks; or tasks of a queue. */
#include <stdio.h>

#include "base/cleanup.h"
#include "cli/ask.h"
#include "cli/steer.h"

static const struct option OPTIONS[] = {
    {"force", 0, OPTION_FLAG, NULL, offsetof(struct steer_options, force), 0, 0,
     "also what is not finished; running tasks lose their leases"},
    TASK_FILTER_OPTIONS(offsetof(struct steer_options, filter)),
    STEER_OLDER_OPTION,
    STEER_OPTIONS,
};

static int run_delete(struct verb_call *call, struct err *e);

const struct verb verb_delete = {
    .name = "delete",
    .arguments = "QUEUE [ID…]",
    .summary = "remove a queue with all of its tasks; or tasks of a queue",
    .help = "With ids or options that choose tasks those are removed, with all that is known\n"
            "of them; running ones only with --force. Without, the queue itself: at once, its\n"
            "name is free again.\n\n"
            "  docket delete pictures --state succeeded --older-than 30d\n"
            "  docket delete pictures\n",
    STEER_TABLE,
    .args_max = -1,
    .run = run_delete,
};

/* A queue with work left to do is only removed by force. */
static int check_left(struct client *c, const char *queue, struct err *e)
{
    CLEANUP(json_drop) json_t *body = NULL;
    CLEANUP(buf_done) struct buf count = {0};
    int r = ask_queue(c, queue, &body, e);
    if (r || !ask_unfinished(body))
        return r;
    out_count(&count, ask_unfinished(body), "task", "tasks");
    r = err_refuse(e, ERR_USAGE, "%s of %s %s not finished", buf_text(&count), queue, ask_unfinished(body) == 1 ? "is" : "are");
    err_hint(e, "to remove the queue all the same, add --force");
    return r;
}

static int delete_queue(struct verb_call *call, struct err *e)
{
    const struct steer_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *answer = NULL;
    const char *queue;
    int r = connect_queue(call, &o->connect, &queue, e);
    if (!r)
        r = connect_open(&c, call, &o->connect, e);
    if (!r && !o->force)
        r = check_left(c.client, queue, e);
    if (!r)
        r = client_call(c.client, "DELETE", client_queue_path(&c.arena, queue, o->force ? "?force=1" : ""), NULL, &answer, e);
    if (r)
        return r;
    if (o->json) {
        out_json(answer);
        return 0;
    }
    out_safe(stdout, queue);
    puts(" is deleted");
    return 0;
}

static int run_delete(struct verb_call *call, struct err *e)
{
    return steer_chooses(call) ? steer_change(call, "delete", "deleted", e) : delete_queue(call, e);
}
