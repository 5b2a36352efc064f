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
        n = snprintf(body, sizeof body, "{\"worker\":\"w%d\",\"wait\":%d,\"max\":%d}", t->number, o->wait, o->batch);
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
    static const char ID[] = "\"id\":", LEASE[] = "\"lease\":";
    const char *body;
    size_t n;
    if (!http_take(t, &body, &n))
        return false;
    const char *end = body + n, *tasks = memmem(body, n, "\"tasks\":", 8);
    *out_done = t->held_count ? count(body, tasks ? tasks : end, "\"accepted\"") : 0;
    t->held_count = 0;
    for (const char *at = tasks; at && (at = memmem(at, (size_t)(end - at), ID, sizeof ID - 1));) {
        int64_t id = atoll(at += sizeof ID - 1);
        at = memmem(at, (size_t)(end - at), LEASE, sizeof LEASE - 1);
        if (at)
            t->held[t->held_count++] = (struct unit){.a = atoll(at += sizeof LEASE - 1), .b = id};
    }
    t->in_n = 0;
    return true;
}

static void add(struct talk *t, const struct peer_options *o)
{
    char body[PEER_PAYLOAD + 64];
    int n = snprintf(body, sizeof body, "{\"payload\":\"%0*d\"}", PEER_PAYLOAD - 2, 0);
    http_put(t, "POST", o->queue, "tasks", o->token, body, (size_t)n);
}

static bool added(struct talk *t, struct unit *out_unit)
{
    static const char IDS[] = "\"ids\":[";
    const char *body;
    size_t n;
    if (!http_take(t, &body, &n))
        return false;
    const char *at = memmem(body, n, IDS, sizeof IDS - 1);
    *out_unit = (struct unit){.b = at ? atoll(at + sizeof IDS - 1) : 0};
    t->in_n = 0;
    return true;
}

const struct peer peer_docket = {.name = "docket", .ask = ask, .take = take, .add = add, .added = added};
