/* Jobs that ended long ago are cleaned away at their sites, once an hour: those of whose end every reader of changes has read, or whose
 * retention is over; then the log says who was not told. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/clean.h"
#include "launch/launcher_inner.h"

enum { PAGE = 200, EVERY_SECONDS = 3600, DAY_SECONDS = 86400 };

struct retiring {
    int64_t keep_us, after;
    struct clean_page page;
};

static int look(struct step *s, struct turn *t, struct err *e)
{
    struct retiring *r = s->data;
    return clean_retention(t, s->site, r->keep_us, r->after, PAGE, &s->arena, &r->page, e);
}

static void start(struct place *p, int64_t after);

static void looked(struct step *s, const struct err *err)
{
    const struct retiring *r = s->data;
    struct place *p = place_find(s->l, s->site);
    for (int i = 0; !err && i < r->page.held_count; i++)
        log_warning("job %lld is cleaned away at '%s': its retention is over, and the reader '%s' of %s has not read of its end",
                    (long long)r->page.held[i].job.id, r->page.held[i].job.site_name, r->page.held[i].consumer, r->page.held[i].owner);
    if (!err && p && r->page.after != NONE)
        start(p, r->page.after);
}

static void start(struct place *p, int64_t after)
{
    struct step *s = step_new(p->l, p->id, look, looked);
    struct retiring *r = s->data = arena_alloc(&s->arena, sizeof *r);
    *r = (struct retiring){.keep_us = p->settings.keep_days * DAY_SECONDS * CLOCK_SECOND, .after = after};
    step_go(s);
}

static void later(struct launcher *l) { loop_timer_set(&l->retire, clock_mono_us() + EVERY_SECONDS * CLOCK_SECOND); }

void retire(void *arg)
{
    struct launcher *l = arg;
    LIST_EACH (node, &l->places)
        start(LIST_OF(struct place, node, node), 0);
    later(l);
}
