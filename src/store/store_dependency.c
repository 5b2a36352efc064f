/* What waits for what, and who has yet to be told that something has ended. */
#include "store/store_inner.h"

int store_dependency_add(struct store *s, int64_t task, int64_t needs, bool met, int64_t across, struct err *e)
{
    int r = db_do(s->db, e, NULL, SQL_DEPENDENCY_ADD, "iiii", task, needs, (int64_t)met, across);
    return r ? r : db_do(s->db, e, NULL, SQL_TASK_NEED, "i", needs);
}

static void read_dependency(struct db_query *q, struct arena *a, struct dependency_row *out)
{
    *out = (struct dependency_row){.needs = db_int(q, 0), .met = db_int(q, 1) != 0, .state = db_int(q, 2)};
}

int store_dependency_list(struct store *s, int64_t task, int max, struct arena *a, struct dependency_row **out_rows,
                          int *out_count, struct err *e)
{
    return STORE_ROWS(db_start(s->db, SQL_DEPENDENCY_LIST, "ii", task, (int64_t)max),
                      a, read_dependency, out_rows, out_count, e);
}

static void read_id(struct db_query *q, struct arena *a, int64_t *out) { *out = db_int(q, 0); }

int store_dependency_dependents(struct store *s, int64_t needs, int64_t after, int max, struct arena *a,
                                int64_t **out_ids, int *out_count, struct err *e)
{
    return STORE_ROWS(db_start(s->db, SQL_DEPENDENCY_DEPENDENTS, "iii", needs, after, (int64_t)max),
                      a, read_id, out_ids, out_count, e);
}

int store_dependency_meet(struct store *s, int64_t task, int64_t needs, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_DEPENDENCY_MEET, "ii", task, needs);
}

int store_dependency_remove(struct store *s, int64_t task, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_DEPENDENCY_REMOVE, "i", task);
}

static void read_reach(struct db_query *q, struct arena *a, struct reach_row *out)
{
    *out = (struct reach_row){.id = db_int(q, 0), .via = db_int(q, 1)};
}

int store_dependency_reach(struct store *s, int64_t task, int max, struct arena *a, struct reach_row **out_rows,
                           int *out_count, struct err *e)
{
    return STORE_ROWS(db_start(s->db, SQL_DEPENDENCY_REACH, "ii", task, (int64_t)max),
                      a, read_reach, out_rows, out_count, e);
}

int store_dependency_across(struct store *s, int64_t queue, bool *out, struct err *e)
{
    int64_t one;
    int r = store_number(db_start(s->db, SQL_DEPENDENCY_ACROSS, "i", queue), &one, e);
    if (r >= 0)
        *out = r == 0;
    return r < 0 ? r : 0;
}

int store_announcement_put(struct store *s, const struct announcement_row *n, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_ANNOUNCEMENT_PUT, "ii", n->task, n->cursor);
}

int store_announcement_next(struct store *s, struct announcement_row *out, struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_ANNOUNCEMENT_NEXT, "");
    int r = db_next(q, e);
    if (r == 1)
        *out = (struct announcement_row){.task = db_int(q, 0), .cursor = db_int(q, 1)};
    return store_found(q, r);
}

int store_announcement_remove(struct store *s, int64_t task, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_ANNOUNCEMENT_REMOVE, "i", task);
}
