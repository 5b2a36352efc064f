/* See launcher.h. The files: survey.c finds out what is wanted, begin.c starts jobs, watch.c looks at them, scale.c looks at scales, answer.c
 * does the errands of requests, place.c keeps a site in hand, step.c is a work in a turn. What could not be done is found wanted again by the next survey. */
#include "launch/launcher.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/aside.h"
#include "base/log.h"
#include "launch/launcher_inner.h"

struct launcher *launcher_new(const struct launcher_options *o)
{
    struct launcher *l = calloc(1, sizeof *l);
    if (!l)
        abort();
    l->o = *o;
    list_init(&l->steps);
    list_init(&l->places);
    loop_timer_init(o->loop, &l->retire, retire, l);
    scales_init(l);
    return l;
}

static void drop_fixed(struct launcher *l)
{
    for (int i = 0; i < l->fixed_count; i++) {
        free((char *)l->fixed[i].name);
        free((char *)l->fixed[i].kind);
        free((char *)l->fixed[i].settings);
    }
    free(l->fixed);
    l->fixed = NULL;
    l->fixed_count = 0;
}

void launcher_free(struct launcher *l)
{
    if (!l)
        return;
    l->ending = true;
    scales_free(l);
    LIST_EACH (node, &l->places)
        place_free(LIST_OF(struct place, node, node));
    LIST_EACH (node, &l->steps)
        step_free(LIST_OF(struct step, node, node));
    loop_timer_stop(&l->retire);
    aside_free(l->aside);
    drop_fixed(l);
    free(l);
}

/* Is there a scheduler on this machine? */
static bool has_program(const char *name)
{
    const char *path = getenv("PATH");
    char file[4096];
    for (size_t n; path && *path; path += n + (path[n] == ':')) {
        n = strcspn(path, ":");
        int written = snprintf(file, sizeof file, "%.*s/%s", (int)n, path, name);
        if (n && written < (int)sizeof file && access(file, X_OK) == 0)
            return true;
    }
    return false;
}

static char *copy(const char *text)
{
    char *made = strdup(text);
    if (!made)
        abort();
    return made;
}

static void add_fixed(struct launcher *l, const char *name, const char *kind, const char *settings)
{
    for (int i = 0; i < l->fixed_count; i++)
        if (strcmp(l->fixed[i].name, name) == 0)
            return;
    l->fixed[l->fixed_count++] = (struct site_fixed){copy(name), copy(kind), copy(settings)};
}

static int settle(struct step *s, struct turn *t, struct err *e)
{
    return site_settle_fixed(t, s->l->o.owner, s->l->fixed, s->l->fixed_count, e);
}

static void settled(struct step *s, const struct err *err)
{
    if (err)
        log_error("%s", err->text);
    launcher_stir(s->l);
}

void launcher_settle(struct launcher *l, const struct site_fixed *sites, int count)
{
    drop_fixed(l);
    l->fixed = calloc((size_t)count + 2, sizeof *l->fixed);
    if (!l->fixed)
        abort();
    for (int i = 0; i < count; i++)
        add_fixed(l, sites[i].name, sites[i].kind, sites[i].settings);
    add_fixed(l, "local", "local", "{}");
    if (has_program("sbatch"))
        add_fixed(l, "slurm", "slurm", "{}");
    step_go(step_new(l, 0, settle, settled));
}

void launcher_stir(struct launcher *l)
{
    l->o.engine->stirred = false;
    if (l->ending)
        return;
    answer_errands(l);
    survey_start(l);
    scales_look(l);
}

int launcher_script(struct launcher *l, const struct site_row *site, const struct job_row *job, struct arena *a, const char **out,
                    struct err *e)
{
    static const struct compose_home USUAL = {.program = {"docket"}, .url = "https://SERVER"};
    const struct place *p = place_find(l, site->id);
    struct place_settings settings;
    struct composed made;
    int r = place_settings_read(site->settings, a, &settings, e);
    bool scheduler = strcmp(site->kind, "slurm") == 0;
    if (r == 0)
        r = compose(job, &settings, scheduler, job->queue == NONE ? NULL : p && p->prepared ? &p->home : &USUAL, a, &made, e);
    if (r == 0)
        *out = made.script;
    return r;
}

int launcher_take(struct launcher *l, struct work **works, int max)
{
    int count = 0;
    while (count < max && !list_empty(&l->steps))
        works[count++] = &LIST_OF(struct step, node, list_shift(&l->steps))->work;
    return count;
}

void launcher_put_back(struct launcher *l, struct work **works, int count)
{
    while (count--) {
        struct step *s = (struct step *)works[count];
        s->node.prev = &l->steps; /* first of those that wait */
        s->node.next = l->steps.next;
        l->steps.next->prev = &s->node;
        l->steps.next = &s->node;
    }
}

bool launcher_ready(const struct launcher *l) { return !list_empty(&l->steps); }
