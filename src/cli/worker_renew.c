/* Renewing: each third of a lease's length, all leases in one request. A lease that could not be renewed in time is not
 * given up: its command goes on and its outcome is handed in (the server may call it stale, and keeps it); but what has
 * not begun is begun only while its lease is surely ours. Renewals also carry news: cancelled, lost, paused. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "cli/worker_parts.h"

#define ANSWER_US (10 * CLOCK_SECOND)

/* Holds sorted by lease, to find each of many answers quickly. */
struct index {
    struct hold **holds;
    size_t count;
};

static int by_lease(const void *a, const void *b)
{
    int64_t one = (*(struct hold *const *)a)->lease, two = (*(struct hold *const *)b)->lease;
    return one < two ? -1 : one > two;
}

static void index_add(struct index *x, const struct holds *of)
{
    LIST_EACH(node, &of->list)
        x->holds[x->count++] = HOLD_OF(node);
}

static void index_init(struct index *x, const struct worker *w)
{
    x->count = 0;
    x->holds = calloc((size_t)(w->ahead.count + w->running.count) + 1, sizeof(struct hold *));
    if (!x->holds)
        abort();
    index_add(x, &w->ahead);
    index_add(x, &w->running);
    qsort(x->holds, x->count, sizeof *x->holds, by_lease);
}

static void index_done(struct index *x) { free(x->holds); }

static struct hold *index_find(const struct index *x, int64_t lease)
{
    struct hold key = {.lease = lease}, *wanted = &key;
    struct hold **found = bsearch(&wanted, x->holds, x->count, sizeof *x->holds, by_lease);
    return found ? *found : NULL;
}

static void take_outcome(struct hold *h, const char *outcome)
{
    struct worker *w = h->worker;
    bool begun = h->in == &w->running;
    if (strcmp(outcome, "renewed") == 0 || strcmp(outcome, "paused") == 0) {
        h->sure_until_us = w->renew_sent_us + w->lease_us;
        if (!begun && *outcome == 'p')
            worker_hold_move(h, &w->leaving);
    } else if (begun) {
        worker_run_end(h, strcmp(outcome, "cancelled") == 0 ? END_CANCELLED : END_LOST);
    } else {
        worker_hold_free(h);
    }
}

static void on_renewed(void *arg, const struct client_reply *reply)
{
    struct worker *w = arg;
    w->renew = NULL;
    enum answer answer = worker_link_judge(w, reply);
    w->renew_due |= answer == ANSWER_LATER;
    if (answer == ANSWER_REFUSED)
        worker_say("leases could not be renewed: %s", reply->err.text);
    if (answer != ANSWER_OK)
        return;
    CLEANUP(index_done) struct index x;
    index_init(&x, w);
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(reply->body, "leases"), i, row)
    {
        struct hold *h = index_find(&x, json_integer_value(json_object_get(row, "lease")));
        const char *outcome = json_string_value(json_object_get(row, "outcome"));
        if (h && outcome)
            take_outcome(h, outcome);
    }
}

static bool pick_all(struct hold *h)
{
    (void)h;
    return true;
}

static int add_leases(struct worker *w, struct buf *json)
{
    const struct holds *const begun[] = {&w->running, &w->ended, NULL}, *const held[] = {&w->ahead, NULL};
    int count = worker_body_leases(json, "leases", begun, pick_all, LIMIT_LEASES);
    return count + worker_body_leases(json, "held", held, pick_all, LIMIT_LEASES - count);
}

void worker_renew_act(struct worker *w)
{
    if (!w->renew_due || w->renew || w->gate_shut)
        return;
    w->renew_due = false;
    CLEANUP(buf_done) struct buf json = {0};
    worker_body_open(w, &json);
    if (!add_leases(w, &json))
        return;
    worker_body_seconds(&json, "lease_seconds", w->lease_us);
    w->renew_sent_us = clock_mono_us();
    w->renew = worker_body_send(w, w->renew_path, &json, w->lease_us / 3 < ANSWER_US ? w->lease_us / 3 : ANSWER_US,
                                on_renewed);
}

static void on_third(void *arg)
{
    struct worker *w = arg;
    if (w->renew)
        client_cancel(MOVE(w->renew));
    w->renew_due = true;
    loop_timer_set(&w->renew_timer, clock_mono_us() + w->lease_us / 3);
    worker_wake(w);
}

void worker_renew_start(struct worker *w)
{
    loop_timer_stop(&w->renew_timer);
    loop_timer_init(w->loop, &w->renew_timer, on_third, w);
    loop_timer_set(&w->renew_timer, clock_mono_us() + w->lease_us / 3);
}
