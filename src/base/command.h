/* A program run beside the loop by its argv: fed through its stdin, heard through its stdout and stderr, given so long. It has
 * a process group of its own, no descriptor but its three, default signals. */
#ifndef DOCKET_BASE_COMMAND_H
#define DOCKET_BASE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/loop.h"

struct command;

enum { COMMAND_WORDS_BYTES = 4096 }; /* so much of the end of its stderr is kept */

/* How it ended; borrowed for the call. */
struct command_end {
    int exit_code;  /* its exit status, or 128 + the signal that ended it */
    int signal;     /* that signal, or 0 */
    bool late;      /* it had to be ended: its time was over */
    bool too_much;  /* it had to be ended: it said more than out_max, or on_out wanted no more */
    const char *out; /* what it wrote to stdout, NUL-ended, where there was no on_out */
    size_t out_n;
    const char *words; /* the end of its stderr, NUL-ended */
};

/* Called once, from the loop, when it has ended and all it said is there; the command is gone then. */
typedef void command_end_fn(void *arg, const struct command_end *end);

/* Bytes of its stdout as they come. false: enough, end it. */
typedef bool command_out_fn(void *arg, const char *bytes, size_t n);

struct command_spec {
    const char *const *argv; /* NULL-ended; argv[0] is looked for in the PATH */
    const char *in;          /* for its stdin, copied; NULL: nothing */
    size_t in_n;
    int in_fd;               /* and then what is left of this one; taken, closed; -1: nothing. A regular file, or one that does not wait */
    size_t out_max;          /* of its stdout */
    command_out_fn *on_out;  /* NULL: kept for the end */
    int64_t limit_us;        /* how long it may take; 0: as long as it likes */
    command_end_fn *on_end;  /* NULL: nobody wants to know */
    void *arg;               /* of both */
};

/* Starts it. SIGPIPE must be ignored. NULL and e (ERR_INTERNAL: no descriptor, no process, no such program) if it could not be,
 * and on_end will not be called; in_fd is closed all the same. */
struct command *command_start(struct loop *l, const struct command_spec *spec, struct err *e);

/* Ends it with its group by KILL and waits for that; on_end will not be called. NULL does nothing. Not from its own on_out. */
void command_forget(struct command *c);

/* Is it under way? Its process, for a message. */
int command_pid(const struct command *c);

#endif
