/* Giving back: leases whose tasks this worker will not run, or not to their end. Nothing is counted for them. */
#include "base/cleanup.h"
#include "base/limits.h"
#include "cli/worker_parts.h"

static void on_released(void *arg, const struct client_reply *reply)
{
    struct worker *w = arg;
    w->release = NULL;
    bool done = worker_link_judge(w, reply) != ANSWER_LATER; /* refused: they end with their time */
    LIST_EACH(node, &w->leaving.list)
    {
        if (HOLD_OF(node)->sent && done)
            worker_hold_free(HOLD_OF(node));
        else
            HOLD_OF(node)->sent = false;
    }
}

static bool pick_all(struct hold *h)
{
    h->sent = true;
    return true;
}

void worker_release_act(struct worker *w)
{
    if (!w->leaving.count || w->release || w->gate_shut)
        return;
    CLEANUP(buf_done) struct buf json = {0};
    worker_body_open(w, &json);
    const struct holds *const leaving[] = {&w->leaving, NULL};
    worker_body_leases(&json, "leases", leaving, pick_all, LIMIT_LEASES);
    w->release = worker_body_send(w, w->release_path, &json, 0, on_released);
}

void worker_release_all(struct worker *w, struct holds *of)
{
    LIST_EACH(node, &of->list)
        worker_hold_move(HOLD_OF(node), &w->leaving);
}
