/* See errand.h. What a request wants is an effect of its turn; the errand is made after the commit and given to the launcher by number, so
 * an answer that comes when nobody waits any more finds nothing. Whoever waits is run again in the turn after the answer. */
#include "core/errand.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "core/parking.h"

#define ERRAND_LANE (INT64_MIN / 2) /* no queue's, operation's or job's */

struct errand {
    struct list node;
    int64_t id;
    struct work *owner;
    struct errand_ask ask;
    bool taken, answered;
    int fd; /* -1: none */
    int64_t bytes;
    char *text;
    struct err err; /* with a code: that came of it */
};

struct errands {
    struct list all;
    int count;
    int64_t last_id;
};

struct errands *errands_new(void)
{
    struct errands *l = calloc(1, sizeof *l);
    if (!l)
        abort();
    list_init(&l->all);
    return l;
}

static void drop(struct errands *l, struct errand *n)
{
    list_unlink(&n->node);
    l->count--;
    if (n->fd >= 0)
        close(n->fd);
    free(n->text);
    free(n);
}

void errands_free(struct errands *l)
{
    if (!l)
        return;
    LIST_EACH (node, &l->all)
        drop(l, LIST_OF(struct errand, node, node));
    free(l);
}

static struct errand *of_work(struct engine *c, const struct work *w)
{
    LIST_EACH (node, &c->errands->all) {
        struct errand *n = LIST_OF(struct errand, node, node);
        if (n->owner == w)
            return n;
    }
    return NULL;
}

static struct errand *by_id(struct engine *c, int64_t id)
{
    LIST_EACH (node, &c->errands->all) {
        struct errand *n = LIST_OF(struct errand, node, node);
        if (n->id == id)
            return n;
    }
    return NULL;
}

static int park(struct turn *t, struct work *w, const struct errand_ask *ask)
{
    struct errand_ask *kept = arena_alloc(t->arena, sizeof *kept);
    *kept = *ask;
    w->effects.errand = kept;
    w->effects.queue = ERRAND_LANE;
    w->effects.park_worker = ask->waiter;
    w->effects.park_until_us = t->now_us + ask->wait_s * CLOCK_SECOND;
    return TURN_PARK;
}

static int answer(const struct errand *n, struct errand_answer *out, struct err *e)
{
    if (!n->answered)
        return err_refuse(e, ERR_SITE_AWAY, "the site did not answer within %lld s", (long long)n->ask.wait_s);
    if (n->err.code) {
        *e = n->err;
        return (int)e->code;
    }
    *out = (struct errand_answer){n->fd, n->bytes, n->text};
    return 0;
}

int errand_ask(struct turn *t, struct work *w, const struct errand_ask *ask, struct errand_answer *out, struct err *e)
{
    const struct errand *n = of_work(t->engine, w);
    if (n && (n->answered || w->over))
        return answer(n, out, e);
    if (!n && t->engine->errands->count + t->errands++ >= LIMIT_ERRANDS)
        return err_refuse(e, ERR_TOO_MANY, "%d requests wait for sites already", LIMIT_ERRANDS);
    return park(t, w, ask);
}

void errand_begin(struct engine *c, struct work *w)
{
    struct errands *l = c->errands;
    if (of_work(c, w))
        return;
    struct errand *n = calloc(1, sizeof *n);
    if (!n)
        abort();
    n->id = ++l->last_id;
    n->owner = w;
    n->ask = *w->effects.errand;
    n->fd = -1;
    list_append(&l->all, &n->node);
    l->count++;
    c->stirred = true;
}

void errand_end(struct engine *c, const struct work *w)
{
    struct errand *n = of_work(c, w);
    if (n)
        drop(c->errands, n);
}

bool errand_next(struct engine *c, int64_t *out_id, struct errand_ask *out)
{
    LIST_EACH (node, &c->errands->all) {
        struct errand *n = LIST_OF(struct errand, node, node);
        if (n->taken)
            continue;
        n->taken = true;
        *out_id = n->id;
        *out = n->ask;
        return true;
    }
    return false;
}

static struct errand *settle(struct engine *c, int64_t id)
{
    struct errand *n = by_id(c, id);
    if (!n || n->answered)
        return NULL;
    n->answered = true;
    parking_end(c->parking, n->owner);
    return n;
}

void errand_answer_file(struct engine *c, int64_t id, int fd, int64_t bytes)
{
    struct errand *n = settle(c, id);
    if (!n) {
        close(fd);
        return;
    }
    n->fd = fd;
    n->bytes = bytes;
}

void errand_answer_text(struct engine *c, int64_t id, const char *text)
{
    struct errand *n = settle(c, id);
    if (n && !(n->text = strdup(text)))
        abort();
}

void errand_fail(struct engine *c, int64_t id, const struct err *e)
{
    struct errand *n = settle(c, id);
    if (n)
        n->err = *e;
}
