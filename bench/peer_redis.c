/* Redis Streams: XREADGROUP by a consumer of the group `g`, then XACK (https://redis.io/docs/data-types/streams, and the
 * RESP2 protocol). Together: both commands in one write. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"

static void put_word(struct talk *t, const char *word) { talk_put(t, "$%zu\r\n%s\r\n", strlen(word), word); }

static void put_ack(struct talk *t, const struct peer_options *o)
{
    char id[64];
    talk_put(t, "*%d\r\n", 3 + t->held_count);
    put_word(t, "XACK");
    put_word(t, o->queue);
    put_word(t, "g");
    for (int i = 0; i < t->held_count; i++) {
        snprintf(id, sizeof id, "%lld-%lld", (long long)t->held[i].a, (long long)t->held[i].b);
        put_word(t, id);
    }
}

static void put_read(struct talk *t, const struct peer_options *o)
{
    char worker[16], count[16], wait_ms[16];
    snprintf(worker, sizeof worker, "w%d", t->number);
    snprintf(count, sizeof count, "%d", o->batch);
    snprintf(wait_ms, sizeof wait_ms, "%d", o->wait * 1000);
    talk_put(t, "*11\r\n");
    put_word(t, "XREADGROUP");
    put_word(t, "GROUP");
    put_word(t, "g");
    put_word(t, worker);
    put_word(t, "COUNT");
    put_word(t, count);
    put_word(t, "BLOCK");
    put_word(t, wait_ms);
    put_word(t, "STREAMS");
    put_word(t, o->queue);
    put_word(t, ">");
}

static void ask(struct talk *t, const struct peer_options *o)
{
    if (t->held_count)
        put_ack(t, o);
    if (!t->held_count || o->together)
        put_read(t, o);
}

/* Where the value at `at` ends; NULL: it is not whole yet. Ids of entries (texts at the depth where they stand) go to held. */
static const char *skip(struct talk *t, const char *at, int depth, struct unit *held, int *count)
{
    enum { ID_DEPTH = 4 };
    const char *end = t->in + t->in_n, *line = memchr(at, '\n', (size_t)(end - at));
    if (!line)
        return NULL;
    long long n = atoll(at + 1);
    if (*at == '-') {
        fprintf(stderr, "the server refused: %.300s\n", at);
        exit(1);
    }
    line++;
    if (*at == ':' || *at == '+' || n < 0)
        return line;
    if (*at == '$') {
        if (end - line < n + 2)
            return NULL;
        if (depth == ID_DEPTH && held && *count < TALK_HELD_MAX) {
            char *dash;
            held[*count].a = strtoll(line, &dash, 10);
            held[(*count)++].b = atoll(dash + 1);
        }
        return line + n + 2;
    }
    for (; n && line; n--)
        line = line < end ? skip(t, line, depth + 1, held, count) : NULL;
    return line;
}

static bool take(struct talk *t, const struct peer_options *o, int *out_done)
{
    struct unit held[TALK_HELD_MAX];
    const char *at = t->in, *end = t->in + t->in_n;
    bool acked = t->held_count > 0, read = !acked || o->together;
    int done = 0, count = 0;
    if (acked) {
        done = atoi(at + 1);
        at = skip(t, at, 0, NULL, NULL);
    }
    if (at && read)
        at = at < end ? skip(t, at, 0, held, &count) : NULL;
    if (!at)
        return false;
    *out_done = acked ? done : 0;
    memcpy(t->held, held, (size_t)count * sizeof *held);
    t->held_count = count;
    t->in_n = 0;
    return true;
}

static void add(struct talk *t, const struct peer_options *o)
{
    char payload[PEER_PAYLOAD + 1];
    snprintf(payload, sizeof payload, "%0*d", PEER_PAYLOAD, 0);
    talk_put(t, "*5\r\n");
    put_word(t, "XADD");
    put_word(t, o->queue);
    put_word(t, "*");
    put_word(t, "p");
    put_word(t, payload);
}

/* The answer is an id: $N, and in a line of its own MS-N. */
static bool added(struct talk *t, struct unit *out_unit)
{
    long long a, b;
    const char *end = skip(t, t->in, 0, NULL, NULL), *id = end ? strchr(t->in, '\n') : NULL;
    if (!id)
        return false;
    if (sscanf(id, "%lld-%lld", &a, &b) != 2)
        talk_die("an answer was not understood");
    *out_unit = (struct unit){.a = a, .b = b};
    t->in_n = 0;
    return true;
}

const struct peer peer_redis = {.name = "redis", .ask = ask, .take = take, .add = add, .added = added};
