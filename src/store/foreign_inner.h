/* What foreign.c asks of each kind of database: run SQL, and say what went wrong. */
#ifndef DOCKET_STORE_FOREIGN_INNER_H
#define DOCKET_STORE_FOREIGN_INNER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "store/foreign.h"

/* Statements that stay prepared while a table is written. */
enum foreign_statement { FOREIGN_LOOK, FOREIGN_INSERT, FOREIGN_UPDATE, FOREIGN_STATEMENTS };

/* What a statement did. */
struct foreign_answer {
    int64_t rows;  /* found, or changed */
    bool truth;    /* the first value of the first row */
};

struct foreign_driver {
    const char *scheme; /* with its colon: what a URL begins with */
    char marker;        /* a value in SQL: this and its number */
    const char *types[FOREIGN_KINDS];

    bool schemas;       /* "a.b" is table b of schema a */

    /* *out is set either way, with its name, and will be closed. 0, ERR_USAGE or ERR_DATABASE. */
    int (*open)(const char *url, struct foreign **out, struct err *e);
    void (*close)(struct foreign *f);

    /* Each: 0 or ERR_DATABASE. */
    int (*begin)(struct foreign *f, const struct foreign_table *t, struct err *e);
    int (*run)(struct foreign *f, const char *sql, struct err *e);
    int (*prepare)(struct foreign *f, enum foreign_statement which, const char *sql, int count, struct err *e);
    int (*ask)(struct foreign *f, enum foreign_statement which, const char *const *values, struct foreign_answer *out, struct err *e);
    int (*once)(struct foreign *f, const char *sql, const char *value, struct foreign_answer *out, struct err *e);
    /* The columns of a table, in the arena; *out_count 0: there is no such table. */
    int (*columns)(struct foreign *f, const char *table, struct arena *a, const char ***out, int *out_count, struct err *e);
};

extern const struct foreign_driver foreign_sqlite, foreign_postgres;

/* Drivers put it first in what they keep. */
struct foreign {
    const struct foreign_driver *driver;
    struct arena arena;
    const char *name; /* in the arena */
    const struct foreign_table *table; /* whose statements are prepared */
};

/* Appends a name as SQL has it: in double quotes. */
void foreign_quote(struct buf *b, const char *name);

/* The same for a table, of which "a.b" is table b of schema a where the database has schemas. */
void foreign_quote_table(struct buf *b, const struct foreign *f, const char *name);

/* ERR_DATABASE with the database's own words, on one line. */
int foreign_refuse(const struct foreign *f, const char *words, struct err *e);

#endif
