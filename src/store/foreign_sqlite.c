/* A database of theirs in a file of SQLite. A store of docket's own is none of theirs. */
#include <errno.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "store/foreign_inner.h"

enum { BUSY_MS = 10000 };

struct lite {
    struct foreign f;
    sqlite3 *db;
    sqlite3_stmt *statements[FOREIGN_STATEMENTS];
    int count; /* of values */
};

static int failure(struct foreign *f, struct err *e) { return foreign_refuse(f, sqlite3_errmsg(((struct lite *)f)->db), e); }

static int run(struct foreign *f, const char *sql, struct err *e)
{
    return sqlite3_exec(((struct lite *)f)->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : failure(f, e);
}

/* Does a question of one number answer other than 0? */
static int is_so(struct foreign *f, const char *sql, bool *out, struct err *e)
{
    sqlite3_stmt *q = NULL;
    int r = sqlite3_prepare_v2(((struct lite *)f)->db, sql, -1, &q, NULL);
    if (r == SQLITE_OK)
        r = sqlite3_step(q);
    *out = r == SQLITE_ROW && sqlite3_column_int(q, 0);
    r = r == SQLITE_ROW ? 0 : failure(f, e);
    sqlite3_finalize(q);
    return r;
}

static int check_foreign(struct foreign *f, struct err *e)
{
    static const char OURS[] = "SELECT count(*) = 4 FROM sqlite_master WHERE type = 'table' AND name IN ('mark', 'credential', 'tombstone', 'spec')";
    bool ours = false;
    int r = is_so(f, OURS, &ours, e);
    if (r || !ours)
        return r;
    return err_refuse(e, ERR_USAGE, "%s is docket's own store: take a file of your own", f->name);
}

static int open_file(const char *url, struct foreign **out, struct err *e)
{
    struct lite *l = calloc(1, sizeof *l);
    const char *path = url + strlen(foreign_sqlite.scheme);
    CLEANUP(cleanup_free) char *real = NULL;
    if (!l)
        abort();
    l->f.driver = &foreign_sqlite;
    l->f.name = arena_printf(&l->f.arena, "sqlite:%s", path);
    *out = &l->f;
    if (!*path)
        return err_refuse(e, ERR_USAGE, "sqlite: needs the name of a file");
    if (sqlite3_open_v2(path, &l->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK)
        return failure(&l->f, e);
    sqlite3_busy_timeout(l->db, BUSY_MS);
    int r = check_foreign(&l->f, e);
    real = r ? NULL : realpath(path, NULL);
    if (real)
        l->f.name = arena_printf(&l->f.arena, "sqlite:%s", real);
    return r;
}

static void close_file(struct foreign *f)
{
    struct lite *l = (struct lite *)f;
    for (int i = 0; i < FOREIGN_STATEMENTS; i++)
        sqlite3_finalize(l->statements[i]);
    sqlite3_close(l->db);
}

static int begin(struct foreign *f, const struct foreign_table *t, struct err *e) { return run(f, "BEGIN IMMEDIATE", e); }

static int prepare(struct foreign *f, enum foreign_statement which, const char *sql, int count, struct err *e)
{
    struct lite *l = (struct lite *)f;
    sqlite3_finalize(MOVE(l->statements[which]));
    l->count = count;
    return sqlite3_prepare_v3(l->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &l->statements[which], NULL) == SQLITE_OK ? 0 : failure(f, e);
}

/* A column without a type of its own keeps what it is given, so numbers are given as such. */
static int bind(sqlite3_stmt *q, int at, enum foreign_kind kind, const char *value)
{
    if (!value)
        return sqlite3_bind_null(q, at);
    if (kind == FOREIGN_INT || kind == FOREIGN_TRUTH)
        return sqlite3_bind_int64(q, at, strtoll(value, NULL, 10));
    if (kind == FOREIGN_NUMBER)
        return sqlite3_bind_double(q, at, strtod(value, NULL));
    return sqlite3_bind_text(q, at, value, -1, SQLITE_STATIC);
}

static int step(struct foreign *f, sqlite3_stmt *q, struct foreign_answer *out, struct err *e)
{
    struct lite *l = (struct lite *)f;
    int r = sqlite3_step(q);
    *out = (struct foreign_answer){0};
    if (r == SQLITE_ROW)
        *out = (struct foreign_answer){1, sqlite3_column_int(q, 0) != 0};
    else if (r == SQLITE_DONE && !sqlite3_stmt_readonly(q))
        out->rows = sqlite3_changes64(l->db);
    int failed = r == SQLITE_ROW || r == SQLITE_DONE ? 0 : failure(f, e);
    sqlite3_reset(q);
    return failed;
}

static int ask(struct foreign *f, enum foreign_statement which, const char *const *values, struct foreign_answer *out, struct err *e)
{
    struct lite *l = (struct lite *)f;
    sqlite3_stmt *q = l->statements[which];
    for (int i = 0; i < l->count; i++)
        if (bind(q, i + 1, f->table->columns[i].kind, values[i]) != SQLITE_OK)
            return failure(f, e);
    return step(f, q, out, e);
}

static int once(struct foreign *f, const char *sql, const char *value, struct foreign_answer *out, struct err *e)
{
    sqlite3_stmt *q = NULL;
    bool ready = sqlite3_prepare_v2(((struct lite *)f)->db, sql, -1, &q, NULL) == SQLITE_OK &&
                 sqlite3_bind_text(q, 1, value, -1, SQLITE_STATIC) == SQLITE_OK;
    int r = ready ? step(f, q, out, e) : failure(f, e);
    sqlite3_finalize(q);
    return r;
}

static int columns(struct foreign *f, const char *table, struct arena *a, const char ***out, int *out_count, struct err *e)
{
    struct lite *l = (struct lite *)f;
    sqlite3_stmt *q = NULL;
    int n = 0, max = sqlite3_limit(l->db, SQLITE_LIMIT_COLUMN, -1), r = SQLITE_DONE;
    const char **names = arena_array(a, (size_t)max, sizeof *names);
    if (sqlite3_prepare_v2(l->db, "SELECT name FROM pragma_table_xinfo(?1)", -1, &q, NULL) != SQLITE_OK ||
        sqlite3_bind_text(q, 1, table, -1, SQLITE_STATIC) != SQLITE_OK)
        r = SQLITE_ERROR;
    while (r != SQLITE_ERROR && n < max && (r = sqlite3_step(q)) == SQLITE_ROW)
        names[n++] = arena_strdup(a, (const char *)sqlite3_column_text(q, 0));
    int failed = r == SQLITE_DONE || r == SQLITE_ROW ? 0 : failure(f, e);
    sqlite3_finalize(q);
    *out = names;
    *out_count = n;
    return failed;
}

const struct foreign_driver foreign_sqlite = {
    .scheme = "sqlite:",
    .marker = '?',
    .types = {[FOREIGN_TEXT] = "TEXT", [FOREIGN_INT] = "INTEGER", [FOREIGN_NUMBER] = "REAL", [FOREIGN_TRUTH] = "INTEGER",
              [FOREIGN_TIME] = "TEXT"},
    .open = open_file,
    .close = close_file,
    .begin = begin,
    .run = run,
    .prepare = prepare,
    .ask = ask,
    .once = once,
    .columns = columns,
};
