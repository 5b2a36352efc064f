/* A disk of power_disk.h for SQLite: an sqlite3_vfs named "power". */
#ifndef DOCKET_TEST_POWER_VFS_H
#define DOCKET_TEST_POWER_VFS_H

#include "power_disk.h"

struct sqlite3_vfs;

/* Borrows the disk until vfs_free. It is SQLite's default until then, so that SQLite's own chance comes from the seed,
 * too. One at a time. */
struct sqlite3_vfs *vfs_new(struct disk *disk);
void vfs_free(struct sqlite3_vfs *vfs); /* no file may be open */

#endif
