/* Before the end, after a claim whose answer never came: whatever leases the server has handed out to this worker, and
 * this worker does not know, go back. */
#include "cli/worker_parts.h"

static bool is_known(const struct worker *w, int64_t lease)
{
    return worker_hold_find(&w->ahead, lease) || worker_hold_find(&w->running, lease) ||
           worker_hold_find(&w->ended, lease) || worker_hold_find(&w->leaving, lease);
}

static void on_swept(void *arg, const struct client_reply *reply)
{
    struct worker *w = arg;
    w->sweep = NULL;
    enum answer answer = worker_link_judge(w, reply);
    if (answer == ANSWER_LATER)
        return;
    size_t i;
    json_t *lease;
    w->ask.open = false;
    if (answer == ANSWER_OK)
        json_array_foreach(json_object_get(reply->body, "leases"), i, lease)
            if (!is_known(w, json_integer_value(json_object_get(lease, "lease"))))
                worker_hold_new(w, lease, &w->leaving);
}

void worker_sweep_act(struct worker *w)
{
    bool ending = w->stopping || w->drained;
    if (ending && w->ask.open && !w->claim && !w->finish && !w->sweep && !w->gate_shut)
        w->sweep = client_send(w->client, "GET", w->leases_path, NULL, 0, on_swept, w);
}
