/* Keeps other hosts out of a directory that several share, where the kernel's locks cannot be relied on: DIR/holder says which
 * process of which host has it, and is renewed; who finds it fresh stays out. */
#ifndef DOCKET_CLI_HOST_LOCK_H
#define DOCKET_CLI_HOST_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum {
    HOST_LOCK_RENEW_SECONDS = 15,
    HOST_LOCK_STALE_SECONDS = 60, /* not renewed for so long, it may be taken over */
};

struct host_lock {
    char *path, *own, *nonce; /* in the arena it was taken with; own: the name it is made under */
    int fd;                   /* on our mark; -1: not held */
    int64_t renewed_us;       /* on clock_mono_us */
    bool lost;                /* somebody else has it: nothing in the directory is ours any more */
};

/* Takes it: free, or its holder is known to be dead, or has given no sign of life for HOST_LOCK_STALE_SECONDS.
 * 0; < 0 ERR_IN_USE naming host, process and how old the sign is; ERR_STORAGE_FULL, ERR_FILE. */
int host_lock_take(struct host_lock *l, struct arena *a, const char *dir, struct err *e);

/* A sign of life, if one is due (every HOST_LOCK_RENEW_SECONDS). 0; < 0 ERR_IN_USE: it is lost, or could not be
 * renewed for so long that others may take it soon; then stop at once, and write nothing more. */
int host_lock_renew(struct host_lock *l, struct err *e);

/* Gives it back, unless it is lost. Not held is fine. */
void host_lock_drop(struct host_lock *l);

#endif
