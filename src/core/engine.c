/* The engine. What always holds: works change memory only through their effects, and effects are carried out
 * only after the commit; so a rollback needs no undoing, and a turn can be run again as often as it takes. */
#include "core/engine.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "core/backup.h"
#include "core/clients.h"
#include "core/crew.h"
#include "core/due.h"
#include "core/errand.h"
#include "core/feed.h"
#include "core/parking.h"
#include "core/rate.h"
#include "core/retention.h"
#include "core/site.h"
#include "core/stats.h"

enum { SERVED_MAX = 256, PACK_BESIDE = 200, PACK_ALONE = 2000 }; /* changes the pass looks at, ten times a second */

/* One call of engine_run, over as many tries as it takes. */
struct attempt_at_turn {
    struct turn turn;
    struct work **works;
    int count, taken;
    struct work *parked[SERVED_MAX]; /* waiting ones run in this turn: first those whose wait is over */
    int overdue, served;
    bool no_room, house, fed;
    bool doubt, cover; /* a try that found no room stands in the log all the same; it might, and is to be covered */
    int64_t changes, commit_us; /* the store's changes when it began; how long the commit took */
    int64_t due_us;             /* when the store wants the next turn by itself; NONE: not */
    int64_t house_us, pack_us;  /* when housekeeping, and the pass over the changes, are due next */
    int64_t *hungry; /* in the turn's arena */
    int hungry_count;
};

/* What a start owes to workers: nobody could renew while there was no server. */
static int settle_in(struct store *store, int64_t now_us, struct err *e)
{
    enum { FORGET_DAYS = 7 };
    int r = store_lease_revive(store, now_us, e);
    if (r == 0)
        r = store_client_forget(store, now_us - CLIENTS_SECONDS * CLOCK_SECOND, e);
    return r ? r : store_worker_forget(store, now_us - FORGET_DAYS * 86400 * CLOCK_SECOND, e);
}

static int begin_life(struct engine *c, int64_t now_us, struct err *e)
{
    int r = store_begin(c->store, e);
    if (r == 0)
        r = settle_in(c->store, now_us, e);
    if (r == 0)
        return store_commit(c->store, now_us, e);
    store_rollback(c->store);
    return r;
}

int engine_init(struct engine *c, struct store *store, int64_t now_us, struct err *e)
{
    c->store = store;
    c->turn_rows = c->turn_rows ? c->turn_rows : LIMIT_TURN_ROWS;
    c->slice_rows = c->slice_rows ? c->slice_rows : LIMIT_SLICE_ROWS;
    c->parking = parking_new();
    c->rates = rates_new();
    c->stats = stats_new();
    c->crew = crew_new();
    c->clients = clients_new();
    c->errands = errands_new();
    c->seen = site_seen_new();
    c->due_us = 0;
    int r = begin_life(c, now_us, e);
    if (r == -ERR_STORAGE_FULL && !c->full) {
        c->full = true;
        if (c->free_reserve)
            c->free_reserve(c->arg);
        r = begin_life(c, now_us, e);
    }
    if (r == -ERR_STORAGE_FULL) { /* reads go on; the first turn with room makes up for it */
        c->unsettled = true;
        r = 0;
    }
    if (r == 0)
        r = crew_load(c->crew, store, e);
    if (r == 0)
        r = clients_load(c->clients, store, now_us, e);
    if (r)
        engine_done(c);
    return r;
}

void engine_done(struct engine *c)
{
    parking_free(c->parking);
    rates_free(c->rates);
    stats_free(c->stats);
    crew_free(c->crew);
    clients_free(c->clients);
    errands_free(c->errands);
    site_seen_free(c->seen);
    free(c->hungry);
    c->hungry = NULL;
    c->hungry_count = 0;
    c->parking = NULL;
    c->rates = NULL;
    c->stats = NULL;
    c->crew = NULL;
    c->clients = NULL;
    c->errands = NULL;
    c->seen = NULL;
}

static int refuse_full(struct work *w)
{
    w->result = err_refuse(&w->err, ERR_STORAGE_FULL, "the disk of the server is full: this was not stored");
    err_hint(&w->err, "send it again once there is room");
    return w->result;
}

/* Some reads write a little (whoever comes in for the first time gets an account), and what makes room needs some. */
static bool has_no_place(const struct attempt_at_turn *a, const struct work *w)
{
    return a->no_room || (a->turn.full && w->kind == WORK_READ);
}

/* 0: it has a result. < 0 (e says why): the turn has to be run again; w is broken if it was the cause: it failed, or was
 * refused after it had written something, of which nothing may stay. */
static int run_work(struct attempt_at_turn *a, struct work *w, struct err *e)
{
    if (w->broken)
        return 0;
    w->effects = (struct effects){.queue = NONE};
    w->err = (struct err){0};
    bool refused = (a->turn.full && w->kind == WORK_WRITE) || (a->no_room && w->kind == WORK_RESERVE);
    if (refused) {
        refuse_full(w);
        return 0;
    }
    int64_t changes = store_changes(a->turn.store);
    w->result = w->run(w, &a->turn, &w->err);
    bool wrote = store_changes(a->turn.store) != changes;
    if (w->result >= 0 && wrote && has_no_place(a, w))
        refuse_full(w);
    if (w->result != 0 && w->result != TURN_PARK)
        w->effects = (struct effects){.queue = NONE};
    bool half_done = w->result > 0 && w->result < TURN_PARK && wrote;
    w->broken = half_done || w->result == -ERR_INTERNAL;
    if (w->result < 0)
        *e = w->err;
    return half_done ? -ERR_INTERNAL : w->result < 0 ? w->result : 0;
}

/* A copy of the store is the first to give way: then there may be room. */
static void enter_full(struct attempt_at_turn *a)
{
    struct engine *c = a->turn.engine;
    if (backup_give_way(c))
        return;
    if (c->full)
        a->no_room = true;
    else if (c->free_reserve)
        c->free_reserve(c->arg);
    c->full = true;
    c->full_retry_us = a->turn.now_us + CLOCK_SECOND;
}

/* What a failure means for the turn: 1: roll back and run it again; < 0: it cannot be. */
static int judge(struct attempt_at_turn *a, int failure)
{
    if (failure == -ERR_STORAGE_FULL)
        enter_full(a);
    return failure == -ERR_STORAGE_FULL || failure == -ERR_INTERNAL ? 1 : failure;
}

static int run_due(struct attempt_at_turn *a, struct err *e)
{
    struct engine *c = a->turn.engine;
    if (a->turn.full || a->turn.now_us < c->due_retry_us)
        return 0;
    turn_part(&a->turn, (a->count ? 1 : 2) * CLOCK_MS);
    int r = c->unsettled ? settle_in(a->turn.store, a->turn.now_us, e) : 0;
    if (r == 0)
        r = due_run(&a->turn, e);
    if (r == -ERR_INTERNAL) {
        c->due_retry_us = a->turn.now_us + CLOCK_SECOND;
        if (c->complain)
            c->complain(c->arg, e);
    }
    return r < 0 ? judge(a, r) : 0;
}

/* How long works may take together: 2 ms, and where a commit takes longer than that, twice as long as it, at most 20 ms. On
 * a slow disk shorter turns would only make everyone wait for more commits. One that has been alone for a while (a stream, as
 * a rule) keeps nobody waiting, and may take 8 ms. */
static int64_t works_us(struct attempt_at_turn *a)
{
    enum { LEAST_MS = 2, ALONE_MS = 8, MOST_MS = 20 };
    struct engine *c = a->turn.engine;
    if (a->count > 1)
        c->company_us = a->turn.now_us;
    bool alone = a->turn.now_us - c->company_us > CLOCK_SECOND;
    int64_t least_us = (alone ? ALONE_MS : LEAST_MS) * CLOCK_MS, us = 2 * c->commit_us;
    return us < least_us ? least_us : us > MOST_MS * CLOCK_MS ? MOST_MS * CLOCK_MS : us;
}

static int run_works(struct attempt_at_turn *a, struct err *e)
{
    turn_part(&a->turn, works_us(a));
    for (a->taken = 0; a->taken < a->count; a->taken++) {
        if (a->taken && turn_is_long(&a->turn))
            break;
        int r = run_work(a, a->works[a->taken], e);
        if (r < 0)
            return judge(a, r);
    }
    return 0;
}

/* Runs a waiting work again. 1: it is answered, or waits elsewhere now; 0: still nothing; < 0: as run. */
static int serve(struct attempt_at_turn *a, struct work *w, struct err *e)
{
    int r = run_work(a, w, e);
    if (r < 0)
        return r;
    return w->result != TURN_PARK || w->effects.queue != w->parked_queue;
}

static bool already_run(const struct attempt_at_turn *a, const struct work *w)
{
    for (int i = 0; i < a->overdue; i++)
        if (a->parked[i] == w)
            return true;
    return false;
}

/* Those who waited longest first, until there is nothing more: one claim that finds nothing may be of who holds itself
 * what could be held a second time; after two of them there is nothing. What one reader of changes does not find
 * says nothing of the others, and whoever waits for the end of an operation waits alone (their lanes have no queue's number). */
static int serve_lane(struct attempt_at_turn *a, int64_t queue, struct list *lane, struct err *e)
{
    int in_vain = 0, most = queue > FEED_LANE ? 2 : INT_MAX;
    LIST_EACH (node, lane) {
        struct work *w = LIST_OF(struct work, parked, node);
        if (w->over || already_run(a, w) || (w->gone && w->gone(w)))
            continue;
        if (a->served == SERVED_MAX) {
            a->hungry[a->hungry_count++] = queue;
            return 0;
        }
        int r = serve(a, w, e);
        if (r < 0 || (r == 0 && ++in_vain == most))
            return r;
        if (r == 0)
            continue;
        in_vain = 0;
        a->parked[a->served++] = w;
    }
    return 0;
}

/* Readers of changes wait in a lane of their own, served at most every FEED_PAUSE_MS. */
static void wake_readers(struct attempt_at_turn *a)
{
    struct engine *c = a->turn.engine;
    a->fed = store_rev(a->turn.store) != c->feed_rev && a->turn.now_us >= c->feed_us && parking_of(c->parking, FEED_LANE);
    if (a->fed)
        turn_gained(&a->turn, FEED_LANE);
}

static int serve_parked(struct attempt_at_turn *a, struct err *e)
{
    struct turn *t = &a->turn;
    wake_readers(a);
    for (int i = 0; i < a->overdue; i++) {
        int r = serve(a, a->parked[i], e);
        if (r < 0)
            return r;
    }
    a->served = a->overdue;
    a->hungry = arena_array(t->arena, (size_t)t->gained_count + 1, sizeof *a->hungry);
    for (int i = 0; t->full && i < t->gained_count; i++) /* they are served once there is room again */
        a->hungry[a->hungry_count++] = t->gained[i];
    for (int i = 0; !t->full && i < t->gained_count; i++) {
        struct list *lane = parking_of(t->engine->parking, t->gained[i]);
        int r = lane ? serve_lane(a, t->gained[i], lane, e) : 0;
        for (int k = 0; r == 0 && k < a->taken; k++)
            if (a->works[k]->result == TURN_PARK && a->works[k]->effects.queue == t->gained[i])
                r = run_work(a, a->works[k], e);
        if (r < 0)
            return r;
    }
    return 0;
}

static void reset(struct attempt_at_turn *a)
{
    struct engine *c = a->turn.engine;
    a->turn.full = c->full;
    a->turn.backup_asked = a->turn.stirred = false;
    a->turn.announced = a->turn.errands = 0;
    a->turn.house = !c->full && a->turn.now_us >= c->house_us;
    a->house = a->turn.house;
    a->turn.pack = c->full || a->turn.now_us < c->pack_us ? 0 : a->count ? PACK_BESIDE : PACK_ALONE;
    a->turn.gained_count = a->turn.note_count = 0;
    for (int i = 0; i < c->hungry_count; i++)
        turn_gained(&a->turn, c->hungry[i]);
    a->hungry_count = 0;
}

static int64_t spent_us(const struct engine *c) { return c->spent_us ? c->spent_us(c->arg) : 0; }

/* What is refused for lack of room must not come back: where it may stand in the log, the next commit takes its place, if only with a
 * revision that nothing carries. After a write that found no room (a torn page may be whole by what stood there before) that is tried
 * once; after a sync, until it goes well. */
static int commit(struct attempt_at_turn *a, struct err *e)
{
    int64_t began_us = spent_us(a->turn.engine);
    if (a->cover)
        store_next_rev(a->turn.store);
    int r = store_commit(a->turn.store, a->turn.now_us, e);
    a->doubt = a->doubt || store_in_doubt(a->turn.store);
    a->cover = a->doubt || (r == -ERR_STORAGE_FULL && !a->cover);
    a->commit_us = spent_us(a->turn.engine) - began_us;
    return r;
}

static void sooner(int64_t *us, int64_t other)
{
    if (other != NONE && (*us == NONE || other < *us))
        *us = other;
}

static int64_t next_house(const struct attempt_at_turn *a)
{
    if (!a->house)
        return a->turn.engine->house_us;
    return a->turn.house ? a->turn.now_us : a->turn.now_us + CLOCK_SECOND;
}

/* A pass over the changes is made beside all else, a little ten times a second. */
static int64_t next_pack(const struct attempt_at_turn *a)
{
    return a->turn.pack ? a->turn.now_us + CLOCK_SECOND / 10 : a->turn.engine->pack_us;
}

/* Asked before the commit, where it costs no transactions of its own. */
static int due_by_itself(struct attempt_at_turn *a, struct err *e)
{
    struct engine *c = a->turn.engine;
    int64_t house, house_us = next_house(a);
    int r = due_next(c->store, a->turn.now_us, &a->due_us, e);
    if (r == 0)
        r = retention_due(c->store, house_us, &house, e);
    if (r == 0 && house != NONE)
        sooner(&a->due_us, house > house_us ? house : house_us);
    a->house_us = house_us;
    a->pack_us = next_pack(a);
    if (store_change_is_packing(c->store))
        sooner(&a->due_us, a->pack_us);
    return r;
}

/* One try. 0: committed; 1: again; < 0: the disk failed. */
static int try_turn(struct attempt_at_turn *a, struct err *e)
{
    struct store *s = a->turn.store;
    reset(a);
    a->changes = store_changes(s);
    int r = store_begin(s, e);
    if (r == 0)
        r = run_due(a, e);
    if (r == 0)
        r = run_works(a, e);
    if (r == 0) {
        r = serve_parked(a, e);
        r = r < 0 ? judge(a, r) : 0;
    }
    if (r) {
        store_rollback(s);
        return r;
    }
    r = due_by_itself(a, e);
    if (r == 0)
        r = commit(a, e);
    else
        store_rollback(s);
    return r == -ERR_STORAGE_FULL ? judge(a, r) : r;
}

static void carry_out(struct attempt_at_turn *a, struct work *w)
{
    struct engine *c = a->turn.engine;
    if (w->result == TURN_PARK && !w->over) {
        parking_add(c->parking, w);
        if (w->effects.backup)
            backup_begin(c, w);
        if (w->effects.errand)
            errand_begin(c, w);
        if (w->wait)
            w->wait(w);
        return;
    }
    if (w->result == TURN_AGAIN) {
        w->again(w);
        return;
    }
    if (w->effects.ended.count)
        rates_add(c->rates, w->effects.queue, &w->effects.ended, a->turn.now_us);
    w->done(w);
}

/* What memory learns of the turn. */
static void remember(struct attempt_at_turn *a)
{
    struct engine *c = a->turn.engine;
    bool wrote = store_changes(a->turn.store) != a->changes;
    c->stirred = c->stirred || a->turn.stirred;
    for (int i = 0; i < a->turn.note_count; i++) {
        stats_take(c->stats, &a->turn.notes[i]);
        crew_take(c->crew, &a->turn.notes[i], a->turn.now_us);
        clients_take(c->clients, &a->turn.notes[i]);
    }
    if (wrote) /* a mean over about eight of them */
        c->commit_us += (a->commit_us - c->commit_us) / 8;
    stats_turn(c->stats, spent_us(c), wrote ? a->commit_us : -1);
}

static void carry_out_parked(struct attempt_at_turn *a, struct work *w)
{
    struct engine *c = a->turn.engine;
    parking_remove(c->parking, w);
    if (w->result == TURN_PARK && !w->over)
        parking_add(c->parking, w); /* its queue was removed and made again in one turn: it waits at the new one */
    else
        carry_out(a, w);
}

static void tell_failure(struct attempt_at_turn *a, const struct err *e)
{
    for (int i = 0; i < a->count; i++) {
        a->works[i]->result = -(int)e->code;
        a->works[i]->err = *e;
        a->works[i]->done(a->works[i]);
    }
    a->taken = a->count;
}

static void leave_full(struct engine *c, int64_t now_us)
{
    if (!c->full || now_us < c->full_retry_us)
        return;
    c->full = c->restore_reserve && !c->restore_reserve(c->arg);
    c->full_retry_us = now_us + CLOCK_SECOND;
}

/* Each try that fails leaves one work or what is due out of the next, or frees room, or gives up on writing. */
static int run_until_committed(struct attempt_at_turn *a, struct err *e)
{
    int r, most = a->count + parking_count(a->turn.engine->parking) + 4;
    for (int tries = 0; (r = try_turn(a, e)) == 1; tries++)
        if (tries > most)
            return err_fail(e, a->doubt ? ERR_COMMIT_UNKNOWN : ERR_INTERNAL, "the turn could not be committed");
    return r;
}

static void keep_hungry(struct engine *c, const struct attempt_at_turn *a)
{
    size_t bytes = (size_t)a->hungry_count * sizeof *c->hungry;
    free(c->hungry);
    c->hungry = bytes ? malloc(bytes) : NULL;
    if (bytes && !c->hungry)
        abort();
    if (bytes)
        memcpy(c->hungry, a->hungry, bytes);
    c->hungry_count = a->hungry_count;
}

int engine_run(struct engine *c, struct work **works, int count, int64_t now_us, int *out_taken, struct err *e)
{
    struct arena arena = {0};
    struct attempt_at_turn a = {
        .turn = {.engine = c, .store = c->store, .now_us = now_us, .arena = &arena},
        .works = works,
        .count = count,
    };
    leave_full(c, now_us);
    a.overdue = parking_overdue(c->parking, now_us, a.parked, SERVED_MAX);
    int r = run_until_committed(&a, e);
    if (r == 0) {
        c->unsettled = c->unsettled && a.turn.full;
        c->due_us = a.due_us;
        keep_hungry(c, &a);
        if (a.fed) {
            c->feed_rev = store_rev(c->store);
            c->feed_us = now_us + FEED_PAUSE_MS * CLOCK_MS;
        }
        c->house_us = a.house_us;
        c->pack_us = a.pack_us;
        remember(&a);
        for (int i = 0; i < a.served; i++)
            carry_out_parked(&a, a.parked[i]);
        for (int i = 0; i < a.taken; i++)
            carry_out(&a, works[i]);
    } else {
        c->due_us = now_us + CLOCK_SECOND;
        c->failed = r == -ERR_COMMIT_UNKNOWN;
        tell_failure(&a, e);
    }
    *out_taken = a.taken;
    arena_done(&arena);
    return r;
}

int64_t engine_due(const struct engine *c, int64_t now_us)
{
    int64_t us = c->full ? c->full_retry_us : c->due_us;
    if (us != NONE && us < c->due_retry_us)
        us = c->due_retry_us;
    if (c->hungry_count && !c->full)
        sooner(&us, now_us);
    sooner(&us, parking_next_us(c->parking));
    if (parking_of(c->parking, FEED_LANE) && store_rev(c->store) != c->feed_rev)
        sooner(&us, c->feed_us > now_us ? c->feed_us : now_us);
    return us;
}

void engine_unpark(struct engine *c, struct work *w)
{
    parking_remove(c->parking, w);
    backup_end(c, w);
    errand_end(c, w);
}

void engine_end_wait(struct engine *c, struct work *w) { parking_end(c->parking, w); }
void engine_unpark_all(struct engine *c) { parking_end_all(c->parking); }

void engine_abandon(struct engine *c, const struct err *e)
{
    struct work *works[SERVED_MAX];
    int count;
    engine_unpark_all(c);
    while ((count = parking_overdue(c->parking, 0, works, SERVED_MAX)) > 0)
        for (int i = 0; i < count; i++) {
            parking_remove(c->parking, works[i]);
            works[i]->result = -(int)e->code;
            works[i]->err = *e;
            works[i]->done(works[i]);
        }
}
