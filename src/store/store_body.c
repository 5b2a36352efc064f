/* Bodies: outputs, results and uploaded payloads, in pieces of which all but the last are full. Where one stands is
 * computed from its place, so bytes are written and read at any place by touching one piece. What nothing leads to any
 * more is noted and removed some pieces at a time. */
#include <string.h>

#include "store/store_inner.h"

/* Does the body stand as bytes that were handed in raw? 0, STORE_EMPTY or < 0. */
static int raw_size(struct store *s, enum body_kind kind, int64_t ref, int64_t *out_size, struct err *e)
{
    return store_number(db_start(s->db, SQL_BODY_RAW_GET, "ii", (int64_t)kind, ref), out_size, e);
}

int store_body_put(struct store *s, enum body_kind kind, int64_t ref, const void *bytes, size_t n, struct err *e)
{
    int64_t size;
    int r = raw_size(s, kind, ref, &size, e);
    if (r != STORE_EMPTY)
        return r;
    r = 0;
    for (size_t at = 0; r == 0 && (at < n || at == 0); at += STORE_PIECE) {
        size_t some = n - at < STORE_PIECE ? n - at : STORE_PIECE;
        r = db_do(s->db, e, NULL, SQL_BODY_PUT, "iiib", (int64_t)kind, ref, (int64_t)(at / STORE_PIECE),
                  (const char *)bytes + at, some);
    }
    return r;
}

int store_body_size(struct store *s, enum body_kind kind, int64_t ref, int64_t *out_size, bool *out_raw,
                    struct err *e)
{
    int r = raw_size(s, kind, ref, out_size, e);
    *out_raw = r == 0;
    if (r != STORE_EMPTY)
        return r;
    r = store_number(db_start(s->db, SQL_BODY_LENGTH, "ii", (int64_t)kind, ref), out_size, e);
    return r == 0 && *out_size == NONE ? STORE_EMPTY : r;
}

int store_body_raw_sizes(struct store *s, int64_t lease, int64_t out_sizes[BODY_PAYLOAD], struct err *e)
{
    int r;
    for (int kind = 0; kind < BODY_PAYLOAD; kind++)
        out_sizes[kind] = NONE;
    struct db_query *q = db_start(s->db, SQL_BODY_RAW_OF_LEASE, "i", lease);
    while ((r = db_next(q, e)) == 1)
        out_sizes[db_int(q, 0)] = db_int(q, 1);
    db_end(q);
    return r;
}

int store_body_read(struct store *s, enum body_kind kind, int64_t ref, int64_t at, void *out, size_t room,
                    size_t *out_n, struct err *e)
{
    struct arena a = {0};
    size_t n = 0, from = (size_t)(at % STORE_PIECE);
    struct db_query *q = db_start(s->db, SQL_BODY_GET, "iii", (int64_t)kind, ref, at / STORE_PIECE);
    int r = db_next(q, e);
    const char *piece = r == 1 ? db_bytes(q, 0, &n, &a) : NULL;
    *out_n = from >= n ? 0 : n - from < room ? n - from : room;
    if (*out_n)
        memcpy(out, piece + from, *out_n);
    arena_done(&a);
    return store_found(q, r);
}

int store_body_range(struct store *s, enum body_kind kind, int64_t ref, int64_t at, int64_t end, struct arena *a,
                     const char **out_bytes, size_t *out_n, struct err *e)
{
    char *bytes = arena_alloc(a, (size_t)(end - at) + 1);
    size_t n = 0, some;
    int r = 0;
    for (; r == 0 && at + (int64_t)n < end; n += some) {
        some = 0;
        r = store_body_read(s, kind, ref, at + (int64_t)n, bytes + n, (size_t)(end - at) - n, &some, e);
        if (r == 0 && !some)
            r = STORE_EMPTY;
    }
    *out_bytes = bytes;
    *out_n = n;
    return r;
}

int store_body_get(struct store *s, enum body_kind kind, int64_t ref, struct arena *a, const char **out_bytes,
                   size_t *out_n, struct err *e)
{
    int64_t size;
    bool raw;
    int r = store_body_size(s, kind, ref, &size, &raw, e);
    return r ? r : store_body_range(s, kind, ref, 0, size, a, out_bytes, out_n, e);
}

int store_body_write(struct store *s, enum body_kind kind, int64_t ref, int64_t at, const void *bytes, size_t n,
                     struct err *e)
{
    struct arena a = {0};
    const char *before = "";
    size_t kept = 0, from = (size_t)(at % STORE_PIECE);
    int r = 0;
    if (n && from) /* a piece that was begun goes on */
        r = store_body_range(s, kind, ref, at - (int64_t)from, at, &a, &before, &kept, e);
    if (r == 0 && n) {
        char *piece = arena_alloc(&a, from + n);
        memcpy(piece, before, kept);
        memcpy(piece + from, bytes, n);
        r = db_do(s->db, e, NULL, SQL_BODY_SET, "iiib", (int64_t)kind, ref, at / STORE_PIECE, piece, from + n);
    }
    if (r == 0)
        r = db_do(s->db, e, NULL, SQL_BODY_RAW_SET, "iii", (int64_t)kind, ref, at + (int64_t)n);
    arena_done(&a);
    return r == STORE_EMPTY ? err_fail(e, ERR_INTERNAL, "a body lacks a piece") : r;
}

int store_body_drop(struct store *s, enum body_kind kind, int64_t ref, struct err *e)
{
    int r = db_do(s->db, e, NULL, SQL_BODY_RAW_REMOVE, "ii", (int64_t)kind, ref);
    return r ? r : db_do(s->db, e, NULL, SQL_BODY_GONE_ADD, "ii", (int64_t)kind, ref);
}

int store_body_remove_lease(struct store *s, int64_t lease, struct err *e)
{
    int64_t sizes[BODY_PAYLOAD];
    int r = store_body_raw_sizes(s, lease, sizes, e);
    for (int kind = BODY_STDOUT; r == 0 && kind <= BODY_RESULT; kind++)
        if (sizes[kind] != NONE)
            r = store_body_drop(s, (enum body_kind)kind, lease, e);
    return r ? r : db_do(s->db, e, NULL, SQL_BODY_REMOVE, "i", lease);
}

int store_body_sweep(struct store *s, int max, struct err *e)
{
    int64_t kind = 0, ref = 0, removed = 0;
    struct db_query *q = db_start(s->db, SQL_BODY_GONE_NEXT, "");
    int r = db_next(q, e);
    if (r == 1)
        kind = db_int(q, 0), ref = db_int(q, 1);
    r = store_found(q, r);
    if (r == 0)
        r = db_do(s->db, e, &removed, SQL_BODY_TRIM, "iii", kind, ref, (int64_t)max);
    if (r == 0 && removed < max)
        r = db_do(s->db, e, NULL, SQL_BODY_GONE_REMOVE, "ii", kind, ref);
    return r;
}

int store_payload_get(struct store *s, int64_t queue, const char *name, int64_t *out_id, struct err *e)
{
    return store_number(db_start(s->db, SQL_PAYLOAD_GET, "it", queue, name), out_id, e);
}

int store_payload_add(struct store *s, int64_t queue, const char *name, int64_t now_us, int64_t *out_id,
                      struct err *e)
{
    return db_insert(s->db, e, out_id, SQL_PAYLOAD_ADD, "iti", queue, name, now_us);
}

int store_payload_touch(struct store *s, int64_t id, int64_t now_us, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_PAYLOAD_TOUCH, "ii", id, now_us);
}

int store_payload_remove(struct store *s, int64_t id, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_PAYLOAD_REMOVE, "i", id);
}

int store_payload_oldest(struct store *s, int64_t *out_id, int64_t *out_changed, struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_PAYLOAD_OLDEST, "");
    int r = db_next(q, e);
    if (r == 1)
        *out_id = db_int(q, 0), *out_changed = db_int(q, 1);
    return store_found(q, r);
}

int store_body_any_gone(struct store *s, bool *out_any, struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_BODY_GONE_NEXT, "");
    int r = db_next(q, e);
    *out_any = r == 1;
    db_end(q);
    return r < 0 ? r : 0;
}
