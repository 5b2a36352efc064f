/* The portable bundle that this program runs from, as a file, to be put onto other machines. */
#ifndef DOCKET_CLI_BUNDLE_PACK_H
#define DOCKET_CLI_BUNDLE_PACK_H

#include "base/arena.h"
#include "base/err.h"

/* Writes a tar.gz of root to path (0600), as one directory `name`, unless there is a file of that name. It is whole or not there. The same
 * tree makes the same bytes. 0; < 0 ERR_FILE. */
int bundle_pack(const char *root, const char *name, const char *path, struct err *e);

#endif
