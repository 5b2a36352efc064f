/* Copying the database while it is written to: SQLite's backup interface, reading on the writer's own connection. A commit puts
 * the pages it changed into the copy too, so the copy is of the moment it ends and never has to begin anew; from
 * any other connection it would at each commit. Only a rollback of pages that had already been written to the log
 * makes SQLite begin again; that is counted, so that whoever steps can take longer steps.
 *
 * The copy itself needs no journal and no sync: until it is whole it is worth nothing. */
#include <stdlib.h>

#include "store/sqlite_inner.h"

struct db_copy {
    struct db *db;
    sqlite3 *to;
    sqlite3_backup *backup;
    int left, restarts; /* left: pages */
    int64_t page_bytes;
};

static int64_t page_bytes(sqlite3 *handle)
{
    sqlite3_stmt *q = NULL;
    int64_t bytes = 4096;
    if (sqlite3_prepare_v2(handle, "PRAGMA page_size", -1, &q, NULL) == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW)
        bytes = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    return bytes;
}

/* Whatever befell the copy, the database itself is well: no failure of it may end the server. */
static int failure(struct db_copy *c, int code, struct err *e)
{
    int r = sqlite_failure(c->to, code, "the store could not be copied", e);
    if (r == -ERR_COMMIT_UNKNOWN)
        e->code = ERR_INTERNAL;
    return -(int)e->code;
}

static int open_target(struct db_copy *c, const char *path, struct err *e)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int r = sqlite3_open_v2(path, &c->to, flags, c->db->vfs);
    if (r == SQLITE_OK) /* a small cache: little is left to be written at the end, in one go */
        r = sqlite3_exec(c->to, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
                                "PRAGMA cache_size=-1024;", NULL, NULL, NULL);
    if (r == SQLITE_OK && !(c->backup = sqlite3_backup_init(c->to, "main", c->db->handle, "main")))
        r = sqlite3_extended_errcode(c->to);
    return r ? failure(c, r, e) : 0;
}

int db_copy_start(struct db *db, const char *path, struct db_copy **out_copy, struct err *e)
{
    struct db_copy *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    c->db = db;
    c->page_bytes = page_bytes(db->handle);
    int r = open_target(c, path, e);
    if (r) {
        db_copy_end(c);
        return r;
    }
    *out_copy = c;
    return 0;
}

int db_copy_step(struct db_copy *c, int pages, struct err *e)
{
    int before = c->left;
    int r = sqlite3_backup_step(c->backup, pages);
    c->left = sqlite3_backup_remaining(c->backup);
    if (r == SQLITE_DONE)
        return 0;
    if (r != SQLITE_OK && r != SQLITE_BUSY && r != SQLITE_LOCKED)
        return failure(c, r, e);
    if (before && c->left > before && c->left + pages >= sqlite3_backup_pagecount(c->backup))
        c->restarts++;
    return 1;
}

int64_t db_copy_left(const struct db_copy *c) { return c->left * c->page_bytes; }
int db_copy_restarts(const struct db_copy *c) { return c->restarts; }

void db_copy_end(struct db_copy *c)
{
    if (!c)
        return;
    if (c->backup)
        sqlite3_backup_finish(c->backup);
    sqlite3_close(c->to);
    free(c);
}
