/* The files of an archive that the server made, into a folder. */
#ifndef DOCKET_CLI_TABLES_UNPACK_H
#define DOCKET_CLI_TABLES_UNPACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Unpacks the zip into dir, which exists, each file under its own name made safe (tables_part_name). force: files that are there are
 * replaced. 0 and how many there were; < 0 ERR_FILE. */
int tables_unpack(const char *zip, const char *dir, bool force, int64_t *out_count, struct err *e);

#endif
