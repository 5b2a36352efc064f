/* Schema steps: the files of sql/ whose names begin with a number, applied in order in one transaction when the store is
 * opened. PRAGMA user_version holds the number of steps applied. A store with more steps than this program knows was
 * written by a newer docket and is left untouched. */
#include "store/migrate.h"

#include <inttypes.h>

#include "base/buf.h"
#include "base/cleanup.h"

int migrate_check(int64_t schema, struct err *e)
{
    if (schema < 0)
        return err_fail(e, ERR_FILE, "the store has schema %" PRId64 ", which none has: the file is damaged", schema);
    if (schema <= SQL_STEP_COUNT)
        return 0;
    int r = err_fail(e, ERR_NEWER_SCHEMA, "the store has schema %" PRId64 "; this docket knows schemas up to %d", schema,
                     SQL_STEP_COUNT);
    err_hint(e, "use the docket that wrote it, or a newer one");
    return r;
}

int migrate(struct db *db, struct err *e)
{
    struct db_query *q = db_start(db, SQL_SCHEMA_VERSION, "");
    int r = db_next(q, e);
    int64_t have = r == 1 ? db_int(q, 0) : 0;
    db_end(q);
    r = r < 0 ? r : migrate_check(have, e);
    if (r || have == SQL_STEP_COUNT)
        return r;
    CLEANUP(buf_done) struct buf script = {0};
    buf_puts(&script, "BEGIN IMMEDIATE;");
    for (int64_t step = have; step < SQL_STEP_COUNT; step++)
        buf_puts(&script, SQL_STEPS[step]);
    buf_printf(&script, "PRAGMA user_version = %d; COMMIT;", SQL_STEP_COUNT);
    r = db_script(db, script.data, e);
    if (r)
        db_rollback(db);
    return r;
}
