/* Looking at the jobs of a site: what is open is read in one turn, the site is asked in one round trip, and what has changed since, and only
 * that, is written in the next turns. Jobs found there that are not known here are taken in. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "launch/launcher_inner.h"

enum { NEWS_A_TURN = 200, APPS_MOST = 64 };
static const char DOCKET[] = "docket";

/* One of those that were asked about, or that were found. */
struct news {
    int64_t job; /* NONE: it is not known here */
    struct job_report report;
    struct job_row found;
};

struct watch {
    struct launcher *l;
    int64_t site;
    struct arena arena;
    struct site_row row;
    bool gone; /* the site is */
    struct job_row *open;
    struct far_name *names;
    int open_count, name_count;
    int *index;            /* of each name in open */
    struct news *news;
    int news_count, written;
    bool more_open;
    struct err err;        /* with a code: the site did not answer */
};

/* Those wanted started are not asked about: whether they have begun is found out by starting them. */
static int read_open(struct step *s, struct turn *t, struct err *e)
{
    struct watch *w = s->data;
    int r = store_site_by_id(t->store, w->site, &w->arena, &w->row, e);
    w->gone = r == STORE_EMPTY;
    if (r)
        return r < 0 ? r : 0;
    r = job_open(t, w->site, 0, LIMIT_JOBS_OPEN, &w->arena, &w->open, &w->open_count, e);
    w->names = arena_array(&w->arena, (size_t)w->open_count + 1, sizeof *w->names);
    w->index = arena_array(&w->arena, (size_t)w->open_count + 1, sizeof *w->index);
    w->name_count = 0;
    for (int i = 0; r == 0 && i < w->open_count; i++) {
        const struct job_row *j = &w->open[i];
        if (j->wanted == JOB_WANT_START)
            continue;
        w->index[w->name_count] = i;
        w->names[w->name_count++] = (struct far_name){j->app, j->hash, j->n, j->submission, j->batch};
    }
    return r;
}

static bool differs(const char *was, const char *is) { return is && (!was || strcmp(was, is) != 0); }

/* Would it be news? What is the same costs nothing, not even a look into the store. */
static bool is_news(const struct job_row *j, const struct far_state *f)
{
    enum job_state state = f->state ? f->state : j->state;
    return state != j->state || differs(j->batch, f->batch) || (f->started_us != NONE && f->started_us != j->started) ||
           (!job_has_ended(state) && differs(j->reason, f->reason));
}

/* The command and name of a job that is not known here; what is no JSON of ours is taken as it is told. */
static void read_found(struct watch *w, const struct far_state *f, struct job_row *out)
{
    CLEANUP(json_drop) json_t *settings = NULL;
    struct err e;
    bool good = f->settings && strlen(f->settings) <= LIMIT_JOB_SETTINGS && json_parse(f->settings, strlen(f->settings), &settings, &e) == 0 &&
                json_is_object(settings);
    const char *name = json_string_value(json_object_get(settings, "name"));
    const char *unique = json_string_value(json_object_get(settings, "unique"));
    *out = (struct job_row){
        .app = arena_strdup(&w->arena, f->app), .hash = arena_strdup(&w->arena, f->hash), .n = f->n,
        .name = name && *name && strlen(name) <= LIMIT_NAME ? arena_strdup(&w->arena, name) : NULL,
        .submission = arena_strdup(&w->arena, unique ? unique : ""), .settings = good ? arena_strdup(&w->arena, f->settings) : "{}",
        .workers = 1, .cores = 1, .state = f->state ? f->state : JOB_SUBMITTED,
        .reason = f->reason ? arena_strdup(&w->arena, f->reason) : NULL, .batch = f->batch ? arena_strdup(&w->arena, f->batch) : NULL,
        .exitcode = f->exitcode, .submitted = f->started_us, .started = f->started_us, .finished = f->finished_us,
    };
}

static void note(struct watch *w, const struct far_state *f)
{
    const struct job_row *j = f->known ? &w->open[w->index[f->index]] : NULL;
    struct news *n = &w->news[w->news_count];
    if (j && !is_news(j, f))
        return;
    *n = (struct news){.job = j ? j->id : NONE};
    if (j)
        n->report = (struct job_report){.state = f->state, .reason = f->reason ? arena_strdup(&w->arena, f->reason) : NULL,
                                        .batch = f->batch ? arena_strdup(&w->arena, f->batch) : NULL, .exitcode = f->exitcode,
                                        .started = f->started_us, .finished = f->finished_us};
    else
        read_found(w, f, &n->found);
    const struct far_name name = {n->found.app, n->found.hash, n->found.n, n->found.submission, NULL};
    struct err e;
    if (!j && far_check_name(&name, &e)) /* nobody could ask about it */
        return;
    w->news_count++;
}

static int write_some(struct step *s, struct turn *t, struct err *e)
{
    struct watch *w = s->data;
    int r = 0, end = w->written + NEWS_A_TURN < w->news_count ? w->written + NEWS_A_TURN : w->news_count;
    for (int i = w->written; r == 0 && i < end; i++) {
        struct news *n = &w->news[i];
        int64_t id;
        if (n->job == NONE && n->found.submitted == NONE)
            n->found.submitted = t->now_us;
        r = n->job == NONE ? job_adopt(t, &w->row, &n->found, &id, e) : job_report(t, n->job, &n->report, e);
    }
    return r < 0 ? r : 0;
}

static void over(struct watch *w)
{
    struct place *p = place_find(w->l, w->site);
    if (p) {
        p->looking = false;
        answer_looked(p, w->err.code ? &w->err : NULL);
        bool again = p->look_again;
        p->look_again = false;
        if (again)
            watch_soon(p);
        else if (w->open_count)
            watch_on(p);
        if (!w->err.code) /* it can be reached: what is wanted may be done */
            survey_start(w->l);
    }
    if (w->news_count)
        scales_look(w->l);
    arena_done(&w->arena);
    free(w);
}

static void write_more(struct watch *w);

static void wrote(struct step *s, const struct err *err)
{
    struct watch *w = s->data;
    w->written += NEWS_A_TURN;
    if (!err && w->written < w->news_count)
        write_more(w);
    else
        over(w);
}

static void write_more(struct watch *w)
{
    struct step *s = step_new(w->l, w->site, write_some, wrote);
    s->data = w;
    step_go(s);
}

static void on_looked(void *arg, const struct far_look *look)
{
    struct watch *w = arg;
    struct place *p = place_find(w->l, w->site);
    if (w->l->ending) {
        arena_done(&w->arena);
        free(w);
        return;
    }
    if (look->err)
        w->err = *look->err;
    if (p && !look->err) {
        site_note_seen(w->l->o.engine, w->site, true, w->l->o.now_us(w->l->o.arg));
        prepare_on_change(p); /* a way home that could not be made then */
    }
    if (look->message)
        log_debug("site '%s': %s", w->row.name, look->message);
    w->news = arena_array(&w->arena, (size_t)look->count + 1, sizeof *w->news);
    for (int i = 0; !look->err && i < look->count; i++)
        note(w, &look->states[i]);
    if (w->news_count)
        write_more(w);
    else
        over(w);
}

/* Each once; jobs may have been submitted under others than the site's. */
static int add_app(const char **apps, int count, const char *app)
{
    for (int i = 0; i < count; i++)
        if (strcmp(apps[i], app) == 0)
            return count;
    if (count < APPS_MOST)
        apps[count++] = app;
    return count;
}

static void have_read(struct step *s, const struct err *err)
{
    struct watch *w = s->data;
    struct place *p = place_find(w->l, w->site);
    if (err)
        w->err = *err;
    if (err || w->gone || !p) {
        over(w);
        return;
    }
    const char *apps[APPS_MOST] = {p->settings.app ? p->settings.app : DOCKET};
    int count = add_app(apps, 1, DOCKET);
    for (int i = 0; i < w->name_count; i++)
        count = add_app(apps, count, w->names[i].app);
    site_look(p->link, apps, count, w->names, w->name_count, w->l->o.now_us(w->l->o.arg), on_looked, w);
}

void watch_now(struct place *p)
{
    loop_timer_stop(&p->look);
    if (p->looking) {
        p->look_again = true;
        return;
    }
    p->looking = true;
    struct watch *w = calloc(1, sizeof *w);
    if (!w)
        abort();
    w->l = p->l;
    w->site = p->id;
    struct step *s = step_new(p->l, p->id, read_open, have_read);
    s->data = w;
    step_go(s);
}

static void set(struct place *p)
{
    int64_t due_us = clock_mono_us() + p->pace_ms * CLOCK_MS;
    if (!p->look.due_us || due_us < p->look.due_us)
        loop_timer_set(&p->look, due_us);
}

void watch_soon(struct place *p)
{
    p->pace_ms = PLACE_SOON_MS;
    if (p->looking)
        p->look_again = true;
    else
        set(p);
}

void watch_on(struct place *p)
{
    int64_t most_ms = p->settings.sync_seconds * 1000;
    p->pace_ms = p->pace_ms && p->pace_ms * 2 < most_ms ? p->pace_ms * 2 : most_ms;
    set(p);
}
