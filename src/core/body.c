/* See body.h. Who may write is asked anew with each piece: a lease may end in between. One that ended by itself or was
 * cancelled does not make what it computed worthless: it is taken still, and stays with the attempt. */
#include "core/body.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "core/lease.h"

enum { SWEEP_PIECES = 8 };
#define PAYLOAD_KEPT_US (LIMIT_PAYLOAD_DAYS * 86400 * CLOCK_SECOND)

int body_look(struct turn *t, enum body_kind kind, int64_t ref, struct body *out, struct err *e)
{
    *out = (struct body){.kind = kind, .ref = ref};
    int r = store_body_size(t->store, kind, ref, &out->size, &out->raw, e);
    out->there = r == 0;
    out->size = r == 0 ? out->size : 0;
    return r == STORE_EMPTY ? 0 : r;
}

/* May a closed lease still be written for? */
static int check_closed(struct turn *t, const struct queue_row *q, const char *worker, int64_t lease, bool write,
                        struct err *e)
{
    struct attempt_row attempt;
    int r = store_attempt_get(t->store, lease, t->arena, &attempt, e);
    if (r < 0)
        return r;
    if (r == STORE_EMPTY || attempt.queue != q->id || strcmp(attempt.worker, worker) != 0)
        return err_refuse(e, ERR_LEASE_NOT_FOUND, "this worker has no lease %lld in this queue", (long long)lease);
    bool finished = attempt.outcome == ATTEMPT_SUCCEEDED || attempt.outcome == ATTEMPT_FAILED;
    if (write && (finished || attempt.late_at != NONE))
        return err_refuse(e, ERR_LEASE_CLOSED, "lease %lld is closed, and what it handed in stands", (long long)lease);
    return 0;
}

int body_of_lease(struct turn *t, const struct queue_row *q, const char *worker, int64_t lease, enum body_kind kind,
                  bool write, struct body *out, struct err *e)
{
    struct lease_row row;
    int r = lease_find(t, q, worker, lease, &row, e);
    if (r == STORE_EMPTY)
        r = check_closed(t, q, worker, lease, write, e);
    return r ? r : body_look(t, kind, lease, out, e);
}

static int find_payload(struct turn *t, const struct queue_row *q, const char *name, int64_t *out_id, struct err *e)
{
    int r = store_payload_get(t->store, q->id, name, out_id, e);
    if (r == STORE_EMPTY)
        return err_refuse(e, ERR_PAYLOAD_NOT_FOUND, "there is no payload '%.200s' in this queue", name);
    return r;
}

int body_of_payload(struct turn *t, const struct queue_row *q, const char *name, bool make, struct body *out,
                    struct err *e)
{
    int64_t id;
    int r = find_payload(t, q, name, &id, e);
    if (r == ERR_PAYLOAD_NOT_FOUND && make)
        r = store_payload_add(t->store, q->id, name, t->now_us, &id, e);
    else if (r == 0 && make)
        r = store_payload_touch(t->store, id, t->now_us, e);
    return r ? r : body_look(t, BODY_PAYLOAD, id, out, e);
}

static int refuse_gap(int64_t at, int64_t size, struct err *e)
{
    int r = err_refuse(e, ERR_BODY_GAP, "these bytes begin at %lld, and %lld are there", (long long)at,
                       (long long)size);
    err_hint(e, "send from=%lld", (long long)size);
    return r;
}

int body_begin(struct turn *t, struct body *b, int64_t at, struct err *e)
{
    if (at > b->size || (!b->raw && at))
        return refuse_gap(at, b->raw ? b->size : 0, e);
    b->size = at;
    b->raw = b->there = true;
    bool of_lease = b->kind != BODY_PAYLOAD && b->kind != BODY_JOB;
    int r = !of_lease ? 0 : store_lease_set_raw(t->store, b->ref, e);
    return r ? r : store_body_write(t->store, b->kind, b->ref, at, NULL, 0, e);
}

int body_append(struct turn *t, struct body *b, int64_t at, const char *bytes, size_t n, size_t *out_n, struct err *e)
{
    size_t room = STORE_PIECE - (size_t)(at % STORE_PIECE);
    size_t some = n < room ? n : room;
    if (at != b->size)
        return refuse_gap(at, b->size, e);
    if (at + (int64_t)some > LIMIT_RAW_BODY)
        return err_refuse(e, ERR_TOO_LARGE, "the body has more than %d bytes", LIMIT_RAW_BODY);
    int r = some ? store_body_write(t->store, b->kind, b->ref, at, bytes, some, e) : 0;
    b->size = at + (int64_t)some;
    *out_n = some;
    return r;
}

int body_take_payload(struct turn *t, const struct queue_row *q, const char *name, int64_t *out_ref,
                      int64_t *out_size, struct err *e)
{
    bool raw;
    int r = find_payload(t, q, name, out_ref, e);
    if (r == 0)
        r = store_body_size(t->store, BODY_PAYLOAD, *out_ref, out_size, &raw, e);
    if (r == STORE_EMPTY)
        return err_fail(e, ERR_INTERNAL, "a payload has no body");
    return r ? r : store_payload_remove(t->store, *out_ref, e);
}

static int drop(struct turn *t, int64_t id, struct err *e)
{
    int r = store_payload_remove(t->store, id, e);
    return r ? r : store_body_drop(t->store, BODY_PAYLOAD, id, e);
}

int body_drop_payload(struct turn *t, const struct queue_row *q, const char *name, struct err *e)
{
    int64_t id;
    int r = find_payload(t, q, name, &id, e);
    return r ? r : drop(t, id, e);
}

int body_read(struct engine *c, const struct body *b, int64_t at, void *out, size_t room, size_t *out_n, struct err *e)
{
    return store_body_read(c->store, b->kind, b->ref, at, out, room, out_n, e);
}

int body_slice(struct turn *t, struct err *e)
{
    int64_t id, changed;
    int r = store_payload_oldest(t->store, &id, &changed, e);
    if (r == 0 && changed + PAYLOAD_KEPT_US <= t->now_us)
        r = drop(t, id, e);
    if (r >= 0)
        r = store_body_sweep(t->store, SWEEP_PIECES, e);
    return r < 0 ? r : 0;
}

int body_due(struct store *s, int64_t now_us, int64_t *out_us, struct err *e)
{
    int64_t id, changed;
    bool any;
    int r = store_body_any_gone(s, &any, e);
    if (r < 0)
        return r;
    *out_us = any ? now_us : NONE;
    r = any ? 0 : store_payload_oldest(s, &id, &changed, e);
    if (r == 0 && !any)
        *out_us = changed + PAYLOAD_KEPT_US;
    return r < 0 ? r : 0;
}
