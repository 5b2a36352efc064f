/* See migrate.c. Private to this floor. */
#ifndef DOCKET_STORE_MIGRATE_H
#define DOCKET_STORE_MIGRATE_H

#include "store/db.h"

/* Brings the schema up to this program's. 0; < 0 ERR_NEWER_SCHEMA or a failure, with nothing changed. */
int migrate(struct db *db, struct err *e);

/* Can this program work with a store of that schema? 0; < 0 ERR_NEWER_SCHEMA, or ERR_FILE for one that was never there. */
int migrate_check(int64_t schema, struct err *e);

#endif
