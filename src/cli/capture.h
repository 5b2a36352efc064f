/* One output stream of a command: read from a pipe as it comes, its end kept, and if asked the whole of it written to a
 * log and spooled. Inside the worker. */
#ifndef DOCKET_CLI_CAPTURE_H
#define DOCKET_CLI_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/loop.h"

struct capture {
    struct loop *loop;
    int fd;          /* the pipe; -1: closed */
    int log_fd;      /* owned; -1: none */
    bool spooled;    /* is the whole kept? */
    int spool_fd;    /* an unlinked file once it is large; else -1 */
    struct buf spool; /* while it is small */
    struct buf tail;  /* at least the last LIMIT_OUTPUT bytes */
    int64_t total;
    int disk_error;  /* the errno of the first write to log or spool that failed; what came later is not in there */
};

/* Opens the pipe. 0 and its other end for the command (the caller closes it); -1 with errno: nothing is open. log_fd
 * (-1: none) is owned from here on in either case. */
int capture_open(struct capture *c, struct loop *l, int log_fd, bool spooled, int *out_write_fd);

/* Reads the pipe as it fills, from now on. */
void capture_watch(struct capture *c);

/* Takes what the pipe holds at this moment, without waiting for its end, and closes pipe and log. */
void capture_end(struct capture *c);

/* The last LIMIT_OUTPUT bytes at most; a character of UTF-8 that the cut would split is left out. Borrowed. */
const char *capture_tail(const struct capture *c, size_t *out_n);

/* Appends the last line that is not blank, safe for a terminal, cut to max bytes between characters. */
void capture_last_line(const struct capture *c, size_t max, struct buf *out);

/* The whole as a file at offset 0, the caller's to close; -1 if it is not spooled or there is no room for it. */
int capture_take_file(struct capture *c);

void capture_drop_tail(struct capture *c);
void capture_done(struct capture *c);

#endif
