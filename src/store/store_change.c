/* Readers of changes: tombstones of what was removed, named consumers, and the journal of who changed what. */
#include "store/store_inner.h"

int store_tombstone_add(struct store *s, const struct tombstone_row *t, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_TOMBSTONE_ADD, "iiiiti", t->rev, t->queue, t->task, t->owner, t->name, t->at);
}

static void read_tombstone(struct db_query *q, struct arena *a, struct tombstone_row *out)
{
    *out = (struct tombstone_row){.rev = db_int(q, 0), .queue = db_int(q, 1), .task = db_int(q, 2),
        .owner = db_int(q, 3), .name = db_text(q, 4, a), .at = db_int(q, 5)};
}

int store_tombstone_changed(struct store *s, int64_t since, int max, struct arena *a, struct tombstone_row **out_rows,
                            int *out_count, struct err *e)
{
    return STORE_ROWS(db_start(s->db, SQL_TOMBSTONE_CHANGED, "ii", since, (int64_t)max),
                      a, read_tombstone, out_rows, out_count, e);
}

int store_tombstone_oldest(struct store *s, int64_t *out_rev, int64_t *out_at, struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_TOMBSTONE_OLDEST, "");
    int r = db_next(q, e);
    if (r == 1)
        *out_rev = db_int(q, 0), *out_at = db_int(q, 1);
    return store_found(q, r);
}

int store_tombstone_forget(struct store *s, int64_t upto_rev, int64_t before_us, int max, int *out_count,
                           struct err *e)
{
    int64_t newest = s->forgotten;
    int count = 0, r;
    struct db_query *q = db_start(s->db, SQL_TOMBSTONE_FORGET, "iii", upto_rev, before_us, (int64_t)max);
    while ((r = db_next(q, e)) == 1) {
        newest = db_int(q, 0) > newest ? db_int(q, 0) : newest;
        count++;
    }
    db_end(q);
    if (r == 0 && newest != s->forgotten)
        r = db_do(s->db, e, NULL, SQL_MARK_FORGET, "i", newest);
    if (r == 0)
        s->forgotten = newest, *out_count = count;
    return r;
}

static void read_consumer(struct db_query *q, struct arena *a, struct consumer_row *out)
{
    *out = (struct consumer_row){
        .name = db_text(q, 0, a), .rev = db_int(q, 1), .began = db_int(q, 2), .seen = db_int(q, 3)};
}

int store_consumer_get(struct store *s, int64_t account, const char *name, struct arena *a, struct consumer_row *out,
                       struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_CONSUMER_GET, "it", account, name);
    int r = db_next(q, e);
    if (r == 1)
        read_consumer(q, a, out);
    return store_found(q, r);
}

int store_consumer_list(struct store *s, int64_t account, const char *after, int max, struct arena *a,
                        struct consumer_row **out_rows, int *out_count, struct err *e)
{
    return STORE_ROWS(db_start(s->db, SQL_CONSUMER_LIST, "iti", account, after, (int64_t)max),
                      a, read_consumer, out_rows, out_count, e);
}

int store_consumer_put(struct store *s, int64_t account, const struct consumer_row *c, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_CONSUMER_PUT, "itiii", account, c->name, c->rev, c->began, c->seen);
}

int store_consumer_remove(struct store *s, int64_t account, const char *name, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_CONSUMER_REMOVE, "it", account, name);
}

int store_consumer_behind(struct store *s, int64_t *out_rev, struct err *e)
{
    return store_number(db_start(s->db, SQL_CONSUMER_BEHIND, ""), out_rev, e);
}

int store_journal_add(struct store *s, const struct journal_row *j, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_JOURNAL_ADD, "itttttit", j->at, j->actor, j->origin, j->action, j->owner,
                 j->queue, j->task, j->detail);
}

static void read_entry(struct db_query *q, struct arena *a, struct journal_row *out)
{
    *out = (struct journal_row){
        .id = db_int(q, 0), .at = db_int(q, 1), .actor = db_text(q, 2, a), .origin = db_text(q, 3, a),
        .action = db_text(q, 4, a), .owner = db_text(q, 5, a), .queue = db_text(q, 6, a), .task = db_int(q, 7),
        .detail = db_text(q, 8, a)};
}

int store_journal_list(struct store *s, int64_t before, const char *owner, const char *queue, int max,
                       struct arena *a, struct journal_row **out_rows, int *out_count, struct err *e)
{
    struct db_query *q = queue ? db_start(s->db, SQL_JOURNAL_OF_QUEUE, "itit", before, owner, (int64_t)max, queue)
                               : db_start(s->db, SQL_JOURNAL_LIST, "iti", before, owner, (int64_t)max);
    return STORE_ROWS(q, a, read_entry, out_rows, out_count, e);
}

int store_journal_forget(struct store *s, int64_t before_us, int max, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_JOURNAL_FORGET, "ii", before_us, (int64_t)max);
}
