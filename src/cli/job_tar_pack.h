/* A directory as a tar, and a tar as a directory: the files that go with a job, and those that come back. */
#ifndef DOCKET_CLI_JOB_TAR_PACK_H
#define DOCKET_CLI_JOB_TAR_PACK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

enum { JOB_TAR_HASH_BYTES = 65 };

struct job_tar {
    FILE *file; /* at its beginning; without a name */
    int64_t bytes, entries;
    char hash[JOB_TAR_HASH_BYTES]; /* of names, modes, contents: not of times */
};

/* Packs what is in dir, in the order of names. 0; ERR_FILE, which names what cannot go: a link that leaves the directory, a device, a
 * pipe, a socket, what cannot be read; ERR_TOO_LARGE beyond LIMIT_JOB_FILES. */
int job_tar_pack(const char *dir, struct job_tar *out, struct err *e);
void job_tar_done(struct job_tar *t);

/* Unpacks a tar into dir, which is made. Nothing is written outside of it; a file that is there is kept, and refused, unless force. 0 and how
 * many entries; < 0 ERR_FILE. */
int job_tar_unpack(FILE *tar, const char *dir, bool force, int64_t *out_count, struct err *e);

#endif
