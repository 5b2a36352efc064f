/* A directory of dated backups, docket-YYYYMMDDTHHMMSSZ.db, of which the last ones are kept. */
#ifndef DOCKET_CLI_BACKUP_DIR_H
#define DOCKET_CLI_BACKUP_DIR_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/* Makes the directory (0700) if it is missing. 0; < 0 ERR_FILE. */
int backup_dir_make(const char *dir, struct err *e);

/* The path of a backup made now, by the wall clock; and of the copy on its way, the same each time, so that what a killed
 * one left is taken over. */
const char *backup_dir_file(struct arena *a, const char *dir);
const char *backup_dir_part(struct arena *a, const char *dir);

/* Removes the oldest dated files until `keep` (1 or more) are left: `made`, whatever its date (clocks are set back), and the
 * newest others. Only files of exactly that form of name are looked at. *out_removed: how many went.
 * 0; < 0 ERR_FILE naming the first that could not be removed. */
int backup_dir_trim(struct arena *a, const char *dir, const char *made, int64_t keep, int64_t *out_removed,
                    struct err *e);

#endif
