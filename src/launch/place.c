/* A site, as the launcher has it in hand: its link, what is being done to its jobs, when they are looked at. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "launch/launcher_inner.h"

struct place *place_find(struct launcher *l, int64_t id)
{
    LIST_EACH (node, &l->places) {
        struct place *p = LIST_OF(struct place, node, node);
        if (p->id == id)
            return p;
    }
    return NULL;
}

void place_free(struct place *p)
{
    prepare_drop(p);
    site_link_free(p->link);
    loop_timer_stop(&p->look);
    loop_timer_stop(&p->retry);
    LIST_EACH (node, &p->doing)
        free(LIST_OF(struct doing, node, node));
    answer_drop(p);
    list_unlink(&p->node);
    arena_done(&p->arena);
    free(p->kind);
    free(p->text);
    free(p->name);
    free(p->found);
    free(p->program_kind);
    free(p);
}

static struct doing *doing_of(const struct place *p, int64_t job)
{
    LIST_EACH (node, &p->doing) {
        struct doing *d = LIST_OF(struct doing, node, node);
        if (d->job == job)
            return d;
    }
    return NULL;
}

bool place_is_doing(const struct place *p, int64_t job) { return doing_of(p, job) != NULL; }

void place_do(struct place *p, int64_t job)
{
    struct doing *d = calloc(1, sizeof *d);
    if (!d)
        abort();
    d->job = job;
    list_append(&p->doing, &d->node);
}

void place_done(struct place *p, int64_t job)
{
    struct doing *d = doing_of(p, job);
    if (d)
        list_unlink(&d->node);
    free(d);
}

struct condition {
    enum site_state state;
    const char *message;
};

static int write_condition(struct step *s, struct turn *t, struct err *e)
{
    const struct condition *c = s->data;
    return site_report(t, s->site, c->state, c->message, e);
}

void place_report(struct place *p)
{
    prepare_on_change(p);
    struct step *s = step_new(p->l, p->id, write_condition, NULL);
    struct condition *c = s->data = arena_alloc(&s->arena, sizeof *c);
    const char *message = site_link_message(p->link);
    *c = (struct condition){site_link_state(p->link), message ? arena_strdup(&s->arena, message) : NULL};
    if (c->state == SITE_UP)
        site_note_seen(p->l->o.engine, p->id, false, p->l->o.now_us(p->l->o.arg));
    step_go(s);
}
