/* See migrate.c. Private to this floor. */
#ifndef DOCKET_STORE_MIGRATE_H
#define DOCKET_STORE_MIGRATE_H

#include "store/db.h"

/* Brings the schema up to this program's. 0; < 0 ERR_NEWER_SCHEMA or a failure, with nothing changed. */
int migrate(struct db *db, struct err *e);

/* < 0 ERR_NEWER_SCHEMA, in its words. */
int migrate_refuse_newer(int have, struct err *e);

#endif
