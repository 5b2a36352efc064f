/* The data directory of a server: docket.db (the store), token, server (the address of the one running), lock, reserve; home.key and
 * home.port (cli/home_listener.h);
 * backup.part and restore.part while a copy is made; and, where several hosts share the file system, holder. */
#ifndef DOCKET_CLI_DATA_DIR_H
#define DOCKET_CLI_DATA_DIR_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "cli/host_lock.h"
#include "store/store.h"

struct data_dir {
    char *path, *store_path, *backup_path, *restore_path, *token; /* in the arena it was opened with */
    unsigned secret_mode;       /* of token and server: 0600; 0640 where the directory is shared with its group */
    unsigned group;             /* the directory's */
    int lock_fd;                /* held while open; -1: not open */
    const char *shared;         /* the kind of file system, if several hosts may share it; NULL: it is this host's own */
    bool no_locks;              /* a shared one without the kernel's locks */
    struct host_lock host_lock; /* held where shared */
};

/* Makes the directory (0700) if it is missing, locks it against other servers and reads or makes its token (0600).
 * On a file system that hosts share, it keeps the other hosts out too.
 *
 * A directory of mode 0750 (its group may look in, others may not), whose group is the one that new files get, is shared with
 * that group: its members may read token and server (0640, whatever the umask), and so use the server. Nothing else: the store
 * is the owner's alone. Whatever others can read of these files is made private, and that is said.
 * 0; < 0 ERR_IN_USE naming the process (and host) that has it, ERR_FILE; also for root where the store is another user's, who
 * could not use what root leaves there. */
int data_dir_open(struct data_dir *d, struct arena *a, const char *path, struct err *e);

/* The same without the token, for whoever only works on its files. */
int data_dir_lock(struct data_dir *d, struct arena *a, const char *path, struct err *e);

/* Where hosts share it: shows that we are alive, if that is due. 0; < 0 ERR_IN_USE: it is ours no longer; write nothing more
 * and end. Call it every HOST_LOCK_RENEW_SECONDS, and before anything is written after a pause. */
int data_dir_renew(struct data_dir *d, struct err *e);

/* Unlocks it and removes what says that a server runs. Not opened is fine. */
void data_dir_close(struct data_dir *d);

/* How its store is opened. */
struct store_options data_dir_store(const struct data_dir *d);

/* Tells the verbs where the server is: DIR/server, {"url", "pid"}, and with TLS the "pin" of its key (NULL: without). */
int data_dir_announce(const struct data_dir *d, const char *url, const char *pin, struct err *e);

/* DIR/reserve: LIMIT_RESERVE bytes of disk kept for results. data_dir_reserve: true if it is there in full now. */
bool data_dir_reserve(const struct data_dir *d);
void data_dir_free_reserve(const struct data_dir *d);

#endif
