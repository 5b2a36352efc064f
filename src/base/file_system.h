/* What kind of file system a path lies on. */
#ifndef DOCKET_BASE_FILE_SYSTEM_H
#define DOCKET_BASE_FILE_SYSTEM_H

/* The name of the file system `path` lies on if several hosts may share it ("NFS"; static); NULL: it is this host's own, or
 * cannot be asked. */
const char *file_system_shared(const char *path);

#endif
