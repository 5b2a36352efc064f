/* The data directory of a server: docket.db (the store), token, server (the address of the one running), lock, reserve. */
#ifndef DOCKET_CLI_DATA_DIR_H
#define DOCKET_CLI_DATA_DIR_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

struct data_dir {
    char *path, *store_path, *token; /* in the arena it was opened with */
    int lock_fd;                     /* held while open; -1: not open */
};

/* Makes the directory (0700) if it is missing, locks it against other servers and reads or makes its token (0600).
 * 0; < 0 ERR_IN_USE naming the process that has it, ERR_FILE. */
int data_dir_open(struct data_dir *d, struct arena *a, const char *path, struct err *e);

/* Unlocks it and removes what says that a server runs. Not opened is fine. */
void data_dir_close(struct data_dir *d);

/* Tells the verbs where the server is: DIR/server, {"url", "pid"}. */
int data_dir_announce(const struct data_dir *d, const char *url, struct err *e);

/* DIR/reserve: LIMIT_RESERVE bytes of disk kept for results. data_dir_reserve: true if it is there in full now. */
bool data_dir_reserve(const struct data_dir *d);
void data_dir_free_reserve(const struct data_dir *d);

#endif
