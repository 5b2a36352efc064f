/* See step.h. */
#include "launch/step.h"

#include <stdlib.h>

#include "base/log.h"
#include "launch/launcher_inner.h"

static int run(struct work *w, struct turn *t, struct err *e)
{
    struct step *s = (struct step *)w;
    return s->run(s, t, e);
}

/* A failure that nobody is told ends in the log: what was to be written is found out again by the next look. */
static void done(struct work *w)
{
    struct step *s = (struct step *)w;
    const struct err *err = w->result ? &w->err : NULL;
    if (err && !s->l->ending && w->result < 0)
        log_warning("a site's news could not be written: %s", err->text);
    if (s->then && !s->l->ending)
        s->then(s, err);
    step_free(s);
}

struct step *step_new(struct launcher *l, int64_t site, int (*fn)(struct step *, struct turn *, struct err *),
                      void (*then)(struct step *, const struct err *))
{
    struct step *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->work = (struct work){.kind = WORK_RESERVE, .run = run, .done = done};
    s->l = l;
    s->site = site;
    s->run = fn;
    s->then = then;
    return s;
}

void step_go(struct step *s)
{
    list_append(&s->l->steps, &s->node);
    if (s->l->o.wake)
        s->l->o.wake(s->l->o.arg);
}

void step_free(struct step *s)
{
    arena_done(&s->arena);
    free(s);
}
