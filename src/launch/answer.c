/* Errands of requests: what a job wrote is read from its site into a file of its own; a site is looked at; a site is checked. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "launch/launcher_inner.h"

struct reading {
    struct launcher *l;
    int64_t errand;
    struct errand_ask ask;
    struct arena arena;
    struct job_row row;
    int fd;
};

static int do_nothing(struct step *s, struct turn *t, struct err *e) { return 0; }

/* Whoever waits is run again in the next turn: there is one. */
static void nudge(struct launcher *l) { step_go(step_new(l, 0, do_nothing, NULL)); }

static void fail(struct launcher *l, int64_t errand, const struct err *err)
{
    errand_fail(l->o.engine, errand, err);
    nudge(l);
}

void answer_text(struct launcher *l, int64_t errand, const char *text)
{
    errand_answer_text(l->o.engine, errand, text);
    nudge(l);
}

static void fail_with(struct launcher *l, int64_t errand, enum err_code code, const char *words)
{
    struct err e;
    err_refuse(&e, code, "%s", words);
    fail(l, errand, &e);
}

static void drop(struct reading *r)
{
    if (r->fd >= 0)
        close(r->fd);
    r->l->reading--;
    arena_done(&r->arena);
    free(r);
}

static void hand_over(struct reading *r)
{
    struct stat st;
    if (fstat(r->fd, &st)) {
        fail_with(r->l, r->errand, ERR_INTERNAL, "what the site told cannot be read");
        return;
    }
    errand_answer_file(r->l->o.engine, r->errand, r->fd, st.st_size);
    r->fd = -1;
    nudge(r->l);
}

static void on_read(void *arg, const struct err *err)
{
    struct reading *r = arg;
    if (err && !r->l->ending)
        fail(r->l, r->errand, err);
    else if (!r->l->ending)
        hand_over(r);
    drop(r);
}

static int read_row(struct step *s, struct turn *t, struct err *e)
{
    struct reading *r = s->data;
    int bad = store_job_get(t->store, r->ask.job, &r->arena, &r->row, e);
    return bad == STORE_EMPTY ? err_refuse(e, ERR_JOB_NOT_FOUND, "there is no job %lld", (long long)r->ask.job) : bad;
}

/* In the data directory, where there is room for as much as the store has; without a name. */
static int open_scratch(struct reading *r, struct err *e)
{
    char cause[TEXT_CAUSE_BYTES];
    r->fd = open(r->l->o.data, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (r->fd >= 0)
        return 0;
    return err_refuse(e, errno == ENOSPC ? ERR_STORAGE_FULL : ERR_INTERNAL, "no file for what the site tells: %s",
                      text_cause(errno, cause));
}

static void have_row(struct step *s, const struct err *err)
{
    static const enum far_part PARTS[] = {[ERRAND_STDOUT] = FAR_STDOUT, [ERRAND_STDERR] = FAR_STDERR, [ERRAND_FILES] = FAR_FILES};
    struct reading *r = s->data;
    struct place *p = err ? NULL : place_find(r->l, r->row.site);
    struct err e = {0};
    if (err)
        e = *err;
    else if (!p)
        err_refuse(&e, ERR_SITE_AWAY, "the site of job %lld cannot be used: the server's log says why", (long long)r->ask.job);
    else if (r->row.cleaned)
        err_refuse(&e, ERR_JOB_STATE, "job %lld was cleaned away: nothing of it is left at its site", (long long)r->ask.job);
    if (e.code || open_scratch(r, &e)) {
        fail(r->l, r->errand, &e);
        drop(r);
        return;
    }
    const struct far_name name = {r->row.app, r->row.hash, r->row.n, r->row.submission, r->row.batch};
    site_read(p->link, &name, PARTS[r->ask.kind], r->ask.from, r->ask.max, r->fd, on_read, r);
}

static void read_part(struct launcher *l, int64_t errand, const struct errand_ask *ask)
{
    if (l->reading >= LIMIT_ERRANDS) { /* those whose clients have left count, too */
        fail_with(l, errand, ERR_TOO_MANY, "too many things are read from sites at the moment");
        return;
    }
    struct reading *r = calloc(1, sizeof *r);
    if (!r)
        abort();
    l->reading++;
    *r = (struct reading){.l = l, .errand = errand, .ask = *ask, .fd = -1};
    struct step *s = step_new(l, 0, read_row, have_row);
    s->data = r;
    step_go(s);
}

/* Several may wait for one look: each is told by the first that ends after it asked, or by the one after that. */
struct waiting {
    struct list node;
    int64_t errand;
    bool next; /* a look was under way when it asked: it waits for the one after that */
};

static void look_for(struct launcher *l, int64_t errand, struct place *p)
{
    struct waiting *w = calloc(1, sizeof *w);
    if (!w)
        abort();
    *w = (struct waiting){.errand = errand, .next = p->looking};
    list_append(&p->waiting, &w->node);
    site_link_retry(p->link);
    watch_now(p);
}

void answer_looked(struct place *p, const struct err *err)
{
    LIST_EACH (node, &p->waiting) {
        struct waiting *w = LIST_OF(struct waiting, node, node);
        if (w->next) {
            w->next = false;
            continue;
        }
        if (err)
            errand_fail(p->l->o.engine, w->errand, err);
        else
            errand_answer_text(p->l->o.engine, w->errand, "");
        list_unlink(&w->node);
        free(w);
        nudge(p->l);
    }
}

void answer_drop(struct place *p)
{
    LIST_EACH (node, &p->waiting)
        free(LIST_OF(struct waiting, node, node));
    list_init(&p->waiting);
}

static void answer(struct launcher *l, int64_t errand, const struct errand_ask *ask)
{
    struct place *p = place_find(l, ask->site);
    if (ask->kind <= ERRAND_FILES)
        read_part(l, errand, ask);
    else if (!p)
        fail_with(l, errand, ERR_SITE_AWAY, "the site cannot be used: the server's log says why");
    else if (ask->kind == ERRAND_SYNC)
        look_for(l, errand, p);
    else
        check_site(p, errand);
}

/* Not before the first survey: until then no site is known. */
void answer_errands(struct launcher *l)
{
    struct errand_ask ask;
    int64_t errand;
    while (l->surveyed && errand_next(l->o.engine, &errand, &ask))
        answer(l, errand, &ask);
}
