/* See job.h.
 *
 *   submitted ──> pending ──> running ──> finished
 *       │           │  ^         │  ──> failed
 *       │           │  └─────────┘      (its node died, the scheduler begins it anew)
 *       ├───────────┴────────────┴──> cancelled
 *       └───────────┴────────────┴──> lost ──> … found again
 *
 * What is wanted of a job stands beside its state until the launcher says that it was done: a job that is to be cancelled is still
 * running until its site has said otherwise. */
#include "core/job.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "core/journal.h"
#include "core/lease.h"
#include "core/scale.h"
#include "core/task.h"

enum { TOKEN_DAYS = 365, TOKEN_GRACE_SECONDS = 600, RELEASE_MOST = 1000, TOKENS_MOST = 100000 };
#define LANE_BASE (INT64_MIN / 4)
#define ANEW_US (10 * CLOCK_SECOND) /* clocks that differ a little make no other start */
static const char APP[] = "docket", WORKER[] = "job";
static const char CALLED_OFF[] = "cancelled by its scale: "; /* no account is called so */

static const char *const WORDS[JOB_STATES] = {"",       "submitted", "pending",   "running",
                                              "finished", "failed",    "cancelled", "lost"};

/* Which states may follow which, a bit each. */
#define TO(state) (1u << (state))
#define ENDS (TO(JOB_FINISHED) | TO(JOB_FAILED) | TO(JOB_CANCELLED) | TO(JOB_LOST))
static const unsigned FOLLOWS[JOB_STATES] = {
    [JOB_SUBMITTED] = TO(JOB_PENDING) | TO(JOB_RUNNING) | ENDS,
    [JOB_PENDING] = TO(JOB_RUNNING) | ENDS,
    [JOB_RUNNING] = TO(JOB_PENDING) | ENDS,               /* the scheduler begins it anew */
    [JOB_LOST] = TO(JOB_PENDING) | TO(JOB_RUNNING) | ENDS, /* it was only out of sight */
};

const char *job_state_word(enum job_state state) { return WORDS[state]; }

enum job_state job_state_from(const char *word)
{
    for (int i = JOB_SUBMITTED; i < JOB_STATES; i++)
        if (strcmp(WORDS[i], word) == 0)
            return (enum job_state)i;
    return 0;
}

bool job_has_ended(enum job_state state) { return state > JOB_RUNNING; }
bool job_is_open(const struct job_row *j) { return !job_has_ended(j->state) || j->wanted != JOB_WANT_NOTHING; }
int64_t job_lane(int64_t id) { return LANE_BASE - id; }

/* 16 hex digits of BLAKE2b (RFC 7693). */
static const char *hash_of(struct arena *a, const char *identity)
{
    enum { DIGITS = 16 };
    uint8_t hash[crypto_generichash_BYTES_MIN];
    char *text = arena_alloc(a, DIGITS + 1);
    crypto_generichash(hash, sizeof hash, (const uint8_t *)identity, strlen(identity), NULL, 0);
    sodium_bin2hex(text, DIGITS + 1, hash, DIGITS / 2);
    return text;
}

static int note(struct turn *t, const struct who *who, const char *action, const struct job_row *j, struct err *e)
{
    const char *detail = arena_printf(t->arena, "job %lld at %s%s%s", (long long)j->id, j->site_name, j->name ? ", " : "",
                                      j->name ? j->name : "");
    return journal_note(t, who, action, NULL, NONE, detail, e);
}

/* Every change of a job comes through here. */
static int put(struct turn *t, struct job_row *j, struct err *e)
{
    j->rev = store_next_rev(t->store);
    t->stirred = t->stirred || j->wanted != JOB_WANT_NOTHING;
    turn_gained(t, job_lane(j->id));
    return store_job_set(t->store, j, e);
}

static int check_room(struct turn *t, const struct site_row *w, struct err *e)
{
    int64_t open;
    int r = store_job_open_count(t->store, w->id, &open, e);
    if (r || open < LIMIT_JOBS_OPEN)
        return r;
    return err_refuse(e, ERR_TOO_MANY, "%lld jobs are open at the site '%s'", (long long)open, w->name);
}

static int add(struct turn *t, const struct who *who, struct job_row *j, struct err *e)
{
    int64_t n;
    int r = store_account_ensure(t->store, who->user, t->now_us, &j->account, e);
    if (r == 0)
        r = store_job_newest(t->store, j->site, j->app, j->hash, &n, e);
    if (r)
        return r;
    j->owner = who->user;
    j->n = n + 1;
    j->submission = "";
    j->state = JOB_SUBMITTED;
    j->wanted = JOB_WANT_START;
    j->exitcode = j->started = j->finished = j->seen = NONE;
    j->submitted = t->now_us;
    j->rev = store_next_rev(t->store);
    r = store_job_add(t->store, j, e);
    if (r)
        return r;
    j->submission = arena_printf(t->arena, "docket-%lld-%llx", (long long)j->id, (unsigned long long)t->now_us);
    j->files_ref = j->files == JOB_FILES_AWAITED ? j->id : j->files_ref;
    r = put(t, j, e);
    return r ? r : note(t, who, "submit job", j, e);
}

int job_add(struct turn *t, const struct who *who, const struct job_ask *ask, struct arena *a, struct job_row *out, struct err *e)
{
    struct site_row w;
    int r = site_find(t, who, &ask->site, a, &w, e);
    if (r == 0)
        r = check_room(t, &w, e);
    if (r)
        return r;
    *out = (struct job_row){.site = w.id, .site_owner = w.owner, .site_name = w.name, .app = ask->app ? ask->app : APP,
                            .hash = hash_of(a, ask->identity), .name = ask->name, .settings = ask->settings,
                            .queue = ask->queue ? ask->queue->id : NONE, .queue_name = ask->queue ? ask->queue->name : NULL,
                            .queue_owner = ask->queue ? ask->queue->owner : NULL, .scale = ask->scale, .workers = ask->workers,
                            .cores = ask->cores, .walltime_us = ask->walltime_us,
                            .files = ask->files ? JOB_FILES_AWAITED : NONE, .files_ref = NONE};
    return add(t, who, out, e);
}

/* As old as what its site told last. */
static void recall(const struct engine *c, struct job_row *j)
{
    int64_t at = job_has_ended(j->state) ? NONE : site_seen(c, j->site);
    j->seen = at > j->seen ? at : j->seen;
}

int job_find(struct turn *t, const struct who *who, int64_t id, struct arena *a, struct job_row *out, struct err *e)
{
    int r = store_job_get(t->store, id, a, out, e);
    if (r == 0)
        recall(t->engine, out);
    if (r == 0 && who->scope != SCOPE_WORKER && (who_may(who, out->owner) || who_may(who, out->site_owner)))
        return 0;
    return r < 0 ? r : err_refuse(e, ERR_JOB_NOT_FOUND, "there is no job %lld", (long long)id);
}

int job_list(struct turn *t, const struct who *who, const struct job_filter *f, int max, struct arena *a,
             struct job_row **out_rows, int *out_count, struct err *e)
{
    const struct store_job_filter filter = {.site = f->site, .queue = f->queue, .state = f->state, .before = f->before, .open = f->open};
    int64_t account = NONE;
    int r = who_is_admin(who) ? 0 : store_account_find(t->store, who->user, &account, e);
    if (r == 0)
        r = store_job_list(t->store, account, &filter, max, a, out_rows, out_count, e);
    for (int i = 0; r == 0 && i < *out_count; i++)
        recall(t->engine, &(*out_rows)[i]);
    return r;
}

/* Leases that its workers hold since before `until` (NONE: all) are given back, nothing counted. Those beyond RELEASE_MOST run out, and are
 * not counted either where the job has ended (due.c). */
static int release(struct turn *t, const struct job_row *j, int64_t until, struct err *e)
{
    struct lease_row *leases;
    int count;
    if (j->queue == NONE)
        return 0;
    const char *from = arena_printf(t->arena, "%s%lld.", WORKER, (long long)j->id);
    const char *to = arena_printf(t->arena, "%s%lld/", WORKER, (long long)j->id); /* '/' is what comes after '.' */
    int r = store_lease_of_workers(t->store, j->queue, from, to, RELEASE_MOST, t->arena, &leases, &count, e);
    for (int i = 0; r == 0 && i < count; i++) {
        struct task_row task;
        struct lease_row l;
        r = store_lease_and_task(t->store, leases[i].id, t->arena, &l, &task, e);
        if (r == 0 && (until == NONE || l.started < until))
            r = lease_lose(t, &task, &l, ATTEMPT_RELEASED, EV_RELEASED, e);
    }
    return r < 0 ? r : 0;
}

static int drop_token(struct turn *t, struct job_row *j, struct err *e)
{
    int r = j->has_credential ? store_credential_remove(t->store, CREDENTIAL_JOB, j->credential, e) : 0;
    j->has_credential = false;
    return r;
}

/* What ends with a job. One that is lost may only be out of sight: its workers go on, or their leases run out. */
static int end(struct turn *t, struct job_row *j, struct err *e)
{
    if (j->finished == NONE)
        j->finished = t->now_us;
    if (j->state == JOB_LOST)
        return 0;
    int r = release(t, j, NONE, e);
    return r ? r : drop_token(t, j, e);
}

int job_cancel(struct turn *t, const struct who *who, int64_t id, struct arena *a, struct job_row *out, struct err *e)
{
    int r = job_find(t, who, id, a, out, e);
    if (r || job_has_ended(out->state) || out->wanted == JOB_WANT_CANCEL)
        return r;
    out->wanted = JOB_WANT_CANCEL;
    if (out->files == JOB_FILES_AWAITED) { /* nothing of it has ever left */
        out->wanted = JOB_WANT_NOTHING;
        out->state = JOB_CANCELLED;
        out->finished = t->now_us;
    }
    out->reason = arena_printf(a, "cancelled by %s", who->user);
    r = put(t, out, e);
    return r ? r : note(t, who, "cancel job", out, e);
}

int job_call_off(struct turn *t, struct job_row *j, const char *why, struct err *e)
{
    if (job_has_ended(j->state) || j->wanted == JOB_WANT_CANCEL)
        return 0;
    j->wanted = JOB_WANT_CANCEL;
    j->reason = arena_printf(t->arena, "%s%s", CALLED_OFF, why);
    return put(t, j, e);
}

bool job_was_called_off(const struct job_row *j) { return j->reason && strncmp(j->reason, CALLED_OFF, strlen(CALLED_OFF)) == 0; }

static int refuse_open(const struct job_row *j, const char *what, struct err *e)
{
    int r = err_refuse(e, ERR_JOB_STATE, "job %lld is %s: it cannot be %s", (long long)j->id,
                       j->wanted == JOB_WANT_CANCEL ? "being cancelled" : job_state_word(j->state), what);
    err_hint(e, "cancel it first: docket job cancel %lld", (long long)j->id);
    return r;
}

/* A directory that came with it is still in the store. */
int job_resubmit(struct turn *t, const struct who *who, int64_t id, struct arena *a, struct job_row *out, struct err *e)
{
    struct job_row old;
    struct site_row w;
    int r = job_find(t, who, id, a, &old, e);
    if (r)
        return r;
    if (!job_has_ended(old.state) || old.wanted == JOB_WANT_START)
        return refuse_open(&old, "submitted again", e);
    r = site_find(t, who, &(struct site_ref){old.site_owner, old.site_name}, a, &w, e);
    if (r == 0)
        r = check_room(t, &w, e);
    *out = old;
    out->has_credential = out->cleaned = false;
    out->reason = out->batch = NULL;
    out->scale = NONE;
    return r ? r : add(t, who, out, e);
}

int job_clean(struct turn *t, const struct who *who, int64_t id, struct arena *a, struct job_row *out, struct err *e)
{
    int r = job_find(t, who, id, a, out, e);
    if (r || out->cleaned || out->wanted == JOB_WANT_CLEAN)
        return r;
    if (job_is_open(out))
        return refuse_open(out, "cleaned away", e);
    r = job_let_go(t, out, e);
    return r ? r : note(t, who, "clean job", out, e);
}

int job_let_go(struct turn *t, struct job_row *j, struct err *e)
{
    j->wanted = JOB_WANT_CLEAN;
    return put(t, j, e);
}

int job_files_here(struct turn *t, struct job_row *j, int64_t bytes, struct err *e)
{
    j->files = bytes;
    return put(t, j, e);
}

int job_forget(struct turn *t, const struct who *who, const struct job_row *j, struct err *e)
{
    struct tombstone_row stone = {.rev = store_next_rev(t->store), .queue = 0, .task = j->id, .owner = j->account,
                                  .name = arena_printf(t->arena, "%s_%lld", j->hash, (long long)j->n), .at = t->now_us};
    struct job_row gone = *j;
    int64_t others = 0;
    int r = drop_token(t, &gone, e);
    if (r == 0)
        r = store_job_remove(t->store, j->id, e);
    if (r == 0 && j->files_ref != NONE)
        r = store_job_files(t->store, j->files_ref, &others, e);
    if (r == 0 && j->files_ref != NONE && !others)
        r = store_body_drop(t->store, BODY_JOB, j->files_ref, e);
    if (r == 0)
        r = store_tombstone_add(t->store, &stone, e);
    return r ? r : note(t, who, "forget job", j, e);
}

int job_open(struct turn *t, int64_t site, int64_t after, int max, struct arena *a, struct job_row **out_rows, int *out_count,
             struct err *e)
{
    return store_job_open(t->store, site, after, max, a, out_rows, out_count, e);
}

int job_wanted(struct turn *t, int64_t site, int max, struct arena *a, struct job_row **out_rows, int *out_count, struct err *e)
{
    return store_job_wanted(t->store, site, max, a, out_rows, out_count, e);
}

static int put_token(struct turn *t, const struct job_row *j, int64_t ends, struct err *e)
{
    struct credential_row row = {.kind = CREDENTIAL_JOB, .account = j->account, .scope = SCOPE_WORKER, .queue = j->queue,
                                 .note = arena_printf(t->arena, "job %lld", (long long)j->id), .made = t->now_us, .ends = ends};
    memcpy(row.hash, j->credential, sizeof row.hash);
    int r = store_credential_remove(t->store, CREDENTIAL_JOB, j->credential, e);
    return r ? r : store_credential_add(t->store, &row, e);
}

/* As long as a scheduler may let it wait. */
static int64_t token_ends(const struct turn *t) { return t->now_us + TOKEN_DAYS * 86400 * CLOCK_SECOND; }

int job_give_token(struct turn *t, struct job_row *j, const uint8_t hash[CREDENTIAL_HASH_BYTES], struct err *e)
{
    bool same = j->has_credential && memcmp(j->credential, hash, sizeof j->credential) == 0;
    int r = same ? 0 : drop_token(t, j, e);
    if (r == 0)
        r = store_credential_trim(t->store, CREDENTIAL_JOB, j->account, t->now_us, TOKENS_MOST, e);
    j->has_credential = true;
    memcpy(j->credential, hash, sizeof j->credential);
    if (r == 0)
        r = put_token(t, j, token_ends(t), e);
    return r ? r : store_job_set(t->store, j, e);
}

int job_renumber(struct turn *t, int64_t id, struct err *e)
{
    struct job_row j;
    int64_t n;
    int r = store_job_get(t->store, id, t->arena, &j, e);
    if (r == 0)
        r = store_job_newest(t->store, j.site, j.app, j.hash, &n, e);
    if (r)
        return r < 0 ? r : 0;
    j.n = n + 1;
    return put(t, &j, e);
}

static bool differs(const char *was, const char *is) { return is && (!was || strcmp(was, is) != 0); }
static bool is_news(int64_t was, int64_t is) { return is != NONE && is != was; }

/* Its token is good for as long as the job may run; of one that waits (again) for as long as it may wait. */
static int bound_token(struct turn *t, const struct job_row *j, struct err *e)
{
    if (!j->has_credential || !j->walltime_us || job_has_ended(j->state))
        return 0;
    bool runs = j->state == JOB_RUNNING && j->started != NONE;
    return put_token(t, j, runs ? j->started + j->walltime_us + TOKEN_GRACE_SECONDS * CLOCK_SECOND : token_ends(t), e);
}

static bool take_state(struct job_row *j, const struct job_report *r)
{
    if (!r->state || r->state == j->state || !(FOLLOWS[j->state] & TO(r->state)))
        return false;
    if (j->state == JOB_LOST)
        j->finished = NONE, j->reason = NULL;
    bool gone = r->state == JOB_LOST && j->wanted == JOB_WANT_CANCEL; /* it had not begun, or left nothing */
    j->state = gone ? JOB_CANCELLED : r->state;
    return true;
}

static bool take_want(struct job_row *j, const struct job_report *r)
{
    enum job_want was = j->wanted;
    bool done = (was == JOB_WANT_START && (r->begun || r->refused)) || (was == JOB_WANT_CLEAN && r->cleaned) ||
                (was == JOB_WANT_CLEAN && r->refused) || (was == JOB_WANT_CANCEL && (r->refused || job_has_ended(j->state))) ||
                (was == JOB_WANT_START && j->state != JOB_SUBMITTED);
    if (done)
        j->wanted = JOB_WANT_NOTHING;
    j->cleaned = j->cleaned || r->cleaned;
    return done;
}

/* Its reason once it has ended: who cancelled it stays, and what cancelling looks like to the site is not told beside. */
static bool take_reason(struct job_row *j, const char *reason, bool moved)
{
    bool ours = j->reason && strncmp(j->reason, "cancelled by ", strlen("cancelled by ")) == 0;
    if (ours && moved && job_has_ended(j->state) && j->state != JOB_CANCELLED) { /* it ended before it was */
        j->reason = reason;
        return true;
    }
    if ((ours && j->state == JOB_CANCELLED) || !differs(j->reason, reason) || !(moved || !job_has_ended(j->state)))
        return false;
    j->reason = reason;
    return true;
}

/* Its scheduler begins it anew, for its node died or others went first: whoever worked under it before is gone. That it waited in
 * between need not have been seen. */
static int begin_anew(struct turn *t, const struct job_row *j, const struct job_row *was, struct err *e)
{
    if (was->state == JOB_RUNNING && j->state == JOB_PENDING)
        return release(t, j, NONE, e);
    bool later = was->started != NONE && j->started > was->started + ANEW_US;
    return later ? release(t, j, j->started, e) : 0;
}

int job_report(struct turn *t, int64_t id, const struct job_report *report, struct err *e)
{
    struct job_row j;
    int r = store_job_get(t->store, id, t->arena, &j, e);
    if (r)
        return r < 0 ? r : 0;
    const struct job_row was = j;
    bool ended_before = job_has_ended(j.state) && j.state != JOB_LOST;
    bool moved = take_state(&j, report), began = is_news(j.started, report->started) && !ended_before;
    bool news = moved | began | take_want(&j, report) | take_reason(&j, report->reason, moved);
    if (began)
        j.started = report->started;
    else if (moved && j.state == JOB_PENDING) /* the scheduler took it back */
        j.started = NONE;
    if (differs(j.batch, report->batch))
        j.batch = report->batch, news = true;
    if (!ended_before && is_news(j.exitcode, report->exitcode))
        j.exitcode = report->exitcode, news = true;
    if (!ended_before && job_has_ended(j.state) && is_news(j.finished, report->finished))
        j.finished = report->finished, news = true;
    if (!news)
        return 0;
    j.seen = t->now_us;
    if (moved && job_has_ended(j.state))
        r = end(t, &j, e);
    else
        r = begin_anew(t, &j, &was, e);
    if (r == 0)
        r = scale_note(t, &was, &j, report->refused, e);
    if (r == 0 && (began || moved))
        r = bound_token(t, &j, e);
    return r ? r : put(t, &j, e);
}

int job_adopt(struct turn *t, const struct site_row *site, const struct job_row *found, int64_t *out_id, struct err *e)
{
    struct job_row there, j = *found;
    *out_id = NONE;
    int r = store_job_by_name(t->store, site->id, j.app, j.hash, j.n, t->arena, &there, e);
    if (r != STORE_EMPTY)
        return r;
    j.site = site->id;
    j.account = site->account;
    j.queue = j.scale = j.files = j.files_ref = NONE;
    j.wanted = JOB_WANT_NOTHING;
    j.adopted = true;
    j.seen = t->now_us;
    j.rev = store_next_rev(t->store);
    r = store_job_add(t->store, &j, e);
    *out_id = j.id;
    return r;
}

int64_t job_of_worker(const char *worker)
{
    char *rest;
    size_t n = strlen(WORKER);
    if (strncmp(worker, WORKER, n) != 0 || worker[n] < '1' || worker[n] > '9')
        return NONE;
    long long id = strtoll(worker + n, &rest, 10);
    return *rest == '.' ? id : NONE;
}

/* Does its site not answer? Then workers that come home through it cannot renew either. */
static int is_cut_off(struct turn *t, const struct job_row *j, bool *out, struct err *e)
{
    struct site_row w;
    int r = store_site_by_id(t->store, j->site, t->arena, &w, e);
    *out = r == 0 && (w.state == SITE_AWAY || w.state == SITE_NEEDS_LOGIN);
    return r < 0 ? r : 0;
}

/* A job that is lost has lost its workers, by all that is known: its host was started anew, its process is gone. One that waits is begun anew
 * by its scheduler. What they ran is as innocent as under one that was cancelled. */
int job_excuses(struct turn *t, const char *worker, int64_t queue, bool *out, struct err *e)
{
    struct job_row j;
    int64_t id = job_of_worker(worker);
    *out = false;
    int r = id == NONE ? STORE_EMPTY : store_job_get(t->store, id, t->arena, &j, e);
    if (r || j.queue != queue)
        return r < 0 ? r : 0;
    bool timed_out = j.walltime_us && j.started != NONE && t->now_us >= j.started + j.walltime_us;
    *out = j.state != JOB_RUNNING || timed_out;
    return *out ? 0 : is_cut_off(t, &j, out, e);
}
