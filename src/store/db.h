/* The driver behind the store's door: prepared statements by number, values bound by a format, rows read by column. The
 * one implementation so far is sqlite.c. Private to this floor. */
#ifndef DOCKET_STORE_DB_H
#define DOCKET_STORE_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "sql.h" /* enum sql: a number per file of sql/, made at build time */

struct db;
struct db_query;

struct db_options {
    const char *path;
    const char *vfs; /* NULL: the system's; tests hand in one that loses power */
    bool no_sync;    /* for the test that shows what synchronous=FULL is for */
    bool exclusive;  /* nobody else opens it, and nothing is shared through memory: for file systems of several hosts */
};

int db_open(const struct db_options *o, struct db **out_db, struct err *e);
void db_close(struct db *db);

/* From now on nothing is written, not even by db_close: the log stays as it is. */
void db_forsake(struct db *db);

/* Opens a file that nobody writes, only to look: no lock, no log, nothing made beside it. */
int db_open_still(const char *path, struct db **out_db, struct err *e);

/* Opens an empty file for rows that need not outlive the process: no journal, no sync, nobody else. Its name may go at once. */
int db_open_scratch(const char *path, struct db **out_db, struct err *e);

/* Starts a query; format says how each argument is bound: i int64_t (NONE: NULL), t text (NULL: NULL),
 * b const void * and size_t. Texts and bytes stay the caller's until db_end. Never NULL; a failure shows in db_next. */
struct db_query *db_start(struct db *db, enum sql sql, const char *format, ...);

/* 1: a row is there; 0: no more; < 0: failure. */
int db_next(struct db_query *q, struct err *e);
void db_end(struct db_query *q);

/* A query that answers nothing. 0 or < 0. *out_changes (may be NULL): rows changed. */
int db_do(struct db *db, struct err *e, int64_t *out_changes, enum sql sql, const char *format, ...);

/* An INSERT of one row into a table whose key is an id. 0 and the id, or < 0. (Not by RETURNING, for which SQLite fills a
 * table of its own at each call: that took half the time of adding a task.) */
int db_insert(struct db *db, struct err *e, int64_t *out_id, enum sql sql, const char *format, ...);

int64_t db_int(struct db_query *q, int column);                            /* NONE for NULL */
const char *db_text(struct db_query *q, int column, struct arena *a);      /* a copy; NULL for NULL */
const void *db_bytes(struct db_query *q, int column, size_t *out_n, struct arena *a);

int64_t db_changes(const struct db *db); /* rows written since it was opened */

/* Runs SQL text that may hold several statements. */
int db_script(struct db *db, const char *text, struct err *e);

/* Frames in the write-ahead log; and moving them into the database where nothing hinders it. */
int64_t db_log_frames(const struct db *db);
int db_checkpoint(struct db *db, struct err *e);

/* A copy of the whole database into a file that exists and is empty, made on this connection: what is written meanwhile goes
 * into the copy too. Never inside a transaction, and ended before the database is closed. */
struct db_copy;
int db_copy_start(struct db *db, const char *path, struct db_copy **out_copy, struct err *e);

/* Copies so many pages more. 1: there are more; 0: the copy is whole; < 0: the copy failed, ERR_STORAGE_FULL or
 * ERR_INTERNAL, and the database is as well as before. */
int db_copy_step(struct db_copy *c, int pages, struct err *e);

int64_t db_copy_left(const struct db_copy *c); /* bytes still to be copied, as of the last step */
int db_copy_restarts(const struct db_copy *c); /* how often it had to begin anew, because of a rollback */
void db_copy_end(struct db_copy *c);           /* NULL is fine */

/* Did the last call fail when the disk was told to keep what had been written? */
bool db_sync_failed(const struct db *db);

/* Ends an open transaction without keeping it; none open is fine. */
void db_rollback(struct db *db);

#endif
