/* Operations: one event for many tasks, a stored row that is worked off in slices. */
#include "store/store_inner.h"

int store_operation_add(struct store *s, struct operation_row *o, struct err *e)
{
    return db_insert(s->db, e, &o->id, SQL_OPERATION_ADD, "iiiitiiiiiiiti", o->queue, o->event, o->state, o->exitcode,
                     o->worker, o->flags, o->before, o->priority, o->upto, o->cursor, o->done, o->live,
                     o->actor, o->created);
}

static void read_operation(struct db_query *q, struct arena *a, struct operation_row *out)
{
    *out = (struct operation_row){
        .id = db_int(q, 0),
        .queue = db_int(q, 1),
        .event = db_int(q, 2),
        .state = db_int(q, 3),
        .exitcode = db_int(q, 4),
        .worker = db_text(q, 5, a),
        .flags = db_int(q, 6),
        .before = db_int(q, 7),
        .priority = db_int(q, 8),
        .upto = db_int(q, 9),
        .cursor = db_int(q, 10),
        .done = db_int(q, 11),
        .live = db_int(q, 12),
        .ended = db_int(q, 13),
        .actor = db_text(q, 14, a),
        .created = db_int(q, 15),
    };
}

static int read_operations(struct db_query *q, struct arena *a, struct operation_row **out_rows, int *out_count,
                           struct err *e)
{
    return STORE_ROWS(q, a, read_operation, out_rows, out_count, e);
}

int store_operation_next(struct store *s, int max, struct arena *a, struct operation_row **out_rows, int *out_count,
                         struct err *e)
{
    return read_operations(db_start(s->db, SQL_OPERATION_NEXT, "i", (int64_t)max), a, out_rows, out_count, e);
}

int store_operation_list(struct store *s, int64_t queue, struct arena *a, struct operation_row **out_rows,
                         int *out_count, struct err *e)
{
    return read_operations(db_start(s->db, SQL_OPERATION_LIST, "i", queue), a, out_rows, out_count, e);
}

int store_operation_total(struct store *s, int64_t *out_n, struct err *e)
{
    return store_number(db_start(s->db, SQL_OPERATION_TOTAL, ""), out_n, e);
}

int store_operation_set(struct store *s, const struct operation_row *o, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_OPERATION_SET, "iiiii", o->id, o->cursor, o->done, o->live, o->ended);
}

int store_operation_get(struct store *s, int64_t id, struct arena *a, struct operation_row *out, struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_OPERATION_GET, "i", id);
    int r = db_next(q, e);
    if (r == 1)
        read_operation(q, a, out);
    return store_found(q, r);
}

int store_operation_forget(struct store *s, int64_t ended_us, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_OPERATION_FORGET, "i", ended_us);
}

int store_operation_remove_queue(struct store *s, int64_t queue, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_OPERATION_REMOVE_QUEUE, "i", queue);
}
