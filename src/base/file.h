/* Whole files: read, written so that a crash leaves the old or the new, directories made. */
#ifndef DOCKET_BASE_FILE_H
#define DOCKET_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* Appends the file's bytes to b; more than max bytes is a failure. 0; < 0 ERR_FILE naming path and cause. */
int file_read(const char *path, size_t max, struct buf *b, struct err *e);

/* Replaces path by n bytes with the mode given: written beside it, synced, renamed, the directory synced. */
int file_write(const char *path, const void *bytes, size_t n, unsigned mode, struct err *e);

/* Makes a directory and those above it (mode for the last one; 0755 above). One that exists is fine. */
int file_make_dirs(const char *path, unsigned mode, struct err *e);

/* Gives a whole, synced file its name, which nothing has yet: never replaces anything. 0; < 0 ERR_FILE, and it keeps its old
 * name. */
int file_publish(const char *part, const char *path, struct err *e);

/* Is there anything of that name, be it a link that leads nowhere? */
bool file_exists(const char *path);

/* Syncs a directory, so that names made in it stay. */
int file_sync_dir(const char *path, struct err *e);

#endif
