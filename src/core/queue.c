/* See queue.h. The default policy is DESIGN's: a lease of 60 s (a day for those who cannot renew), one attempt, three crashes, no backoff. */
#include "core/queue.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "core/account.h"
#include "core/crew.h"
#include "core/eta.h"
#include "core/journal.h"
#include "core/rate.h"
#include "core/retention.h"

static const struct queue_policy DEFAULT_POLICY = {
    .lease_us = 60 * CLOCK_SECOND, .max_attempts = 1, .max_crashes = 3, .backoff_us = 0, .face_lease_us = 86400 * CLOCK_SECOND};

int queue_check_name(const char *name, struct err *e)
{
    size_t n = strlen(name);
    if (n < 1 || n > LIMIT_NAME)
        return err_refuse(e, ERR_BAD_NAME, "the name of a queue has 1 to %d bytes", LIMIT_NAME);
    if (strchr(name, '/') || text_has_control(name) || !text_is_utf8(name, n) || !strcmp(name, ".") ||
        !strcmp(name, ".."))
        return err_refuse(e, ERR_BAD_NAME, "the name of a queue is UTF-8 without '/' and control characters");
    return 0;
}

static const char *owner_of(const struct who *who, const struct queue_ref *ref)
{
    return ref->owner ? ref->owner : who->user;
}

/* A queue that cannot exist is refused by its name, one that does not by its absence. */
static int not_found(const struct queue_ref *ref, struct err *e)
{
    struct buf name = {0};
    if (ref->owner && (!*ref->owner || strlen(ref->owner) > LIMIT_USER))
        return err_refuse(e, ERR_BAD_NAME, "the name of a user has 1 to %d bytes", LIMIT_USER);
    if (queue_check_name(ref->name, e))
        return ERR_BAD_NAME;
    text_cut(&name, ref->name, 60);
    err_refuse(e, ERR_QUEUE_NOT_FOUND, "there is no queue '%s'", buf_text(&name));
    buf_done(&name);
    return ERR_QUEUE_NOT_FOUND;
}

int queue_find(struct turn *t, const struct who *who, const struct queue_ref *ref, struct arena *a,
               struct queue_row *out, struct err *e)
{
    int r = who_may(who, owner_of(who, ref)) ? store_queue_by_name(t->store, owner_of(who, ref), ref->name, a, out, e)
                                             : STORE_EMPTY;
    if (r == 0 && !who_may_queue(who, out))
        r = STORE_EMPTY;
    return r == STORE_EMPTY ? not_found(ref, e) : r;
}

/* Whoever asks is somebody, row or not. */
static int find_owner(struct turn *t, const struct who *who, const char *name, struct arena *a, int64_t *out_id,
                      struct err *e)
{
    struct account_row account;
    if (strcmp(name, who->user) == 0)
        return store_account_ensure(t->store, name, t->now_us, out_id, e);
    int r = account_find(t, who, name, a, &account, e);
    *out_id = r ? 0 : account.id;
    return r;
}

static int make(struct turn *t, const struct who *who, const struct queue_ref *ref, struct arena *a,
                struct queue_row *out, struct err *e)
{
    int64_t account;
    int r = queue_check_name(ref->name, e);
    if (r == 0)
        r = find_owner(t, who, owner_of(who, ref), a, &account, e);
    if (r)
        return r;
    *out = (struct queue_row){
        .account = account,
        .owner = arena_strdup(a, owner_of(who, ref)),
        .name = arena_strdup(a, ref->name),
        .lease_us = DEFAULT_POLICY.lease_us,
        .max_attempts = DEFAULT_POLICY.max_attempts,
        .max_crashes = DEFAULT_POLICY.max_crashes,
        .backoff_us = DEFAULT_POLICY.backoff_us,
        .face_lease_us = DEFAULT_POLICY.face_lease_us,
        .deleted = NONE,
        .created = t->now_us,
        .rev = store_next_rev(t->store),
    };
    return store_queue_add(t->store, out, e);
}

static void change(int64_t *part, int64_t to)
{
    if (to != NONE)
        *part = to;
}

static void apply(struct queue_row *q, const struct queue_policy *policy)
{
    change(&q->lease_us, policy->lease_us);
    change(&q->max_attempts, policy->max_attempts);
    change(&q->max_crashes, policy->max_crashes);
    change(&q->backoff_us, policy->backoff_us);
    change(&q->speculate, policy->speculate);
    change(&q->cascade, policy->cascade);
    change(&q->retention_us, policy->retention_us);
    change(&q->face_lease_us, policy->face_lease_us);
}

int queue_make(struct turn *t, const struct who *who, const struct queue_ref *ref, const struct queue_policy *policy,
               struct arena *a, struct queue_row *out, struct err *e)
{
    int r = make(t, who, ref, a, out, e);
    apply(out, policy);
    return r ? r : store_queue_set(t->store, out, e);
}

int queue_ensure(struct turn *t, const struct who *who, const struct queue_ref *ref, struct arena *a,
                 struct queue_row *out, bool *out_made, struct err *e)
{
    int r = queue_find(t, who, ref, a, out, e);
    bool missing = r == ERR_QUEUE_NOT_FOUND && who->scope != SCOPE_WORKER && who_may(who, owner_of(who, ref));
    if (missing)
        r = make(t, who, ref, a, out, e);
    if (r == 0 && out_made)
        *out_made = missing;
    return r;
}


/* What of a policy was named, for the journal. */
static const char *policy_words(const struct queue_policy *p, struct arena *a)
{
    const struct {
        const char *name;
        int64_t value, unit;
        const char *off, *on; /* of a truth, else NULL */
    } PARTS[] = {
        {"lease_seconds", p->lease_us, CLOCK_SECOND, NULL, NULL},
        {"max_attempts", p->max_attempts, 1, NULL, NULL},
        {"max_crashes", p->max_crashes, 1, NULL, NULL},
        {"backoff_seconds", p->backoff_us, CLOCK_SECOND, NULL, NULL},
        {"speculate", p->speculate, 1, "off", "on"},
        {"on_dependency_failure", p->cascade, 1, "wait", "cancel"},
        {"retention_seconds", p->retention_us, CLOCK_SECOND, NULL, NULL},
        {"face_lease_seconds", p->face_lease_us, CLOCK_SECOND, NULL, NULL},
    };
    const char *words = NULL;
    for (size_t i = 0; i < COUNT_OF(PARTS); i++) {
        if (PARTS[i].value == NONE)
            continue;
        const char *value = PARTS[i].value ? PARTS[i].on : PARTS[i].off;
        if (!value)
            value = arena_printf(a, "%g", (double)PARTS[i].value / (double)PARTS[i].unit);
        words = arena_printf(a, "%s%s%s %s", words ? words : "", words ? ", " : "", PARTS[i].name, value);
    }
    return words;
}

int queue_put(struct turn *t, const struct who *who, const struct queue_ref *ref, const struct queue_policy *policy,
              struct arena *a, struct queue_row *out, bool *out_made, struct err *e)
{
    bool made;
    int r = queue_ensure(t, who, ref, a, out, &made, e);
    if (r)
        return r;
    if (out_made)
        *out_made = made;
    apply(out, policy);
    out->sweep_at = retention_next(out->retention_us, t->now_us);
    out->rev = store_next_rev(t->store);
    if (out->speculate)
        turn_gained(t, out->id);
    r = journal_note(t, who, made ? "create" : "set", out, NONE, policy_words(policy, a), e);
    return r ? r : store_queue_set(t->store, out, e);
}

int queue_pause(struct turn *t, const struct who *who, const struct queue_ref *ref, bool paused, struct arena *a,
                struct queue_row *out, struct err *e)
{
    int r = queue_find(t, who, ref, a, out, e);
    if (r || out->paused == paused)
        return r;
    out->paused = paused;
    out->rev = store_next_rev(t->store);
    if (!paused)
        turn_gained(t, out->id);
    r = journal_note(t, who, paused ? "pause" : "resume", out, NONE, NULL, e);
    return r ? r : store_queue_set(t->store, out, e);
}

/* Waiting tasks count as work: when their time comes is not looked at. */
static void estimate(struct turn *t, struct queue_view *v)
{
    const struct rate_window *window = rates_of(t->engine->rates, v->row.id, t->now_us);
    int64_t running = v->counts[TASK_RUNNING], left = v->counts[TASK_WAITING] + v->counts[TASK_PENDING] + running;
    struct eta eta = {NONE, NONE, NONE};
    v->rate = eta_rate(window, t->now_us);
    if (!v->row.paused)
        eta_estimate(window, left, running, t->now_us, &eta); /* says nothing where too little is known */
    v->eta_us = eta.us;
    v->eta_low_us = eta.low_us;
    v->eta_high_us = eta.high_us;
}

/* Whoever waits here for others waits for good once nothing runs, nothing has its time to come, no other queue works on
 * what is waited for, and nobody is still to be told of what succeeded: dependencies have no circles, so the first of a
 * chain has ended badly. */
static int look_drained(struct turn *t, struct queue_view *v, struct err *e)
{
    struct announcement_row told;
    bool goes_on = v->counts[TASK_PENDING] || v->counts[TASK_RUNNING];
    int r = 0;
    if (!goes_on && v->counts[TASK_WAITING])
        r = store_task_timed(t->store, v->row.id, &goes_on, e);
    if (r == 0 && !goes_on && v->counts[TASK_WAITING])
        r = store_dependency_across(t->store, v->row.id, &goes_on, e);
    if (r == 0 && !goes_on && v->counts[TASK_WAITING]) {
        r = store_announcement_next(t->store, &told, e);
        goes_on = r == 0;
    }
    v->drained = !goes_on;
    return r < 0 ? r : 0;
}

int queue_look(struct turn *t, struct arena *a, struct queue_view *v, struct err *e)
{
    int r = store_counts(t->store, v->row.id, v->counts, e);
    if (r)
        return r;
    r = store_dataset_there(t->store, v->row.id, &v->tables, e);
    if (r)
        return r;
    estimate(t, v);
    v->workers = crew_count(t->engine->crew, v->row.id, t->now_us);
    r = look_drained(t, v, e);
    if (r)
        return r;
    return store_operation_list(t->store, v->row.id, a, &v->operations, &v->operation_count, e);
}

int queue_list(struct turn *t, const struct who *who, const char *owner, const char *after, int max, struct arena *a,
               struct queue_row **out_rows, int *out_count, struct err *e)
{
    struct account_row account;
    bool others = owner && strcmp(owner, who->user) != 0;
    int r = others ? account_find(t, who, owner, a, &account, e) : 0;
    return r ? r : store_queue_list(t->store, others ? owner : who->user, after, max, a, out_rows, out_count, e);
}
