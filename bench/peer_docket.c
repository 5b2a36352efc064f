/* docket: JSON over HTTP (doc/PROTOCOL.md, "Claim, finish, renew, release"). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"
#include "peer.h"

static void ask(struct talk *t, const struct peer_options *o)
{
    char body[64 * TALK_HELD_MAX + 256];
    int n = 0;
    if (!t->held_count) {
        n = snprintf(body, sizeof body, "{\"worker\":\"w%d\",\"wait\":1,\"max\":%d}", t->number, o->batch);
        http_put(t, "POST", o->queue, "claim", o->token, body, (size_t)n);
        return;
    }
    n = snprintf(body, sizeof body, "{\"worker\":\"w%d\",\"results\":[", t->number);
    for (int i = 0; i < t->held_count; i++)
        n += snprintf(body + n, sizeof body - (size_t)n, "%s{\"lease\":%lld,\"exitcode\":0}", i ? "," : "",
                      (long long)t->held[i].a);
    n += o->together ? snprintf(body + n, sizeof body - (size_t)n, "],\"claim\":%d}", o->batch)
                     : snprintf(body + n, sizeof body - (size_t)n, "]}");
    http_put(t, "POST", o->queue, "finish", o->token, body, (size_t)n);
}

static int count(const char *text, const char *end, const char *what)
{
    int times = 0;
    for (size_t n = strlen(what); (text = memmem(text, (size_t)(end - text), what, n)); text += n)
        times++;
    return times;
}

static bool take(struct talk *t, const struct peer_options *o, int *out_done)
{
    static const char LEASE[] = "\"lease\":";
    const char *body;
    size_t n;
    if (!http_take(t, &body, &n))
        return false;
    const char *end = body + n, *tasks = memmem(body, n, "\"tasks\":", 8);
    *out_done = t->held_count ? count(body, tasks ? tasks : end, "\"accepted\"") : 0;
    t->held_count = 0;
    for (const char *at = tasks; at && (at = memmem(at, (size_t)(end - at), LEASE, sizeof LEASE - 1));)
        t->held[t->held_count++].a = atoll(at += sizeof LEASE - 1);
    t->in_n = 0;
    return true;
}

const struct peer peer_docket = {.name = "docket", .ask = ask, .take = take};
