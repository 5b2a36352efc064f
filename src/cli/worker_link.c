/* The link to the server. A request that it did not answer, or could not serve now (5xx), is sent again by its
 * sender, but not before the gate opens: after 0.1 s at first, twice as long each time up to 5 s, less or more by
 * chance so that many workers do not come back in step. The first failure is said on stderr, and the return. */
#include <stdlib.h>
#include <sys/random.h>

#include "base/clock.h"
#include "cli/worker_parts.h"

#define BACKOFF_MIN_US (CLOCK_SECOND / 10)
#define BACKOFF_MAX_US (5 * CLOCK_SECOND)

static void on_gate_open(void *arg)
{
    struct worker *w = arg;
    w->gate_shut = false;
    worker_wake(w);
}

/* Between 3/4 and 5/4 of it. */
static int64_t jitter(int64_t us)
{
    uint16_t chance = 0;
    if (getrandom(&chance, sizeof chance, GRND_NONBLOCK) < 0)
        chance = 0;
    return us * 3 / 4 + us / 2 * chance / UINT16_MAX;
}

static void say_away(const struct worker *w, const struct client_reply *reply)
{
    int kept = w->ended.count;
    const char *url = client_url(w->client), *s = kept == 1 ? "" : "s";
    if (reply->status)
        worker_say("the server at %s cannot serve (%s); %d result%s kept, trying again", url, reply->err.text, kept, s);
    else
        worker_say("the server at %s does not answer; %d result%s kept, trying again", url, kept, s);
}

/* Twice as long as before. Never so long that a lease which the server gave more time after its restart runs out
 * before it is renewed. */
static int64_t next_backoff(const struct worker *w)
{
    int64_t max = w->lease_us && w->lease_us / 4 < BACKOFF_MAX_US ? w->lease_us / 4 : BACKOFF_MAX_US;
    int64_t us = w->backoff_us ? w->backoff_us * 2 : BACKOFF_MIN_US;
    return us < max ? us : max;
}

static enum answer later(struct worker *w, const struct client_reply *reply)
{
    if (!w->away) {
        w->away = true;
        w->away_since_us = clock_mono_us();
        w->backoff_us = 0;
        if (!w->o.quiet_away)
            say_away(w, reply);
    }
    if (!w->gate_shut) { /* else another request has failed for the same reason */
        w->gate_shut = true;
        w->backoff_us = next_backoff(w);
        loop_timer_init(w->loop, &w->gate_timer, on_gate_open, w);
        loop_timer_set(&w->gate_timer, clock_mono_us() + jitter(w->backoff_us));
    }
    return ANSWER_LATER;
}

static void is_back(struct worker *w)
{
    if (!w->away)
        return;
    w->away = false;
    if (!w->o.quiet_away)
        worker_say("the server at %s is back", client_url(w->client));
}

/* A refusal that is not docket's comes from something in between, or from a stranger on its port: that passes, and no
 * result is dropped for it. (Too large a body is smaller the next time.) */
static bool is_from_docket(const struct client_reply *reply)
{
    return reply->status == 401 || reply->status == 403 || reply->status == 413 ||
           json_is_string(json_object_get(reply->body, "code"));
}

enum answer worker_link_judge(struct worker *w, const struct client_reply *reply)
{
    worker_wake(w);
    if (reply->status == 0 || reply->status >= 500 || reply->status == 429)
        return later(w, reply);
    if (reply->status >= 400 && !is_from_docket(reply))
        return later(w, reply);
    is_back(w);
    if (reply->status < 400)
        return ANSWER_OK;
    if (reply->status != 401 && reply->status != 403 && reply->err.code != ERR_QUEUE_NOT_FOUND)
        return ANSWER_REFUSED;
    worker_fail(w, &reply->err);
    return ANSWER_FATAL;
}
