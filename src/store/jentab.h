/* The database of a table work manager that is to be taken over: read, never changed. */
#ifndef DOCKET_STORE_JENTAB_H
#define DOCKET_STORE_JENTAB_H

#include "base/arena.h"
#include "base/err.h"
#include "store/record.h"

struct jentab;

/* Opens the manager's database, and where audit is not NULL that of its audit records. What is read afterwards is all of one moment.
 * 0; ERR_USAGE: no such file, or it is no such database; < 0 ERR_FILE. */
int jentab_open(const char *path, const char *audit, struct jentab **out, struct err *e);
void jentab_close(struct jentab *j); /* NULL is fine */

struct jentab_table {
    int64_t id;
    const char *name;
    bool returned;
};

/* All tables, by name in the order of bytes. 0; < 0 ERR_FILE. */
int jentab_tables(struct jentab *j, struct arena *a, struct jentab_table **out_rows, int *out_count, struct err *e);

/* Each target of a kind is handed to fn, with texts that last as long as the call, until it returns other than 0. */
typedef int jentab_target_fn(void *arg, int64_t table, const struct target_row *target, struct err *e);
int jentab_targets(struct jentab *j, enum target_kind kind, jentab_target_fn *fn, void *arg, struct err *e);

/* Who was given a table. Times in µs; finished NONE: nothing came back. */
struct jentab_past {
    int64_t table, started, finished;
    const char *client;
    bool result;
    const char *error; /* the name of a file of the manager; NULL: none */
};

/* All of it, by table. */
int jentab_past(struct jentab *j, struct arena *a, struct jentab_past **out_rows, int *out_count, struct err *e);

/* Each audit record, as jentab_targets. Without an audit database there are none. `told` is its own time. */
typedef int jentab_audit_fn(void *arg, const struct audit_row *record, struct err *e);
int jentab_audit(struct jentab *j, jentab_audit_fn *fn, void *arg, struct err *e);

#endif
