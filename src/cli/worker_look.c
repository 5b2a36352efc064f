/* Looking at the queue: before the first claim (how long are leases?), each minute (was that changed?), and when the
 * worker wants to know whether anything is left. */
#include "base/clock.h"
#include "base/json.h"
#include "cli/worker_parts.h"

#define EACH_US (60 * CLOCK_SECOND)

static void on_minute(void *arg)
{
    struct worker *w = arg;
    w->look_due = true;
    worker_wake(w);
}

static void take_queue(struct worker *w, const json_t *queue)
{
    const char *state = json_string_value(json_object_get(queue, "state"));
    const json_t *counts = json_object_get(queue, "counts");
    int64_t lease_us = json_seconds(json_object_get(queue, "lease_seconds"));
    w->queue_paused = state && *state == 'p';
    w->queue_empty = json_integer_value(json_object_get(counts, "pending")) == 0 &&
                     json_integer_value(json_object_get(counts, "waiting")) == 0;
    w->looked_us = w->look_sent_us;
    if (lease_us > 0 && lease_us != w->lease_us) {
        w->lease_us = lease_us;
        worker_renew_start(w);
    }
    w->looked = w->lease_us > 0;
}

static void on_looked(void *arg, const struct client_reply *reply)
{
    struct worker *w = arg;
    w->look = NULL;
    switch (worker_link_judge(w, reply)) {
    case ANSWER_OK: take_queue(w, reply->body); break;
    case ANSWER_LATER: w->look_due = true; break;
    case ANSWER_REFUSED: worker_fail(w, &reply->err); break;
    case ANSWER_FATAL: break;
    }
    loop_timer_stop(&w->look_timer);
    loop_timer_init(w->loop, &w->look_timer, on_minute, w);
    loop_timer_set(&w->look_timer, clock_mono_us() + EACH_US);
}

void worker_look_act(struct worker *w)
{
    if (!w->look_due || w->look || w->gate_shut || w->stopping)
        return;
    w->look_due = false;
    w->look_sent_us = clock_mono_us();
    w->look = client_send(w->client, "GET", w->queue_path, NULL, 0, on_looked, w);
}
