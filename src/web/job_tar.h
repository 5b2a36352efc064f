/* Which files a tar may hold: those that stay in the folder it is unpacked in. */
#ifndef DOCKET_WEB_JOB_TAR_H
#define DOCKET_WEB_JOB_TAR_H

#include <stdbool.h>

#include "base/err.h"

struct archive_entry;

/* May one of that name be unpacked? Not an absolute path, and none with "..". Pure. */
bool job_tar_path_stays(const char *path);

/* May a symbolic link at path lead to target? It may go up as far as the folder, and only at its beginning. Pure. */
bool job_tar_link_stays(const char *path, const char *target);

/* 0; ERR_BAD_FIELD, which names the entry: one that would leave the folder, a device, a pipe or a socket. */
int job_tar_check(struct archive_entry *entry, struct err *e);

#endif
