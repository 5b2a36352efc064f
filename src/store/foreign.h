/* A database that is not ours: a table of somebody's own, into which rows are put. Their files and servers are found by a URL,
 * sqlite:FILE or postgresql://USER@HOST:PORT/DATABASE; names are quoted, values are bound, and what goes wrong is told in the
 * database's own words. */
#ifndef DOCKET_STORE_FOREIGN_H
#define DOCKET_STORE_FOREIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct foreign;

/* What a column that is made here holds. Values come as texts whatever they are: 17, 1.5, 1 for true, RFC 3339. */
enum foreign_kind { FOREIGN_TEXT, FOREIGN_INT, FOREIGN_NUMBER, FOREIGN_TRUTH, FOREIGN_TIME, FOREIGN_KINDS };

struct foreign_column {
    const char *name;
    enum foreign_kind kind;
};

/* The table that is written, and which of its columns; columns[key] says which row is meant. Borrowed while it is in use. */
struct foreign_table {
    const char *name;
    const struct foreign_column *columns;
    int count, key;
};

/* Connects. 0; ERR_USAGE: the URL is none of these; ERR_DATABASE: it does not let us in. foreign_close gives up what was not
 * committed. */
int foreign_open(const char *url, struct foreign **out, struct err *e);
void foreign_close(struct foreign *f); /* NULL is fine */

/* The database as it may be shown and told from others: without a password, a file by its real path. Borrowed from f. */
const char *foreign_name(const struct foreign *f);

/* Between these nobody else writes that table by these functions. 0 or ERR_DATABASE. */
int foreign_begin(struct foreign *f, const struct foreign_table *t, struct err *e);
int foreign_commit(struct foreign *f, struct err *e);

/* The table is there with all the columns, or is made (*out_made), inside a transaction. 0; ERR_USAGE: it lacks a column, and the
 * hint says what it has; ERR_DATABASE. */
int foreign_ready(struct foreign *f, const struct foreign_table *t, bool *out_made, struct err *e);

enum foreign_put { FOREIGN_NEW, FOREIGN_CHANGED, FOREIGN_SAME };

/* A row: one value a column, NULL for null. Inserts it, or changes that of the same key where a value differs. 0 or ERR_DATABASE. */
int foreign_put(struct foreign *f, const char *const *values, enum foreign_put *out, struct err *e);

/* Removes the rows in which column `at` is value. 0 or ERR_DATABASE. */
int foreign_remove(struct foreign *f, int at, const char *value, int64_t *out_rows, struct err *e);

#endif
