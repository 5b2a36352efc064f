/* See prepare.h. */
#include "launch/prepare.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "launch/home_find.h"

enum { SITE_NAME_BYTES = 80, UNIQUE_BYTES = 64 };

struct asker {
    struct list node;
    prepared_fn *fn;
    void *arg;
};

static void answer(struct place *p, const struct err *err)
{
    struct list askers = {0};
    list_init(&askers);
    for (struct list *node; (node = list_shift(&p->askers));)
        list_append(&askers, node);
    p->preparing = false;
    for (struct list *node; (node = list_shift(&askers));) {
        struct asker *a = LIST_OF(struct asker, node, node);
        a->fn(a->arg, err);
        free(a);
    }
}

void prepare_drop(struct place *p)
{
    struct err stopped;
    err_refuse(&stopped, ERR_STOPPING, "the site was changed or removed");
    home_find_forget(p->finding);
    p->finding = NULL;
    answer(p, &stopped);
    arena_done(&p->home_arena);
}

void prepare_again(struct place *p) { p->prepared = false; }

/* Workers of this machine run the program that the server runs, and reach it as it listens. */
static int prepare_here(struct place *p, struct err *e)
{
    struct home_candidate list[HOME_CANDIDATES];
    int r = p->l->o.home(p->l->o.arg, false, &p->places, e);
    if (r)
        return r;
    int count = home_candidates(&p->places, p->settings.advertise, true, NULL, &p->home_arena, list);
    if (!count)
        return home_refuse(p->name, e);
    p->home = (struct compose_home){.program = {p->settings.docket ? p->settings.docket : p->l->o.program}, .url = list[0].url, .pin = list[0].pin};
    p->prepared = true;
    return 0;
}

static void prepare_there(struct place *p)
{
    struct err e;
    err_refuse(&e, ERR_NO_WAY_HOME, "not yet");
    answer(p, &e);
}

static void start(struct place *p)
{
    struct err e;
    arena_done(&p->home_arena);
    if (!p->settings.host && !site_has_scheduler(p->link)) {
        int r = prepare_here(p, &e);
        answer(p, r ? &e : NULL);
        return;
    }
    prepare_there(p);
}

void prepare(struct place *p, prepared_fn *fn, void *arg)
{
    if (p->prepared) {
        fn(arg, NULL);
        return;
    }
    struct asker *a = calloc(1, sizeof *a);
    if (!a)
        abort();
    *a = (struct asker){.fn = fn, .arg = arg};
    list_append(&p->askers, &a->node);
    if (p->preparing)
        return;
    p->preparing = true;
    start(p);
}
