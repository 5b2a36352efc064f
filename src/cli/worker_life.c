/* How long a worker may live. In a batch job, or with a limit of its own, it ends before it is ended: whatever the time takes away
 * in the middle is work done for nothing.
 *
 * Counted back from the end: LEAD before it the worker stops, as if it had been told to (TERM to what runs; what did not finish
 * goes back uncounted). RESERVE before it nothing more is claimed or begun, and what is held goes back; commands that run may
 * still finish. How much that is grows with the longest command so far, unless it was said. At the very end a worker that has
 * a walltime gives up results that an absent server could not take. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/worker_parts.h"

#define LEAD_US (10 * CLOCK_SECOND)
#define RESERVE_LEAST_US (10 * CLOCK_SECOND)
#define RESERVE_MOST_US (3600 * CLOCK_SECOND)
#define LAST_US CLOCK_SECOND /* before the end: time enough to say what is lost */

static int64_t less(int64_t a, int64_t b) { return a < b ? a : b; }

int64_t worker_life_reserve(int64_t life_us, int64_t said_us, int64_t longest_us)
{
    int64_t reserve = longest_us > RESERVE_LEAST_US ? less(longest_us, RESERVE_MOST_US) : RESERVE_LEAST_US;
    return said_us >= 0 ? said_us : less(reserve, life_us / 2);
}

static int64_t reserve(const struct worker *w)
{
    return worker_life_reserve(w->o.life_us, w->o.reserve_us, w->longest_us);
}

static int64_t stop_at(const struct worker *w) { return w->ends_us - less(w->o.life_us / 2, LEAD_US); }

/* Nothing more is begun: what runs goes on. */
static void close_down(struct worker *w, int64_t left_us)
{
    CLEANUP(buf_done) struct buf words = {0};
    text_span(&words, left_us);
    worker_say("%s left: taking no more tasks", buf_text(&words));
    w->drained = true;
    worker_release_all(w, &w->ahead);
}

static void give_up(struct worker *w)
{
    struct err e;
    err_fail(&e, ERR_TIME_OVER, "the walltime is over, and the server at %s has not taken everything", client_url(w->client));
    worker_fail(w, &e);
}

static void on_due(void *arg) { worker_wake(arg); }

void worker_life_start(struct worker *w)
{
    loop_timer_init(w->loop, &w->life_timer, on_due, w);
    w->ends_us = w->o.life_us > 0 ? clock_mono_us() + w->o.life_us : 0;
}

void worker_life_act(struct worker *w)
{
    int64_t now = clock_mono_us(), close_at = w->ends_us - reserve(w), last = w->ends_us - less(w->o.life_us / 4, LAST_US);
    if (!w->ends_us)
        return;
    if (!w->stopping && now >= stop_at(w))
        worker_stop(w);
    else if (!w->stopping && !w->drained && now >= close_at)
        close_down(w, w->ends_us - now);
    if (w->stopping && w->o.in_job && now >= last && !worker_at_rest(w))
        give_up(w);
    int64_t next = w->stopping ? last : w->drained ? stop_at(w) : less(close_at, stop_at(w));
    if (next > now)
        loop_timer_set(&w->life_timer, next);
}
