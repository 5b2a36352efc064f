/* What is wanted of sites: read in one turn, done after it. One survey at a time; what is wanted meanwhile is seen by the next. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "launch/control.h"
#include "launch/launcher_inner.h"

enum { WANTED_MOST = 2000 };

struct seen_site {
    struct site_row row;
    struct job_row *wanted;
    int count;
    int64_t open;
};

struct survey {
    struct seen_site *sites;
    int count;
};

static int read_wants(struct step *s, struct turn *t, struct err *e)
{
    struct survey *v = s->data;
    struct site_row *rows;
    int r = store_site_list(t->store, NONE, INT32_MAX, &s->arena, &rows, &v->count, e);
    v->sites = arena_array(&s->arena, (size_t)v->count + 1, sizeof *v->sites);
    for (int i = 0; r == 0 && i < v->count; i++) {
        struct seen_site *site = &v->sites[i];
        *site = (struct seen_site){.row = rows[i]};
        r = job_wanted(t, rows[i].id, WANTED_MOST, &s->arena, &site->wanted, &site->count, e);
        if (r == 0)
            r = store_job_open_count(t->store, rows[i].id, &site->open, e);
    }
    return r;
}

static void on_change(void *arg) { place_report(arg); }
static void on_look(void *arg) { watch_now(arg); }

static void on_retry(void *arg)
{
    struct place *p = arg;
    survey_start(p->l);
}

void survey_later(struct place *p)
{
    if (!p->retry.due_us)
        loop_timer_set(&p->retry, clock_mono_us() + PLACE_RETRY_SECONDS * CLOCK_SECOND);
}

static char *copy(const char *text)
{
    char *made = strdup(text);
    if (!made)
        abort();
    return made;
}

/* The link, or why there can be none. */
static int make_link(struct place *p, struct err *e)
{
    const char *control = NULL;
    int r = place_settings_read(p->text, &p->arena, &p->settings, e);
    if (r == 0 && p->settings.host)
        r = control_path(&p->arena, p->l->o.data, p->id, &control, e);
    const struct site_options o = {.kind = p->kind, .host = p->settings.host, .port = (int)p->settings.port,
                                   .ssh_config = p->settings.ssh_config, .control = control};
    if (r == 0)
        r = site_check_options(&o, e);
    if (r == 0)
        p->link = site_link_new(p->l->o.loop, &o, on_change, p);
    return r;
}

static struct place *make_place(struct launcher *l, const struct site_row *row)
{
    struct err e;
    struct place *p = calloc(1, sizeof *p);
    if (!p)
        abort();
    *p = (struct place){.l = l, .id = row->id, .kind = copy(row->kind), .text = copy(row->settings),
                        .name = copy(row->name), .found = copy(row->found)};
    list_init(&p->askers);
    list_init(&p->doing);
    list_init(&p->waiting);
    loop_timer_init(l->o.loop, &p->look, on_look, p);
    loop_timer_init(l->o.loop, &p->retry, on_retry, p);
    list_append(&l->places, &p->node);
    if (make_link(p, &e)) {
        log_error("site '%s': %s", row->name, e.text);
        place_free(p);
        return NULL;
    }
    return p;
}

/* Another kind or other settings are another place. */
static struct place *place_of(struct launcher *l, const struct site_row *row)
{
    struct place *p = place_find(l, row->id);
    bool other = p && (strcmp(p->kind, row->kind) != 0 || strcmp(p->text, row->settings) != 0);
    if (other && (!list_empty(&p->doing) || p->looking || p->preparing)) { /* once it is at rest */
        p->there = true;
        survey_later(p);
        return NULL;
    }
    if (other)
        place_free(p);
    return p && !other ? p : make_place(l, row);
}

/* Several jobs of a site, by one call. */
struct herd {
    struct launcher *l;
    int64_t site;
    enum job_want want;
    int64_t *ids;
    struct far_name *names;
    int count;
    struct err err;
    bool failed;
    struct arena arena;
};

static void herd_free(struct herd *h)
{
    arena_done(&h->arena);
    free(h);
}

static int write_cleaned(struct step *s, struct turn *t, struct err *e)
{
    const struct herd *h = s->data;
    const struct job_report report = {.exitcode = NONE, .started = NONE, .finished = NONE, .cleaned = true};
    int r = 0;
    for (int i = 0; r == 0 && i < h->count; i++)
        r = job_report(t, h->ids[i], &report, e);
    return r;
}

static int write_trouble(struct step *s, struct turn *t, struct err *e)
{
    const struct herd *h = s->data;
    const struct job_report report = {.exitcode = NONE, .started = NONE, .finished = NONE, .reason = h->err.text,
                                      .refused = h->want == JOB_WANT_CLEAN};
    int r = 0;
    for (int i = 0; r == 0 && i < h->count; i++)
        r = job_report(t, h->ids[i], &report, e);
    return r;
}

static void herd_over(struct step *s, const struct err *err)
{
    struct herd *h = s->data;
    struct place *p = place_find(h->l, h->site);
    for (int i = 0; p && i < h->count; i++)
        place_done(p, h->ids[i]);
    if (p && !h->failed && h->want == JOB_WANT_CANCEL)
        watch_soon(p);
    if (p && p->singly && h->want == JOB_WANT_CLEAN && (!h->failed || h->count > 1))
        survey_start(h->l); /* the next of them */
    else if (p && (h->failed || err))
        survey_later(p);
    herd_free(h);
}

static int write_nothing(struct step *s, struct turn *t, struct err *e) { return 0; }

static void on_herd(void *arg, const struct err *err)
{
    struct herd *h = arg;
    if (h->l->ending) {
        herd_free(h);
        return;
    }
    h->failed = err != NULL;
    if (err)
        h->err = *err;
    struct place *p = place_find(h->l, h->site);
    bool refused = err && err->code == ERR_SITE_REFUSED;
    if (refused && h->count > 1 && p && h->want == JOB_WANT_CLEAN) { /* which of them? one by one from now on */
        p->singly = true;
        refused = false;
    }
    struct step *s = step_new(h->l, h->site,
                              refused ? write_trouble : !err && h->want == JOB_WANT_CLEAN ? write_cleaned : write_nothing, herd_over);
    s->data = h;
    step_go(s);
}

static void drive(struct place *p, const struct seen_site *site, enum job_want want)
{
    struct herd *h = calloc(1, sizeof *h);
    if (!h)
        abort();
    *h = (struct herd){.l = p->l, .site = p->id, .want = want};
    h->ids = arena_array(&h->arena, PLACE_BATCH, sizeof *h->ids);
    h->names = arena_array(&h->arena, PLACE_BATCH, sizeof *h->names);
    for (int i = 0; i < site->count && h->count < (p->singly && want == JOB_WANT_CLEAN ? 1 : PLACE_BATCH); i++) {
        const struct job_row *j = &site->wanted[i];
        if (j->wanted != want || place_is_doing(p, j->id))
            continue;
        place_do(p, j->id);
        h->ids[h->count] = j->id;
        h->names[h->count++] = (struct far_name){.app = arena_strdup(&h->arena, j->app), .hash = arena_strdup(&h->arena, j->hash),
                                                 .n = j->n, .unique = arena_strdup(&h->arena, j->submission),
                                                 .batch = j->batch ? arena_strdup(&h->arena, j->batch) : NULL};
    }
    if (!h->count)
        herd_free(h);
    else if (want == JOB_WANT_CANCEL)
        site_cancel(p->link, h->names, h->count, on_herd, h);
    else
        site_clean(p->link, h->names, h->count, on_herd, h);
}

static void do_what_is_wanted(struct place *p, const struct seen_site *site)
{
    for (int i = 0; i < site->count && p->starting < PLACE_STARTS; i++) {
        const struct job_row *j = &site->wanted[i];
        if (j->wanted == JOB_WANT_START && j->files != JOB_FILES_AWAITED && !place_is_doing(p, j->id))
            begin_job(p, j);
    }
    drive(p, site, JOB_WANT_CANCEL);
    drive(p, site, JOB_WANT_CLEAN);
    if (site->open && !p->looking && !p->look.due_us)
        watch_on(p);
}

/* Sites that were not met are gone. */
static void forget_gone(struct launcher *l)
{
    LIST_EACH (node, &l->places) {
        struct place *p = LIST_OF(struct place, node, node);
        if (!p->there)
            place_free(p);
    }
}

static void surveyed(struct step *s, const struct err *err)
{
    struct launcher *l = s->l;
    const struct survey *v = s->data;
    bool first = list_empty(&l->places);
    LIST_EACH (node, &l->places)
        LIST_OF(struct place, node, node)->there = false;
    for (int i = 0; !err && i < v->count; i++) {
        struct place *p = place_of(l, &v->sites[i].row);
        if (!p)
            continue;
        p->there = true;
        if (first && v->sites[i].open) /* what happened while there was no server */
            watch_now(p);
        do_what_is_wanted(p, &v->sites[i]);
    }
    if (!err)
        forget_gone(l);
    l->surveying = false;
    if (!err && !l->surveyed) {
        l->surveyed = true;
        retire(l);
    }
    answer_errands(l);
    if (l->again)
        survey_start(l);
}

void survey_start(struct launcher *l)
{
    l->again = l->surveying;
    if (l->surveying)
        return;
    l->surveying = true;
    struct step *s = step_new(l, 0, read_wants, surveyed);
    s->data = arena_alloc(&s->arena, sizeof(struct survey));
    memset(s->data, 0, sizeof(struct survey));
    step_go(s);
}
