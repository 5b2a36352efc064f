/* See prepare.h. For another machine: the bundle is packed where that was not done yet (in a thread, for it takes seconds), the program is
 * found there or put there, and then the way home is tried by it. */
#include "launch/prepare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/aside.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "launch/home_find.h"
#include "launch/program.h"

static const char APP[] = "docket";

/* An sshd that was cut off holds the port of its forward until TCP, which tries again after 120 s at the latest, tells it. */
#define PORT_PATIENCE_US (130 * CLOCK_SECOND)

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
    if (p->finding)
        home_find_forget(p->finding);
    if (p->fetching)
        program_find_forget(p->fetching);
    p->finding = NULL;
    p->fetching = NULL;
    answer(p, &stopped);
    arena_done(&p->home_arena);
}

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

static int64_t number(const json_t *object, const char *name) { return json_integer_value(json_object_get(object, name)); }

json_t *prepare_found(const struct place *p)
{
    struct err e;
    json_t *found = NULL;
    bool good = json_parse(p->found, strlen(p->found), &found, &e) == 0 && json_is_object(found);
    if (!good)
        json_decref(found);
    return good ? found : json_object();
}

static int write_found(struct step *s, struct turn *t, struct err *e) { return site_note_found(t, s->site, s->data, e); }

void prepare_note_found(struct place *p, json_t *found)
{
    CLEANUP(buf_done) struct buf text = {0};
    json_write(found, &text);
    struct step *s = step_new(p->l, p->id, write_found, NULL);
    s->data = arena_strdup(&s->arena, buf_text(&text));
    free(p->found);
    if (!(p->found = strdup(buf_text(&text))))
        abort();
    step_go(s);
}

static void put_text(json_t *object, const char *name, const char *text)
{
    json_object_set_new(object, name, text ? json_string(text) : json_null());
}

static void note_way(struct place *p, const struct home_found *f)
{
    char now[CLOCK_TEXT_BYTES];
    CLEANUP(json_drop) json_t *found = prepare_found(p);
    put_text(found, "home", f->err ? NULL : f->way.way);
    put_text(found, "url", f->err ? NULL : f->way.url);
    put_text(found, "pin", f->err ? NULL : f->way.pin);
    put_text(found, "program", p->program_kind);
    json_object_set_new(found, "far_port", json_integer(f->far_port));
    json_object_set_new(found, "relay_port", json_integer(f->relay_port));
    put_text(found, "checked", clock_format(p->l->o.now_us(p->l->o.arg), now));
    prepare_note_found(p, found);
}

static void on_home(void *arg, const struct home_found *f)
{
    struct place *p = arg;
    p->finding = NULL;
    if (!f->err) {
        p->home.url = arena_strdup(&p->home_arena, f->way.url);
        p->home.pin = f->way.pin ? arena_strdup(&p->home_arena, f->way.pin) : NULL;
        p->prepared = true;
    }
    if (!f->err || f->err->code == ERR_NO_WAY_HOME)
        note_way(p, f);
    answer(p, f->err);
}

static void find_home(struct place *p)
{
    struct err e;
    CLEANUP(json_drop) json_t *found = prepare_found(p);
    bool far = p->settings.host != NULL;
    if (p->l->o.home(p->l->o.arg, far, &p->places, &e)) {
        answer(p, &e);
        return;
    }
    const struct home_ask ask = {
        .site = p->name, .app = p->settings.app ? p->settings.app : APP, .advertise = p->settings.advertise, .places = &p->places,
        .local = !far, .job = site_has_scheduler(p->link), .program = p->home.program,
        .unique = arena_printf(&p->home_arena, "docket-home-%lld-%llx", (long long)p->id, (unsigned long long)p->l->o.now_us(p->l->o.arg)),
        .options = p->settings.options[0] ? p->settings.options : NULL,
        .far_port = (int)number(found, "far_port"), .relay_port = (int)number(found, "relay_port"), .patience_us = PORT_PATIENCE_US,
    };
    p->finding = home_find(p->l->o.loop, p->link, &ask, on_home, p);
}

static void on_program(void *arg, const struct program_found *f)
{
    struct place *p = arg;
    p->fetching = NULL;
    if (f->err) {
        answer(p, f->err);
        return;
    }
    free(p->program_kind);
    p->program_kind = f->kind ? strdup(f->kind) : NULL;
    for (int i = 0; i < PROGRAM_WORDS && i < COMPOSE_PROGRAM_WORDS; i++)
        p->home.program[i] = f->words[i] ? arena_strdup(&p->home_arena, f->words[i]) : NULL;
    find_home(p);
}

/* Of this machine, as the far side will say it of itself: only the like of it can run the bundle. */
static const char *machine(struct arena *a)
{
    struct utsname name;
    return uname(&name) ? "" : arena_printf(a, "%s %s", name.sysname, name.machine);
}

static void find_program(struct place *p)
{
    const char *bundle = p->l->o.bundle && access(p->l->o.bundle, R_OK) == 0 ? p->l->o.bundle : NULL;
    const struct program_ask ask = {.site = p->name, .app = p->settings.app ? p->settings.app : APP, .version = DOCKET_VERSION,
                                    .named = p->settings.docket || p->settings.host ? p->settings.docket : p->l->o.program, .bundle = bundle, .machine = machine(&p->home_arena)};
    p->home = (struct compose_home){0};
    p->fetching = program_find(p->l->o.loop, p->link, &ask, on_program, p);
}

/* Packing the bundle. A place may be gone by the time that is done. */
struct packing {
    struct aside_job job; /* first */
    struct launcher *l;
    int64_t site;
    const char *bundle;
    int (*pack)(const char *bundle, struct err *e);
    int result;
    struct err err;
};

static void pack(struct aside_job *job)
{
    struct packing *k = (struct packing *)job;
    k->result = k->pack(k->bundle, &k->err);
}

static void packed(struct aside_job *job)
{
    struct packing *k = (struct packing *)job;
    struct place *p = place_find(k->l, k->site);
    if (k->result)
        log_warning("the bundle for other machines could not be packed: %s", k->err.text);
    if (p && p->preparing && !p->fetching && !p->finding)
        find_program(p);
    free(k);
}

static void prepare_there(struct place *p)
{
    struct launcher *l = p->l;
    if (!p->settings.host || !l->o.bundle || !l->o.pack || access(l->o.bundle, F_OK) == 0) {
        find_program(p);
        return;
    }
    struct packing *k = calloc(1, sizeof *k);
    if (!k)
        abort();
    *k = (struct packing){.job = {.work = pack, .done = packed}, .l = l, .site = p->id, .bundle = l->o.bundle, .pack = l->o.pack};
    if (!l->aside)
        l->aside = aside_new(l->o.loop);
    aside_run(l->aside, &k->job);
}

static void start(struct place *p)
{
    struct err e;
    arena_done(&p->home_arena);
    p->home = (struct compose_home){0};
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

void prepare_anew(struct place *p, prepared_fn *fn, void *arg)
{
    p->prepared = false;
    prepare(p, fn, arg);
}

static void note_nothing(void *arg, const struct err *err) {}

/* A way that leads through the connection is made anew with it, at the same port: workers that run there go on. */
void prepare_on_change(struct place *p)
{
    CLEANUP(json_drop) json_t *found = prepare_found(p);
    bool through = number(found, "far_port") > 0;
    if (site_link_state(p->link) != SITE_UP)
        p->prepared = p->prepared && !through;
    else if (through && !p->prepared && !p->preparing)
        prepare(p, note_nothing, NULL);
}
