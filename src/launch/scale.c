/* Scales are looked at every 15 s while there are any, and at once when something was wanted or a job has changed: a step each, in which core
 * decides and writes what is to happen. The launcher only remembers for how long a queue has had nothing pending. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "core/scale.h"
#include "launch/launcher_inner.h"

enum { EVERY_SECONDS = 15 };

/* A scale, as the launcher remembers it. */
struct calm {
    struct list node;
    int64_t id, since_us; /* nothing has been pending since; NONE: something is */
    bool there;
};

struct scale_step {
    struct scale_row *rows; /* of the first step: all of them */
    int count;
    struct scale_turn turn; /* of the others: one of them */
    bool pending;
};

static struct calm *calm_of(struct launcher *l, int64_t id)
{
    LIST_EACH (node, &l->calms) {
        struct calm *c = LIST_OF(struct calm, node, node);
        if (c->id == id)
            return c;
    }
    struct calm *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    *c = (struct calm){.id = id, .since_us = NONE};
    list_append(&l->calms, &c->node);
    return c;
}

/* Those that were not met are gone. */
static void forget_gone(struct launcher *l)
{
    LIST_EACH (node, &l->calms) {
        struct calm *c = LIST_OF(struct calm, node, node);
        if (c->there)
            continue;
        list_unlink(&c->node);
        free(c);
    }
}

void scales_free(struct launcher *l)
{
    loop_timer_stop(&l->scales);
    LIST_EACH (node, &l->calms)
        LIST_OF(struct calm, node, node)->there = false;
    forget_gone(l);
}

static struct scale_step *data_of(struct step *s)
{
    s->data = arena_alloc(&s->arena, sizeof(struct scale_step));
    memset(s->data, 0, sizeof(struct scale_step));
    return s->data;
}

static int64_t now_us(const struct launcher *l) { return l->o.now_us(l->o.arg); }

static int run_one(struct step *s, struct turn *t, struct err *e)
{
    struct scale_step *d = s->data;
    struct site_row site;
    struct scale_row row;
    int r = store_scale_by_id(t->store, d->turn.id, &s->arena, &row, e);
    if (r == 0)
        r = store_site_by_id(t->store, row.site, &s->arena, &site, e);
    struct place_settings settings = {0};
    if (r == 0)
        r = place_settings_read(site.settings, &s->arena, &settings, e);
    if (r)
        return r < 0 ? r : 0;
    d->turn.app = settings.app;
    return scale_run(t, &d->turn, &s->arena, &d->pending, e);
}

/* The last one of a round. */
static void one_done(struct launcher *l)
{
    if (--l->scaling)
        return;
    bool again = l->scale_again;
    l->scale_again = false;
    if (again)
        scales_look(l);
    else if (!list_empty(&l->calms))
        loop_timer_set(&l->scales, clock_mono_us() + EVERY_SECONDS * CLOCK_SECOND);
}

static void ran_one(struct step *s, const struct err *err)
{
    const struct scale_step *d = s->data;
    struct calm *c = calm_of(s->l, d->turn.id);
    if (!err && d->pending)
        c->since_us = NONE;
    else if (!err && c->since_us == NONE)
        c->since_us = now_us(s->l);
    one_done(s->l);
}

static int read_all(struct step *s, struct turn *t, struct err *e)
{
    struct scale_step *d = s->data;
    return store_scale_list(t->store, NONE, LIMIT_SCALES, &s->arena, &d->rows, &d->count, e);
}

static void look_at(struct launcher *l, int64_t id)
{
    struct calm *c = calm_of(l, id);
    struct step *s = step_new(l, 0, run_one, ran_one);
    struct scale_step *d = data_of(s);
    c->there = true;
    d->turn = (struct scale_turn){.id = id, .calm_us = c->since_us == NONE ? 0 : now_us(l) - c->since_us};
    l->scaling++;
    step_go(s);
}

static void have_all(struct step *s, const struct err *err)
{
    struct launcher *l = s->l;
    const struct scale_step *d = s->data;
    LIST_EACH (node, &l->calms)
        LIST_OF(struct calm, node, node)->there = err != NULL;
    for (int i = 0; !err && i < d->count; i++)
        look_at(l, d->rows[i].id);
    forget_gone(l);
    one_done(l);
}

void scales_look(struct launcher *l)
{
    loop_timer_stop(&l->scales);
    l->scale_again = l->scaling > 0;
    if (l->scaling || l->ending)
        return;
    l->scaling = 1;
    struct step *s = step_new(l, 0, read_all, have_all);
    data_of(s);
    step_go(s);
}

static void on_timer(void *arg) { scales_look(arg); }

void scales_init(struct launcher *l)
{
    list_init(&l->calms);
    loop_timer_init(l->o.loop, &l->scales, on_timer, l);
}
