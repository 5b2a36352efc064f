/* SQLite behind db.h: one connection, every statement of sql/ prepared at the first use and kept, WAL with
 * synchronous=FULL, so that a commit that returned is on disk. Failures are told apart by what the server does about
 * them: no room (ERR_STORAGE_FULL: refused, everything goes on), the disk failed (ERR_COMMIT_UNKNOWN: the server stops,
 * recovery decides), ours (ERR_INTERNAL). The log is moved into the database only when asked (db_checkpoint), never by
 * a commit. */
#include "store/sqlite_inner.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "store/record.h"

static bool no_room(sqlite3 *handle, int code)
{
    if ((code & 0xff) == SQLITE_FULL || code == SQLITE_IOERR_SHMSIZE)
        return true;
    int cause = handle ? sqlite3_system_errno(handle) : 0;
    return (code & 0xff) == SQLITE_IOERR && (cause == ENOSPC || cause == EDQUOT);
}

int sqlite_failure(sqlite3 *handle, int code, const char *doing, struct err *e)
{
    const char *why = handle ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
    if (no_room(handle, code))
        return err_fail(e, ERR_STORAGE_FULL, "%s: the disk is full", doing);
    if ((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB)
        return err_fail(e, ERR_COMMIT_UNKNOWN, "%s: %s", doing, why);
    return err_fail(e, ERR_INTERNAL, "%s: %s", doing, why);
}

static int failure(struct db *db, int code, const char *doing, struct err *e)
{
    return sqlite_failure(db->handle, code, doing, e);
}

static int on_commit_to_log(void *arg, sqlite3 *handle, const char *name, int frames)
{
    struct db *db = arg;
    db->log_frames = frames;
    return SQLITE_OK;
}

/* Exclusive comes before the first look into the log: only then is its index kept in our own memory instead of a file
 * that the hosts of a shared file system would each map for themselves. */
static int configure(struct db *db, const struct db_options *o, struct err *e)
{
    int r = o->exclusive ? db_script(db, "PRAGMA locking_mode=EXCLUSIVE;", e) : 0;
    if (r == 0)
        r = db_script(db, "PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON; PRAGMA wal_autocheckpoint=0;"
                          "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF;", e);
    if (r == 0)
        r = db_script(db, o->no_sync ? "PRAGMA synchronous=OFF;" : "PRAGMA synchronous=FULL;", e);
    sqlite3_wal_hook(db->handle, on_commit_to_log, db);
    return r;
}

/* A log that survived a power cut may end inside a sector that holds acknowledged commits; on a disk without safe
 * overwrites the next write could spoil them. So nothing is appended to it: it moves into the database first. Where
 * there is no room for that, opening goes on. */
static int empty_log(struct db *db, struct err *e)
{
    int r = db_checkpoint(db, e);
    return r == -ERR_STORAGE_FULL ? 0 : r;
}

/* One thread uses the library, and nobody asks how much memory it has: no locks, no counting. A tenth of a claim's time. */
static void configure_library(void)
{
    static bool configured;
    if (configured)
        return;
    configured = true;
    sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static struct db *make(const char *vfs)
{
    configure_library();
    struct db *db = calloc(1, sizeof *db);
    if (!db)
        abort();
    db->vfs = vfs;
    return db;
}

int db_open(const struct db_options *o, struct db **out_db, struct err *e)
{
    struct db *db = make(o->vfs);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int r = sqlite3_open_v2(o->path, &db->handle, flags, o->vfs);
    if (r)
        r = failure(db, r, "could not open the store", e);
    else
        r = configure(db, o, e);
    if (r == 0)
        r = empty_log(db, e);
    if (r) {
        db_close(db);
        return err_widen(e, r, "%s: ", o->path);
    }
    *out_db = db;
    return 0;
}

/* A path as SQLite reads it in a URI. */
static void put_path(struct buf *b, const char *path)
{
    for (; *path; path++)
        if (strchr("%?#", *path))
            buf_printf(b, "%%%02X", (unsigned char)*path);
        else
            buf_putc(b, *path);
}

int db_open_still(const char *path, struct db **out_db, struct err *e)
{
    CLEANUP(buf_done) struct buf uri = {0};
    struct db *db = make(NULL);
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    buf_puts(&uri, "file:");
    put_path(&uri, path);
    buf_puts(&uri, "?immutable=1");
    int r = sqlite3_open_v2(uri.data, &db->handle, flags, NULL);
    r = r ? failure(db, r, "could not open it", e) : db_script(db, "PRAGMA trusted_schema=OFF;", e);
    if (r) {
        db_close(db);
        return r;
    }
    *out_db = db;
    return 0;
}

int db_open_scratch(const char *path, struct db **out_db, struct err *e)
{
    struct db *db = make(NULL);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int r = sqlite3_open_v2(path, &db->handle, flags, NULL);
    r = r ? failure(db, r, "could not open it", e) :
            db_script(db, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE;"
                          "PRAGMA trusted_schema=OFF;", e);
    if (r) {
        db_close(db);
        return r;
    }
    *out_db = db;
    return 0;
}

void db_forsake(struct db *db)
{
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_exec(db->handle, "PRAGMA query_only=ON", NULL, NULL, NULL);
}

void db_close(struct db *db)
{
    if (!db)
        return;
    for (int i = 0; i < SQL_COUNT; i++)
        sqlite3_finalize(db->queries[i].stmt);
    sqlite3_close(db->handle);
    free(db);
}

static int bind(struct db_query *q, const char *format, va_list args)
{
    int r = SQLITE_OK;
    for (int i = 1; *format && r == SQLITE_OK; format++, i++) {
        if (*format == 'i') {
            int64_t n = va_arg(args, int64_t);
            r = n == NONE ? sqlite3_bind_null(q->stmt, i) : sqlite3_bind_int64(q->stmt, i, n);
        } else if (*format == 't') {
            r = sqlite3_bind_text(q->stmt, i, va_arg(args, const char *), -1, SQLITE_STATIC);
        } else {
            const void *bytes = va_arg(args, const void *);
            size_t n = va_arg(args, size_t);
            r = sqlite3_bind_blob64(q->stmt, i, n ? bytes : "", n, SQLITE_STATIC);
        }
    }
    return r;
}

static struct db_query *start(struct db *db, enum sql sql, const char *format, va_list args)
{
    struct db_query *q = &db->queries[sql];
    q->db = db;
    q->failed = SQLITE_OK;
    if (!q->stmt)
        q->failed = sqlite3_prepare_v3(db->handle, SQL_TEXT[sql], -1, SQLITE_PREPARE_PERSISTENT, &q->stmt, NULL);
    if (!q->failed)
        q->failed = bind(q, format, args);
    return q;
}

struct db_query *db_start(struct db *db, enum sql sql, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct db_query *q = start(db, sql, format, args);
    va_end(args);
    return q;
}

int db_next(struct db_query *q, struct err *e)
{
    int r = q->failed ? q->failed : sqlite3_step(q->stmt);
    if (r == SQLITE_ROW)
        return 1;
    if (r == SQLITE_DONE)
        return 0;
    return failure(q->db, r, "the store failed", e);
}

void db_end(struct db_query *q)
{
    if (!q->stmt)
        return; /* it could not be prepared */
    sqlite3_reset(q->stmt); /* each start binds all of its values anew */
}

int db_do(struct db *db, struct err *e, int64_t *out_changes, enum sql sql, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct db_query *q = start(db, sql, format, args);
    va_end(args);
    int r = db_next(q, e);
    if (r >= 0 && out_changes)
        *out_changes = sqlite3_changes64(db->handle);
    db_end(q);
    return r < 0 ? r : 0;
}

int db_insert(struct db *db, struct err *e, int64_t *out_id, enum sql sql, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct db_query *q = start(db, sql, format, args);
    va_end(args);
    int r = db_next(q, e);
    if (r >= 0)
        *out_id = sqlite3_last_insert_rowid(db->handle);
    db_end(q);
    return r < 0 ? r : 0;
}

int64_t db_int(struct db_query *q, int column)
{
    int64_t n = sqlite3_column_int64(q->stmt, column); /* 0 for NULL */
    return !n && sqlite3_column_type(q->stmt, column) == SQLITE_NULL ? NONE : n;
}

const char *db_text(struct db_query *q, int column, struct arena *a)
{
    const unsigned char *text = sqlite3_column_text(q->stmt, column);
    return arena_copy(a, text, text ? (size_t)sqlite3_column_bytes(q->stmt, column) : 0);
}

const void *db_bytes(struct db_query *q, int column, size_t *out_n, struct arena *a)
{
    const void *bytes = sqlite3_column_blob(q->stmt, column);
    *out_n = (size_t)sqlite3_column_bytes(q->stmt, column);
    return arena_copy(a, bytes ? bytes : "", *out_n);
}

int db_script(struct db *db, const char *text, struct err *e)
{
    int r = sqlite3_exec(db->handle, text, NULL, NULL, NULL);
    return r ? failure(db, r, "the store could not be set up", e) : 0;
}

int64_t db_changes(const struct db *db) { return sqlite3_total_changes64(db->handle); }

int64_t db_log_frames(const struct db *db) { return db->log_frames; }

int db_checkpoint(struct db *db, struct err *e)
{
    int in_log = 0, moved = 0;
    int r = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &in_log, &moved);
    if (r == SQLITE_BUSY)
        return 0;
    if (r)
        return failure(db, r, "the write-ahead log could not be moved into the store", e);
    db->log_frames = in_log - moved;
    return 0;
}

bool db_sync_failed(const struct db *db) { return sqlite3_extended_errcode(db->handle) == SQLITE_IOERR_FSYNC; }

void db_rollback(struct db *db)
{
    if (!sqlite3_get_autocommit(db->handle))
        sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}
