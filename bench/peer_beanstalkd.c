/* beanstalkd: reserve, then delete (its protocol.txt). Together: both commands in one write. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"

static void ask(struct talk *t, const struct peer_options *o)
{
    if (t->held_count)
        talk_put(t, "delete %lld\r\n", (long long)t->held[0].a);
    if (!t->held_count || o->together)
        talk_put(t, "reserve-with-timeout %d\r\n", o->wait);
}

/* The end of the line at `at`, behind it; NULL: it is not whole. */
static const char *line_end(const struct talk *t, const char *at)
{
    const char *end = at ? memchr(at, '\n', (size_t)(t->in + t->in_n - at)) : NULL;
    return end ? end + 1 : NULL;
}

static void refuse(const char *at)
{
    fprintf(stderr, "the server refused: %.100s\n", at);
    exit(1);
}

static bool take(struct talk *t, const struct peer_options *o, int *out_done)
{
    const char *at = t->in;
    bool deleted = t->held_count > 0;
    long long id = 0;
    int bytes = 0;
    if (deleted) {
        at = line_end(t, at);
        if (at && strncmp(t->in, "DELETED", 7) != 0)
            refuse(t->in);
    }
    if (at && (!deleted || o->together)) {
        const char *line = at;
        at = line_end(t, at);
        if (at && sscanf(line, "RESERVED %lld %d", &id, &bytes) == 2)
            at = t->in + t->in_n - at >= bytes + 2 ? at : NULL;
        else if (at && strncmp(line, "TIMED_OUT", 9) != 0)
            refuse(line);
    }
    if (!at)
        return false;
    *out_done = deleted;
    t->held[0].a = id;
    t->held_count = id != 0;
    t->in_n = 0;
    return true;
}

static void add(struct talk *t, const struct peer_options *o)
{
    talk_put(t, "put 0 0 120 %d\r\n%0*d\r\n", PEER_PAYLOAD, PEER_PAYLOAD, 0);
}

static bool added(struct talk *t, struct unit *out_unit)
{
    long long id;
    if (!line_end(t, t->in))
        return false;
    if (sscanf(t->in, "INSERTED %lld", &id) != 1)
        refuse(t->in);
    *out_unit = (struct unit){.a = id};
    t->in_n = 0;
    return true;
}

const struct peer peer_beanstalkd = {.name = "beanstalkd", .ask = ask, .take = take, .add = add, .added = added};
