/* Claiming: how much is wanted, and when to ask.
 *
 * Wanted is what fills the slots, and as much ahead as takes about a second to run, by the average of what tasks
 * took; so short tasks never wait for a round trip, and long ones are not kept from other workers. What has been
 * held for 3 s without anything beginning is given back: the commands running now are longer than the average said.
 *
 * A claim rides on a finish where there is one. Else it goes alone and waits at the server for tasks to come. It
 * stays open until an answer came, and is sent again under its nonce: what an answer that got lost had handed out is
 * handed out again, not twice. At most one is open.
 *
 * At rest (nothing held, run or to be handed in) the idle timeout counts. It ends the worker only on an answer: when
 * the time is over, a waiting claim is called back and sent again without waiting, and only if that brings nothing
 * is it over; with an idle timeout of 0 the queue must also be seen, after that answer, to hold nothing pending or
 * waiting. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "cli/worker_parts.h"

#define ANSWER_US (30 * CLOCK_SECOND)      /* how long an answer may take beyond the wait asked for */
#define STUCK_US (3 * CLOCK_SECOND)
#define WAITING_US (2 * CLOCK_SECOND)      /* idle timeout 0, tasks that wait for their time: how often to look */
#define AWAY_US (60 * CLOCK_SECOND)        /* at rest, without a server: how long to go on, at least */

/* How much */

/* When the last command began; 0: none runs. */
static int64_t last_begun_us(const struct worker *w)
{
    return w->running.count ? HOLD_OF(w->running.list.prev)->began_us : 0;
}

/* All slots are taken, and nothing has begun for a while. */
static bool is_stuck(const struct worker *w)
{
    return !w->o.batch && w->running.count >= w->o.jobs && clock_mono_us() >= last_begun_us(w) + STUCK_US;
}

static int64_t wanted_ahead(const struct worker *w)
{
    if (is_stuck(w))
        return 0;
    int64_t ahead = w->o.batch;
    if (!ahead && w->task_us)
        ahead = (w->o.jobs * CLOCK_SECOND + w->task_us / 2) / w->task_us;
    return ahead < LIMIT_AHEAD ? ahead : LIMIT_AHEAD;
}

int worker_claim_lack(const struct worker *w)
{
    if (w->stopping || w->drained || w->failed || !w->looked)
        return 0;
    int64_t lack = w->o.jobs + wanted_ahead(w) - w->running.count - w->ahead.count;
    return lack <= 0 ? 0 : lack < LIMIT_CLAIM ? (int)lack : LIMIT_CLAIM;
}

/* A claim of its own is worth sending when a slot is free or half of what should be held ahead is gone. */
static bool is_worth_it(const struct worker *w)
{
    return w->running.count + w->ahead.count < w->o.jobs || w->ahead.count * 2 < wanted_ahead(w);
}

void worker_claim_measure(struct worker *w, int64_t took_us)
{
    if (took_us < CLOCK_MS)
        took_us = CLOCK_MS;
    if (took_us > w->longest_us)
        w->longest_us = took_us;
    w->task_us = w->task_us ? (w->task_us * 7 + took_us) / 8 : took_us;
}

static void on_stuck(void *arg)
{
    struct worker *w = arg;
    if (!is_stuck(w))
        return;
    worker_release_all(w, &w->ahead);
    worker_wake(w);
}

static void watch_ahead(struct worker *w)
{
    loop_timer_stop(&w->ahead_timer);
    if (!w->ahead.count || !w->running.count || w->o.batch)
        return;
    loop_timer_init(w->loop, &w->ahead_timer, on_stuck, w);
    loop_timer_set(&w->ahead_timer, last_begun_us(w) + STUCK_US);
}

/* The ask */

static void make_nonce(char out[33])
{
    unsigned char bytes[16];
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
        abort();
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

void worker_claim_open(struct worker *w, int max)
{
    int free_slots = w->o.jobs - w->running.count - w->ahead.count;
    w->ask = (struct ask){.open = true, .max = max};
    w->ask.begin = free_slots < 0 ? 0 : free_slots < max ? free_slots : max;
    make_nonce(w->ask.nonce);
}

void worker_claim_describe(const struct worker *w, const char *number, struct buf *json)
{
    buf_printf(json, ",\"%s\":%d,\"begin\":%d,\"nonce\":\"%s\"", number, w->ask.max, w->ask.begin, w->ask.nonce);
    worker_body_seconds(json, "lease_seconds", w->lease_us);
}

void worker_claim_taken(struct worker *w, const json_t *tasks)
{
    size_t i;
    json_t *task;
    bool welcome = !w->stopping && !w->drained && !w->failed;
    w->ask.open = false;
    w->empty_us = json_array_size(tasks) ? 0 : clock_mono_us();
    json_array_foreach(tasks, i, task)
    {
        struct hold *h = worker_hold_new(w, task, welcome ? &w->ahead : &w->leaving);
        if (h && (int)i < w->ask.begin)
            h->told = TOLD;
    }
}

static void on_claimed(void *arg, const struct client_reply *reply)
{
    struct worker *w = arg;
    w->claim = NULL;
    enum answer answer = worker_link_judge(w, reply);
    if (answer == ANSWER_OK)
        worker_claim_taken(w, json_object_get(reply->body, "tasks"));
    else if (answer == ANSWER_REFUSED)
        worker_fail(w, &reply->err);
}

static void send_claim(struct worker *w, int64_t wait_us)
{
    CLEANUP(buf_done) struct buf json = {0};
    w->ask.waits = wait_us > 0 && !w->idle_since_us;
    worker_body_open(w, &json);
    worker_claim_describe(w, "max", &json);
    worker_body_seconds(&json, "wait", wait_us);
    w->claim = worker_body_send(w, w->claim_path, &json, wait_us + ANSWER_US, on_claimed);
}

void worker_claim_drop(struct worker *w)
{
    if (w->claim)
        client_cancel(MOVE(w->claim));
}

/* Rest */

/* How long the rest may still last; a claim may wait so long. 0: the time is over. */
static int64_t rest_left(const struct worker *w)
{
    if (!w->idle_since_us || w->o.idle_timeout_us < 0)
        return LIMIT_WAIT_SECONDS * CLOCK_SECOND;
    int64_t left = w->idle_since_us + w->o.idle_timeout_us - clock_mono_us();
    if (left <= 0)
        return 0;
    return left < LIMIT_WAIT_SECONDS * CLOCK_SECOND ? left : LIMIT_WAIT_SECONDS * CLOCK_SECOND;
}

static void on_idle_over(void *arg) { worker_wake(arg); }

static void watch_rest(struct worker *w)
{
    if (!worker_at_rest(w)) {
        w->idle_since_us = 0;
        loop_timer_stop(&w->idle_timer);
        return;
    }
    if (w->idle_since_us)
        return;
    w->idle_since_us = clock_mono_us();
    w->empty_us = 0;
    loop_timer_init(w->loop, &w->idle_timer, on_idle_over, w);
    if (w->o.idle_timeout_us > 0)
        loop_timer_set(&w->idle_timer, w->idle_since_us + w->o.idle_timeout_us);
}

/* At rest, idle timeout 0, and the last claim brought nothing: what is left in the queue must be seen after that. */
static bool must_look(const struct worker *w)
{
    return w->idle_since_us && w->o.idle_timeout_us == 0 && w->empty_us && w->looked_us <= w->empty_us;
}

static int64_t wait_for(const struct worker *w)
{
    bool seen_more = w->idle_since_us && w->o.idle_timeout_us == 0 && w->empty_us && !w->queue_empty;
    return seen_more ? WAITING_US : rest_left(w);
}

bool worker_claim_is_over(struct worker *w)
{
    if (!w->idle_since_us || w->o.idle_timeout_us < 0)
        return false;
    if (w->away && !w->o.in_job && clock_mono_us() - w->away_since_us > w->o.idle_timeout_us + AWAY_US) {
        err_fail(&w->error, ERR_SERVER_AWAY, "the server at %s does not answer", client_url(w->client));
        return true;
    }
    if (w->ask.open || !w->empty_us || rest_left(w) > 0 || must_look(w))
        return false;
    return w->o.idle_timeout_us > 0 || w->queue_empty || w->queue_paused;
}

void worker_claim_act(struct worker *w)
{
    watch_rest(w);
    watch_ahead(w);
    if (w->stopping || w->drained)
        worker_claim_drop(w); /* what it may have left at the server is swept up */
    if (w->stopping || w->drained || w->gate_shut)
        return;
    if (w->claim && w->ask.waits && rest_left(w) == 0)
        worker_claim_drop(w); /* the ask stays open */
    if (w->claim || w->finish_asks || worker_claim_is_over(w))
        return;
    if (must_look(w)) {
        w->look_due = !w->look || w->look_sent_us <= w->empty_us;
        return;
    }
    if (!w->ask.open && worker_claim_lack(w) > 0 && is_worth_it(w))
        worker_claim_open(w, worker_claim_lack(w));
    if (w->ask.open)
        send_claim(w, wait_for(w));
}
