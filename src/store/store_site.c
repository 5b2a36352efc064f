/* Sites, with whom they are shared, and scales: as many jobs at a site as a queue's backlog deserves. */
#include "base/cleanup.h"
#include "store/store_inner.h"

static void read_site(struct db_query *q, struct arena *a, struct site_row *out)
{
    *out = (struct site_row){
        .id = db_int(q, 0),
        .account = db_int(q, 1),
        .owner = db_text(q, 2, a),
        .name = db_text(q, 3, a),
        .kind = db_text(q, 4, a),
        .settings = db_text(q, 5, a),
        .found = db_text(q, 6, a),
        .fixed = db_int(q, 7) != 0,
        .state = (enum site_state)db_int(q, 8),
        .message = db_text(q, 9, a),
        .seen = db_int(q, 10),
        .synced = db_int(q, 11),
        .created = db_int(q, 12),
        .rev = db_int(q, 13),
    };
}

static int one_site(struct db_query *q, struct arena *a, struct site_row *out, struct err *e)
{
    int r = db_next(q, e);
    if (r == 1)
        read_site(q, a, out);
    return store_found(q, r);
}

int store_site_add(struct store *s, struct site_row *w, struct err *e)
{
    return db_insert(s->db, e, &w->id, SQL_SITE_ADD, "ittttiitiiii", w->account, w->name, w->kind, w->settings, w->found,
                     (int64_t)w->fixed, (int64_t)w->state, w->message, w->seen, w->synced, w->created, w->rev);
}

int store_site_set(struct store *s, const struct site_row *w, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_SITE_SET, "itttiitiii", w->id, w->kind, w->settings, w->found, (int64_t)w->fixed,
                 (int64_t)w->state, w->message, w->seen, w->synced, w->rev);
}

int store_site_by_id(struct store *s, int64_t id, struct arena *a, struct site_row *out, struct err *e)
{
    return one_site(db_start(s->db, SQL_SITE_BY_ID, "i", id), a, out, e);
}

int store_site_by_name(struct store *s, const char *owner, const char *name, struct arena *a, struct site_row *out,
                       struct err *e)
{
    return one_site(db_start(s->db, SQL_SITE_BY_NAME, "tt", owner, name), a, out, e);
}

int store_site_list(struct store *s, int64_t account, int max, struct arena *a, struct site_row **out_rows, int *out_count,
                    struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_SITE_LIST, "ii", account, (int64_t)max);
    return STORE_ROWS(q, a, read_site, out_rows, out_count, e);
}

int store_site_total(struct store *s, int64_t account, int64_t *out_n, struct err *e)
{
    return store_number(db_start(s->db, SQL_SITE_TOTAL, "i", account), out_n, e);
}

int store_site_remove(struct store *s, int64_t id, struct err *e)
{
    static const enum sql STEPS[] = {SQL_SITE_REMOVE_SHARE, SQL_SITE_REMOVE_SCALE, SQL_SITE_REMOVE_JOB, SQL_SITE_REMOVE};
    int r = 0;
    for (size_t i = 0; r == 0 && i < COUNT_OF(STEPS); i++)
        r = db_do(s->db, e, NULL, STEPS[i], "i", id);
    return r;
}

int store_site_share(struct store *s, int64_t site, int64_t account, bool may, struct err *e)
{
    return db_do(s->db, e, NULL, may ? SQL_SITE_SHARE_ADD : SQL_SITE_SHARE_REMOVE, "ii", site, account);
}

int store_site_is_shared(struct store *s, int64_t site, int64_t account, bool *out, struct err *e)
{
    int64_t n = 0;
    int r = store_number(db_start(s->db, SQL_SITE_SHARE_GET, "ii", site, account), &n, e);
    *out = r >= 0 && n > 0;
    return r < 0 ? r : 0;
}

static void read_name(struct db_query *q, struct arena *a, const char **out) { *out = db_text(q, 0, a); }

int store_site_shares(struct store *s, int64_t site, struct arena *a, const char ***out_users, int *out_count, struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_SITE_SHARE_LIST, "i", site);
    return STORE_ROWS(q, a, read_name, out_users, out_count, e);
}

int store_site_counts(struct store *s, int64_t site, int64_t out_counts[JOB_STATES], struct err *e)
{
    int r;
    for (int i = 0; i < JOB_STATES; i++)
        out_counts[i] = 0;
    struct db_query *q = db_start(s->db, SQL_SITE_COUNTS, "i", site);
    while ((r = db_next(q, e)) == 1)
        out_counts[db_int(q, 0)] = db_int(q, 1);
    db_end(q);
    return r;
}

static void read_scale(struct db_query *q, struct arena *a, struct scale_row *out)
{
    *out = (struct scale_row){
        .id = db_int(q, 0),
        .account = db_int(q, 1),
        .owner = db_text(q, 2, a),
        .queue = db_int(q, 3),
        .queue_owner = db_text(q, 4, a),
        .queue_name = db_text(q, 5, a),
        .site = db_int(q, 6),
        .site_owner = db_text(q, 7, a),
        .site_name = db_text(q, 8, a),
        .settings = db_text(q, 9, a),
        .min_jobs = db_int(q, 10),
        .max_jobs = db_int(q, 11),
        .tasks_per_worker = db_int(q, 12),
        .workers = db_int(q, 13),
        .cores = db_int(q, 14),
        .walltime_us = db_int(q, 15),
        .budget_us = db_int(q, 16),
        .spent_us = db_int(q, 17),
        .paused = db_int(q, 18) != 0,
        .refused = db_int(q, 19),
        .unbegun = db_int(q, 20),
        .message = db_text(q, 21, a),
        .at = db_int(q, 22),
    };
}

static int one_scale(struct db_query *q, struct arena *a, struct scale_row *out, struct err *e)
{
    int r = db_next(q, e);
    if (r == 1)
        read_scale(q, a, out);
    return store_found(q, r);
}

int store_scale_add(struct store *s, struct scale_row *c, struct err *e)
{
    return db_insert(s->db, e, &c->id, SQL_SCALE_ADD, "iiitiiiiiiiiiiiti", c->account, c->queue, c->site, c->settings, c->min_jobs,
                     c->max_jobs, c->tasks_per_worker, c->workers, c->cores, c->walltime_us, c->budget_us, c->spent_us,
                     (int64_t)c->paused, c->refused, c->unbegun, c->message, c->at);
}

int store_scale_set(struct store *s, const struct scale_row *c, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_SCALE_SET, "itiiiiiiiiiiiti", c->id, c->settings, c->min_jobs, c->max_jobs,
                 c->tasks_per_worker, c->workers, c->cores, c->walltime_us, c->budget_us, c->spent_us, (int64_t)c->paused,
                 c->refused, c->unbegun, c->message, c->at);
}

int store_scale_get(struct store *s, int64_t queue, int64_t site, struct arena *a, struct scale_row *out, struct err *e)
{
    return one_scale(db_start(s->db, SQL_SCALE_GET, "ii", queue, site), a, out, e);
}

int store_scale_by_id(struct store *s, int64_t id, struct arena *a, struct scale_row *out, struct err *e)
{
    return one_scale(db_start(s->db, SQL_SCALE_BY_ID, "i", id), a, out, e);
}

int store_scale_list(struct store *s, int64_t queue, int max, struct arena *a, struct scale_row **out_rows, int *out_count,
                     struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_SCALE_LIST, "ii", queue, (int64_t)max);
    return STORE_ROWS(q, a, read_scale, out_rows, out_count, e);
}

int store_scale_remove(struct store *s, int64_t id, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_SCALE_REMOVE, "i", id);
}
