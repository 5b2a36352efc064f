/* What the files of the SQLite driver share. Private to them. */
#ifndef DOCKET_STORE_SQLITE_INNER_H
#define DOCKET_STORE_SQLITE_INNER_H

#include <sqlite3.h>

#include "store/db.h"

struct db_query {
    struct db *db;
    sqlite3_stmt *stmt;
    int failed; /* a result code of SQLite, from preparing or binding */
};

struct db {
    sqlite3 *handle;
    const char *vfs; /* borrowed */
    struct db_query queries[SQL_COUNT];
    int64_t log_frames;
};

/* What a result code of SQLite means for the server: < 0 ERR_STORAGE_FULL, ERR_COMMIT_UNKNOWN or ERR_INTERNAL. */
int sqlite_failure(sqlite3 *handle, int code, const char *doing, struct err *e);

#endif
