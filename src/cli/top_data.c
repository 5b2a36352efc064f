/* A round of questions: health, the pages of queues, and what is in the queue looked into. What comes back replaces what
 * was known only when it is whole. Failures are asked for seldom: to sum them up is work. */
#include "cli/top_data.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "cli/out.h"

enum { FAILURES_EACH_S = 15, ANSWER_S = 10 };

void top_data_init(struct top_data *d, void (*on_change)(void *arg), void *arg)
{
    *d = (struct top_data){.turn_s = -1, .on_change = on_change, .arg = arg};
}

void top_data_done(struct top_data *d)
{
    json_decref(d->health);
    json_decref(d->queues);
    json_decref(d->workers);
    json_decref(d->failures);
    json_decref(d->new_queues);
}

bool top_data_is_asking(const struct top_data *d) { return d->asked > 0; }

char *top_data_name(const json_t *queue, char out[TOP_NAME_BYTES])
{
    const char *owner = json_string_value(json_object_get(queue, "owner"));
    const char *name = json_string_value(json_object_get(queue, "queue"));
    snprintf(out, TOP_NAME_BYTES, "%s/%s", owner ? owner : "", name ? name : "");
    return out;
}

void top_data_look_into(struct top_data *d, const char *queue)
{
    snprintf(d->of, sizeof d->of, "%s", queue ? queue : "");
    json_decref(d->workers);
    json_decref(d->failures);
    d->workers = d->failures = NULL;
    d->failures_us = 0;
}

static void replace(json_t **known, json_t *by)
{
    json_decref(*known);
    *known = json_incref(by);
}

static void end_round(struct top_data *d)
{
    if (d->round_away && !d->away)
        d->away_since_us = clock_mono_us();
    d->away = d->round_away;
    d->on_change(d->arg);
}

/* One answer of the round: true if it is a good one. */
static bool judge(struct top_data *d, const struct client_reply *reply, bool any_status)
{
    bool here = reply->status != 0 && reply->err.code != ERR_STOPPING;
    d->asked--;
    d->round_away |= !here;
    if (!here || (!any_status && reply->status >= 400))
        d->trouble = reply->err;
    return here && (any_status || reply->status < 400);
}

static double number(const json_t *object, const char *name) { return json_number_value(json_object_get(object, name)); }

static void on_health(void *arg, const struct client_reply *reply)
{
    struct top_data *d = arg;
    if (judge(d, reply, true) && json_is_object(reply->body)) {
        double turns = number(reply->body, "turns") - number(d->health, "turns");
        double seconds = number(reply->body, "turn_seconds") - number(d->health, "turn_seconds");
        bool anew = turns <= 0 || seconds < 0; /* another server: since its start */
        if (anew)
            turns = number(reply->body, "turns"), seconds = number(reply->body, "turn_seconds");
        d->turn_s = turns > 0 ? seconds / turns : -1;
        replace(&d->health, reply->body);
    }
    if (!d->asked)
        end_round(d);
}

static void ask(struct top_data *d, const char *path, client_fn *fn)
{
    d->asked++;
    client_send(d->client, "GET", path, NULL, ANSWER_S * CLOCK_SECOND, fn, d);
}

static void on_queues(void *arg, const struct client_reply *reply)
{
    struct top_data *d = arg;
    CLEANUP(arena_done) struct arena a = {0};
    if (judge(d, reply, false)) {
        const char *next = json_string_value(json_object_get(reply->body, "next"));
        json_array_extend(d->new_queues, json_object_get(reply->body, "queues"));
        d->more_queues = next != NULL;
        if (next && json_array_size(d->new_queues) < TOP_QUEUES_MOST) {
            ask(d, arena_printf(&a, "/api/v1/queues?after=%s", client_encode(&a, next)), on_queues);
            return;
        }
        replace(&d->queues, d->new_queues);
    }
    if (!d->asked)
        end_round(d);
}

static void on_workers(void *arg, const struct client_reply *reply)
{
    struct top_data *d = arg;
    if (judge(d, reply, false) && strcmp(d->of, d->asked_of) == 0) {
        replace(&d->workers, json_object_get(reply->body, "workers"));
        d->more_workers = json_is_string(json_object_get(reply->body, "next"));
    }
    if (!d->asked)
        end_round(d);
}

static void on_failures(void *arg, const struct client_reply *reply)
{
    struct top_data *d = arg;
    if (judge(d, reply, false) && strcmp(d->of, d->asked_of) == 0)
        replace(&d->failures, reply->body);
    if (!d->asked)
        end_round(d);
}

static void ask_inside(struct top_data *d)
{
    CLEANUP(arena_done) struct arena a = {0};
    int64_t now_us = clock_mono_us();
    snprintf(d->asked_of, sizeof d->asked_of, "%s", d->of);
    ask(d, client_queue_path(&a, d->of, "/workers?limit=1000"), on_workers);
    if (d->failures_us && now_us - d->failures_us < FAILURES_EACH_S * CLOCK_SECOND)
        return;
    d->failures_us = now_us;
    ask(d, client_queue_path(&a, d->of, "/failures"), on_failures);
}

void top_data_ask(struct top_data *d, struct client *c)
{
    if (d->asked)
        return;
    d->client = c;
    d->round_away = false;
    d->trouble = (struct err){0};
    snprintf(d->url, sizeof d->url, "%s", client_url(c));
    json_decref(d->new_queues);
    d->new_queues = json_array();
    ask(d, "/healthz", on_health);
    ask(d, "/api/v1/queues", on_queues);
    if (*d->of)
        ask_inside(d);
}
