/* See jentab.h. A schema of its own, of which these few questions are all that docket will ever ask: they stand here and not among
 * the queries of the store, which are prepared on its own. */
#include "store/jentab.h"

#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"

static const char TABLES[] = "SELECT table_id, table_name, returned FROM tables ORDER BY table_name COLLATE BINARY";
static const char PAST[] = "SELECT table_id, requestTime, returnTime, client, result IS NOT NULL, error FROM assignments "
                           "ORDER BY table_id, requestTime";
static const char *const TARGETS[TARGET_KINDS] = {
    [TARGET_CEA] = "SELECT table_id, row_id, col_id, mapped FROM cea",
    [TARGET_CTA] = "SELECT table_id, col_id, 0, mapped FROM cta",
    [TARGET_CPA] = "SELECT table_id, sub_id, obj_id, mapped FROM cpa",
};
static const char AUDIT[] = "SELECT task, step, method, tablename, approach, solved_cnt, remaining_cnt, remaining, timestamp FROM audit "
                            "ORDER BY myid";

struct jentab {
    sqlite3 *state, *audit; /* audit NULL: there is none */
    char *path, *audit_path;
};

static const char *path_of(const struct jentab *j, const sqlite3 *db) { return db == j->state ? j->path : j->audit_path; }

static int failure(const struct jentab *j, sqlite3 *db, struct err *e)
{
    return err_fail(e, ERR_FILE, "could not read '%s': %s", path_of(j, db), sqlite3_errmsg(db));
}

static int refuse(const char *path, const char *why, struct err *e)
{
    int r = err_refuse(e, ERR_USAGE, "'%s' is no database of a table work manager: %s", path, why);
    err_hint(e, "it is a file such as db_Y2022_R3.1.db3 in the manager's cache; its audit records are in Audit.db3");
    return r;
}

static int prepare(const struct jentab *j, sqlite3 *db, const char *sql, sqlite3_stmt **out, struct err *e)
{
    return sqlite3_prepare_v2(db, sql, -1, out, NULL) == SQLITE_OK ? 0 : failure(j, db, e);
}

/* Does the file answer each of these? */
static int check(sqlite3 *db, const char *path, const char *const *questions, size_t count, struct err *e)
{
    for (size_t i = 0; i < count; i++) {
        sqlite3_stmt *q = NULL;
        int r = sqlite3_prepare_v2(db, questions[i], -1, &q, NULL);
        sqlite3_finalize(q);
        if (r != SQLITE_OK)
            return refuse(path, sqlite3_errmsg(db), e);
    }
    return 0;
}

/* Read only, and in one transaction, so that a manager at work changes nothing under us. */
static int open_one(const char *path, sqlite3 **out, struct err *e)
{
    char cause[TEXT_CAUSE_BYTES];
    if (access(path, R_OK))
        return err_refuse(e, ERR_USAGE, "could not read '%s': %s", path, text_cause(errno, cause));
    int r = sqlite3_open_v2(path, out, SQLITE_OPEN_READONLY, NULL);
    if (r == SQLITE_OK) {
        sqlite3_busy_timeout(*out, 5000);
        r = sqlite3_exec(*out, "BEGIN; SELECT count(*) FROM sqlite_master", NULL, NULL, NULL);
    }
    return r == SQLITE_OK ? 0 : refuse(path, sqlite3_errmsg(*out), e);
}

static int open_audit(struct jentab *j, const char *path, struct err *e)
{
    static const char *const QUESTIONS[] = {AUDIT};
    j->audit_path = strdup(path);
    int r = open_one(path, &j->audit, e);
    return r ? r : check(j->audit, path, QUESTIONS, COUNT_OF(QUESTIONS), e);
}

int jentab_open(const char *path, const char *audit, struct jentab **out, struct err *e)
{
    const char *const QUESTIONS[] = {TABLES, PAST, TARGETS[TARGET_CEA], TARGETS[TARGET_CTA], TARGETS[TARGET_CPA]};
    struct jentab *j = calloc(1, sizeof *j);
    if (!j)
        abort();
    j->path = strdup(path);
    int r = open_one(path, &j->state, e);
    if (r == 0)
        r = check(j->state, path, QUESTIONS, COUNT_OF(QUESTIONS), e);
    if (r == 0 && audit)
        r = open_audit(j, audit, e);
    if (r)
        jentab_close(j);
    else
        *out = j;
    return r;
}

void jentab_close(struct jentab *j)
{
    if (!j)
        return;
    sqlite3_close(j->state);
    sqlite3_close(j->audit);
    free(j->path);
    free(j->audit_path);
    free(j);
}

/* ---- rows: SQLite turns what is of another type than a column should be into it */

static const char *text(sqlite3_stmt *q, int column) { return (const char *)sqlite3_column_text(q, column); }

/* Seconds in µs, NONE for NULL and for what is no time. */
static int64_t moment(sqlite3_stmt *q, int column)
{
    double seconds = sqlite3_column_double(q, column);
    if (sqlite3_column_type(q, column) == SQLITE_NULL || !(seconds >= 0 && seconds < 1e10))
        return NONE;
    return (int64_t)llround(seconds * CLOCK_SECOND);
}

static void *grow(struct arena *a, void *rows, int count, size_t each)
{
    void *more = arena_array(a, (size_t)count * 2 + 64, each);
    if (count)
        memcpy(more, rows, (size_t)count * each);
    return more;
}

static bool is_full(int count) { return count == 0 || (count >= 64 && (count & (count - 1)) == 0); }

static int next(const struct jentab *j, sqlite3 *db, sqlite3_stmt *q, struct err *e)
{
    int r = sqlite3_step(q);
    return r == SQLITE_ROW ? 1 : r == SQLITE_DONE ? 0 : failure(j, db, e);
}

int jentab_tables(struct jentab *j, struct arena *a, struct jentab_table **out_rows, int *out_count, struct err *e)
{
    sqlite3_stmt *q = NULL;
    struct jentab_table *rows = NULL;
    int n = 0, r = prepare(j, j->state, TABLES, &q, e);
    while (r == 0 && (r = next(j, j->state, q, e)) == 1) {
        if (is_full(n))
            rows = grow(a, rows, n, sizeof *rows);
        const char *name = text(q, 1);
        rows[n++] = (struct jentab_table){sqlite3_column_int64(q, 0), arena_strdup(a, name ? name : ""), sqlite3_column_int(q, 2) == 1};
        r = 0;
    }
    sqlite3_finalize(q);
    *out_rows = rows;
    *out_count = n;
    return r;
}

int jentab_targets(struct jentab *j, enum target_kind kind, jentab_target_fn *fn, void *arg, struct err *e)
{
    sqlite3_stmt *q = NULL;
    int r = prepare(j, j->state, TARGETS[kind], &q, e);
    while (r == 0 && (r = next(j, j->state, q, e)) == 1) {
        struct target_row target = {kind, sqlite3_column_int64(q, 1), sqlite3_column_int64(q, 2), text(q, 3)};
        r = fn(arg, sqlite3_column_int64(q, 0), &target, e);
    }
    sqlite3_finalize(q);
    return r;
}

int jentab_past(struct jentab *j, struct arena *a, struct jentab_past **out_rows, int *out_count, struct err *e)
{
    sqlite3_stmt *q = NULL;
    struct jentab_past *rows = NULL;
    int n = 0, r = prepare(j, j->state, PAST, &q, e);
    while (r == 0 && (r = next(j, j->state, q, e)) == 1) {
        if (is_full(n))
            rows = grow(a, rows, n, sizeof *rows);
        const char *client = text(q, 3);
        rows[n++] = (struct jentab_past){sqlite3_column_int64(q, 0), moment(q, 1), moment(q, 2), arena_strdup(a, client ? client : ""),
                                         sqlite3_column_int(q, 4) == 1, arena_strdup(a, text(q, 5))};
        r = 0;
    }
    sqlite3_finalize(q);
    *out_rows = rows;
    *out_count = n;
    return r;
}

int jentab_audit(struct jentab *j, jentab_audit_fn *fn, void *arg, struct err *e)
{
    sqlite3_stmt *q = NULL;
    int r = j->audit ? prepare(j, j->audit, AUDIT, &q, e) : 0;
    while (r == 0 && j->audit && (r = next(j, j->audit, q, e)) == 1) {
        struct audit_row row = {.task = text(q, 0), .step = text(q, 1), .method = text(q, 2), .name = text(q, 3), .approach = text(q, 4),
                                .solved = sqlite3_column_int64(q, 5), .remaining = sqlite3_column_int64(q, 6), .rest = text(q, 7),
                                .told = text(q, 8)};
        r = fn(arg, &row, e);
    }
    sqlite3_finalize(q);
    return r;
}
