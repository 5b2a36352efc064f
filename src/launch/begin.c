/* Starting a job: its row is read once more (what was wanted may not be any more) with all that goes with it, then its site is told, then
 * what the site said is written. Whatever breaks in between, it is still wanted, and the site knows the submission if it has begun. */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "launch/compose.h"
#include "launch/launcher_inner.h"
#include "launch/prepare.h"
#include "launch/secret.h"


struct beginning {
    struct launcher *l;
    int64_t site, job;
    struct arena arena;
    struct job_row row;
    struct composed composed;
    char secret[SECRET_CHARS + 1];
    int files_fd; /* -1: none */
    bool off;     /* it is not to be started any more */
    struct job_report report;
    bool renumber;
    struct err err;
};

static void drop(struct beginning *b)
{
    if (b->files_fd >= 0)
        close(b->files_fd);
    sodium_memzero(b->secret, sizeof b->secret);
    arena_done(&b->arena);
    free(b);
}

/* It is over, well or not: another may be begun. */
static void over(struct beginning *b, bool again)
{
    struct place *p = place_find(b->l, b->site);
    if (p) {
        place_done(p, b->job);
        p->starting--;
        if (again)
            survey_later(p);
        else
            survey_start(b->l);
    }
    drop(b);
}

static int write_report(struct step *s, struct turn *t, struct err *e)
{
    struct beginning *b = s->data;
    return b->renumber ? job_renumber(t, b->job, e) : job_report(t, b->job, &b->report, e);
}

static void reported(struct step *s, const struct err *err)
{
    struct beginning *b = s->data;
    struct place *p = place_find(b->l, b->site);
    if (p && !err && b->report.begun)
        watch_soon(p);
    if (b->row.scale != NONE)
        scales_look(b->l);
    over(b, err != NULL);
}

static void tell(struct beginning *b)
{
    struct step *s = step_new(b->l, b->site, write_report, reported);
    s->data = b;
    step_go(s);
}

static void refuse(struct beginning *b, const struct err *e)
{
    b->report.refused = true;
    b->report.state = JOB_FAILED;
    b->report.reason = arena_strdup(&b->arena, e->text);
    tell(b);
}

static void on_started(void *arg, const struct far_start *said)
{
    struct beginning *b = arg;
    if (b->l->ending) {
        drop(b);
        return;
    }
    switch (said->outcome) {
    case FAR_STARTED:
        b->report.begun = true;
        b->report.state = JOB_PENDING;
        b->report.batch = said->batch && *said->batch ? arena_strdup(&b->arena, said->batch) : NULL;
        tell(b);
        return;
    case FAR_REFUSED: refuse(b, &said->err); return;
    case FAR_TAKEN:
        b->renumber = true;
        tell(b);
        return;
    case FAR_UNKNOWN: break;
    }
    over(b, true);
}

static void start(struct beginning *b, struct place *p)
{
    const struct job_row *j = &b->row;
    const struct far_job job = {
        .app = j->app, .hash = j->hash, .n = j->n, .unique = j->submission, .settings = b->composed.settings,
        .script = b->composed.script, .token = b->secret[0] ? b->secret : NULL, .options = b->composed.options,
        .files_fd = b->files_fd, .walltime_us = j->walltime_us,
    };
    b->files_fd = -1; /* taken */
    site_start(p->link, &job, on_started, b);
}

/* The directory that goes with it, from the store into a file of its own. */
static int read_files(struct beginning *b, struct turn *t, struct err *e)
{
    char *piece = arena_alloc(t->arena, STORE_PIECE);
    char cause[TEXT_CAUSE_BYTES];
    int r = 0;
    if (b->files_fd < 0)
        b->files_fd = memfd_create("files", MFD_CLOEXEC);
    if (b->files_fd < 0)
        return err_fail(e, ERR_INTERNAL, "no memory for a directory: %s", text_cause(errno, cause));
    for (int64_t at = 0; r == 0 && at < b->row.files;) {
        size_t n = 0;
        r = store_body_read(t->store, BODY_JOB, b->row.files_ref, at, piece, STORE_PIECE, &n, e);
        if (r == 0 && (!n || pwrite(b->files_fd, piece, n, at) != (ssize_t)n))
            r = err_fail(e, ERR_INTERNAL, "the directory of job %lld could not be read", (long long)b->job);
        at += (int64_t)n;
    }
    return r == STORE_EMPTY ? err_fail(e, ERR_INTERNAL, "the directory of job %lld is missing", (long long)b->job) : r;
}

static int give_token(struct beginning *b, struct turn *t, struct err *e)
{
    uint8_t hash[CREDENTIAL_HASH_BYTES];
    int r = secret_draw(b->l->o.data, b->row.submission, b->secret, e);
    if (r)
        return r;
    crypto_generichash(hash, sizeof hash, (const uint8_t *)b->secret, strlen(b->secret), NULL, 0);
    return job_give_token(t, &b->row, hash, e);
}

static int read_again(struct step *s, struct turn *t, struct err *e)
{
    struct beginning *b = s->data;
    int r = store_job_get(t->store, b->job, &b->arena, &b->row, e);
    b->off = r == STORE_EMPTY || (r == 0 && (b->row.wanted != JOB_WANT_START || b->row.files == JOB_FILES_AWAITED));
    if (r < 0 || b->off)
        return r < 0 ? r : 0;
    if (b->row.files > 0)
        r = read_files(b, t, e);
    if (r == 0 && b->row.queue != NONE)
        r = give_token(b, t, e);
    return r;
}

static void have_read(struct step *s, const struct err *err)
{
    struct beginning *b = s->data;
    struct place *p = place_find(b->l, b->site);
    struct err e;
    bool unready = p && b->row.queue != NONE && !p->prepared; /* it is being found out once more */
    if (err || b->off || !p || unready) {
        over(b, err != NULL || unready);
        return;
    }
    const struct compose_home *home = b->row.queue == NONE ? NULL : &p->home;
    int r = compose(&b->row, &p->settings, site_has_scheduler(p->link), home, &b->arena, &b->composed, &e);
    if (r)
        refuse(b, &e);
    else
        start(b, p);
}

static void read_row(struct beginning *b)
{
    struct step *s = step_new(b->l, b->site, read_again, have_read);
    s->data = b;
    step_go(s);
}

/* What workers need is there, or not: what the site does not have is told as its refusal, what cannot be said now is asked again. */
static void on_prepared(void *arg, const struct err *err)
{
    struct beginning *b = arg;
    struct place *p = place_find(b->l, b->site);
    bool later = err && (err->code == ERR_SITE_AWAY || err->code == ERR_SITE_LOGIN || err->code == ERR_STOPPING);
    if (b->l->ending)
        drop(b);
    else if (later || !p)
        over(b, true);
    else if (err)
        refuse(b, err);
    else
        read_row(b);
}

void begin_job(struct place *p, const struct job_row *j)
{
    struct beginning *b = calloc(1, sizeof *b);
    if (!b)
        abort();
    *b = (struct beginning){.l = p->l, .site = p->id, .job = j->id, .files_fd = -1,
                            .report = {.exitcode = NONE, .started = NONE, .finished = NONE}};
    place_do(p, j->id);
    p->starting++;
    if (j->queue == NONE)
        read_row(b);
    else
        prepare(p, on_prepared, b);
}
