/* Jobs: what was started at sites, or is to be. Few rows, changed now and then: an index on their revisions serves those who follow
 * changes. */
#include <string.h>

#include "base/cleanup.h"
#include "store/store_inner.h"

static void read_job(struct db_query *q, struct arena *a, struct job_row *out)
{
    size_t n = 0;
    const void *credential = db_bytes(q, 24, &n, a);
    *out = (struct job_row){
        .id = db_int(q, 0),
        .account = db_int(q, 1),
        .owner = db_text(q, 2, a),
        .site = db_int(q, 3),
        .site_owner = db_text(q, 4, a),
        .site_name = db_text(q, 5, a),
        .app = db_text(q, 6, a),
        .hash = db_text(q, 7, a),
        .n = db_int(q, 8),
        .name = db_text(q, 9, a),
        .submission = db_text(q, 10, a),
        .settings = db_text(q, 11, a),
        .queue = db_int(q, 12),
        .queue_name = db_text(q, 13, a),
        .queue_owner = db_text(q, 14, a),
        .scale = db_int(q, 15),
        .workers = db_int(q, 16),
        .cores = db_int(q, 17),
        .walltime_us = db_int(q, 18),
        .state = (enum job_state)db_int(q, 19),
        .wanted = (enum job_want)db_int(q, 20),
        .reason = db_text(q, 21, a),
        .batch = db_text(q, 22, a),
        .exitcode = db_int(q, 23),
        .has_credential = n == CREDENTIAL_HASH_BYTES,
        .files = db_int(q, 25),
        .files_ref = db_int(q, 26),
        .submitted = db_int(q, 27),
        .started = db_int(q, 28),
        .finished = db_int(q, 29),
        .seen = db_int(q, 30),
        .cleaned = db_int(q, 31) != 0,
        .adopted = db_int(q, 32) != 0,
        .rev = db_int(q, 33),
    };
    if (out->has_credential)
        memcpy(out->credential, credential, n);
}

static int one_job(struct db_query *q, struct arena *a, struct job_row *out, struct err *e)
{
    int r = db_next(q, e);
    if (r == 1)
        read_job(q, a, out);
    return store_found(q, r);
}

static int some_jobs(struct db_query *q, struct arena *a, struct job_row **out_rows, int *out_count, struct err *e)
{
    return STORE_ROWS(q, a, read_job, out_rows, out_count, e);
}

/* Something may still happen to it, or is to: what the index of open ones goes by. */
static int64_t is_open(const struct job_row *j) { return j->state <= JOB_RUNNING || j->wanted != JOB_WANT_NOTHING; }

int store_job_add(struct store *s, struct job_row *j, struct err *e)
{
    return db_insert(s->db, e, &j->id, SQL_JOB_ADD, "iittitttiiiiiiittiiiiiiiiiii", j->account, j->site, j->app, j->hash, j->n,
                     j->name, j->submission, j->settings, j->queue, j->scale, j->workers, j->cores, j->walltime_us,
                     (int64_t)j->state, (int64_t)j->wanted, j->reason, j->batch, j->exitcode, j->files, j->files_ref, j->submitted,
                     j->started, j->finished, j->seen, (int64_t)j->cleaned, (int64_t)j->adopted, is_open(j), j->rev);
}

int store_job_set(struct store *s, const struct job_row *j, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_JOB_SET, "iitiittiiiiiiiibi", j->id, j->n, j->submission, (int64_t)j->state,
                 (int64_t)j->wanted, j->reason, j->batch, j->exitcode, j->files, j->started, j->finished, j->seen,
                 (int64_t)j->cleaned, is_open(j), j->rev, j->has_credential ? j->credential : NULL,
                 j->has_credential ? (size_t)CREDENTIAL_HASH_BYTES : (size_t)0, j->files_ref);
}

int store_job_get(struct store *s, int64_t id, struct arena *a, struct job_row *out, struct err *e)
{
    return one_job(db_start(s->db, SQL_JOB_GET, "i", id), a, out, e);
}

int store_job_by_name(struct store *s, int64_t site, const char *app, const char *hash, int64_t n, struct arena *a,
                      struct job_row *out, struct err *e)
{
    return one_job(db_start(s->db, SQL_JOB_BY_NAME, "itti", site, app, hash, n), a, out, e);
}

int store_job_list(struct store *s, int64_t account, const struct store_job_filter *f, int max, struct arena *a,
                   struct job_row **out_rows, int *out_count, struct err *e)
{
    return some_jobs(db_start(s->db, SQL_JOB_LIST, "iiiiiii", account, f->before == NONE ? INT64_MAX : f->before, f->site,
                              f->queue, f->state, (int64_t)f->open, (int64_t)max),
                     a, out_rows, out_count, e);
}

int store_job_open(struct store *s, int64_t site, int64_t after, int max, struct arena *a, struct job_row **out_rows,
                   int *out_count, struct err *e)
{
    return some_jobs(db_start(s->db, SQL_JOB_OPEN, "iii", site, after, (int64_t)max), a, out_rows, out_count, e);
}

int store_job_wanted(struct store *s, int64_t site, int max, struct arena *a, struct job_row **out_rows, int *out_count,
                     struct err *e)
{
    return some_jobs(db_start(s->db, SQL_JOB_WANTED, "ii", site, (int64_t)max), a, out_rows, out_count, e);
}

int store_job_changed(struct store *s, int64_t since, int max, struct arena *a, struct job_row **out_rows, int *out_count,
                      struct err *e)
{
    return some_jobs(db_start(s->db, SQL_JOB_CHANGED, "ii", since, (int64_t)max), a, out_rows, out_count, e);
}

int store_job_over(struct store *s, int64_t after, int max, struct arena *a, struct job_row **out_rows, int *out_count,
                   struct err *e)
{
    return some_jobs(db_start(s->db, SQL_JOB_OVER, "ii", after, (int64_t)max), a, out_rows, out_count, e);
}

int store_scale_jobs(struct store *s, int64_t scale, int max, struct arena *a, struct job_row **out_rows, int *out_count,
                     struct err *e)
{
    return some_jobs(db_start(s->db, SQL_SCALE_JOBS, "ii", scale, (int64_t)max), a, out_rows, out_count, e);
}

int store_scale_refused(struct store *s, int64_t scale, int64_t skip, int max, struct arena *a, struct job_row **out_rows,
                        int *out_count, struct err *e)
{
    return some_jobs(db_start(s->db, SQL_SCALE_REFUSED, "iii", scale, skip, (int64_t)max), a, out_rows, out_count, e);
}

int store_job_open_count(struct store *s, int64_t site, int64_t *out_n, struct err *e)
{
    return store_number(db_start(s->db, SQL_JOB_OPEN_COUNT, "i", site), out_n, e);
}

int store_job_newest(struct store *s, int64_t site, const char *app, const char *hash, int64_t *out_n, struct err *e)
{
    *out_n = NONE;
    int r = store_number(db_start(s->db, SQL_JOB_NEWEST, "itt", site, app, hash), out_n, e);
    *out_n = *out_n == NONE ? 0 : *out_n;
    return r < 0 ? r : 0;
}

int store_job_files(struct store *s, int64_t ref, int64_t *out_n, struct err *e)
{
    return store_number(db_start(s->db, SQL_JOB_FILES, "i", ref), out_n, e);
}

int store_job_remove(struct store *s, int64_t id, struct err *e) { return db_do(s->db, e, NULL, SQL_JOB_REMOVE, "i", id); }
