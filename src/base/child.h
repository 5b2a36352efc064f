/* Commands run for the worker: started, watched and, when the worker dies, ended by a nanny.
 *
 * The nanny is a process of its own (own session, child subreaper), forked before this one opens anything. It is the
 * parent of every command; each runs in its own process group, with /dev/null as input, no descriptor but its three,
 * default signals. When the pipe to the nanny ends (this process is gone, however), it sends TERM, then KILL half a
 * second later, to every group and to every orphan that came to it, and leaves: nothing of a command outlives the
 * worker. When a command's own process ends, what is left of its group is ended the same way. */
#ifndef DOCKET_BASE_CHILD_H
#define DOCKET_BASE_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/loop.h"

struct nanny;

struct child_spec {
    const char *const *argv; /* NULL-ended; argv[0] is a path */
    const char *cwd;         /* NULL: where the nanny was started */
    const char *const *env;  /* NULL-ended "NAME=value", the whole environment */
    int out_fd, err_fd;      /* its stdout and stderr; borrowed, the caller closes its own copies */
};

/* How a command ended. */
struct child_end {
    bool started;          /* false: it never ran, `failure` says why; the rest is 0 */
    int exit_code;         /* its exit status, or 128 + the signal that ended it */
    int signal;            /* that signal, or 0 */
    char failure[256];     /* "directory '/x' does not exist here", … */
    bool no_room;          /* it never ran because the machine has no process, memory or descriptor left just now */
};

/* Called from the loop once per child_start. */
typedef void child_end_fn(void *arg, const struct child_end *end);

/* Forks the nanny: call first in main, before threads, sockets or stores exist. Never NULL: aborts if there is no
 * process to be had. nanny_free closes the pipe and waits until the nanny has ended all and left. */
struct nanny *nanny_new(void);
void nanny_free(struct nanny *n);

/* Puts the nanny's messages into a loop (once, before the first child_start). */
void nanny_attach(struct nanny *n, struct loop *l);

/* Called from the loop if the nanny itself died: by then every child has been ended and reported with
 * started = true, signal = SIGKILL. */
void nanny_on_death(struct nanny *n, loop_fn *fn, void *arg);

/* Is the nanny dead? True already while the last commands are reported, before nanny_on_death's fn. */
bool nanny_is_dead(const struct nanny *n);

/* Starts a command. 0, with an id for child_kill; < 0, and on_end will not be called: ERR_TOO_LARGE (no kernel would
 * take such a spec), ERR_INTERNAL (the nanny is gone, or there are no descriptors). */
int child_start(struct nanny *n, const struct child_spec *spec, child_end_fn *on_end, void *arg, int64_t *out_id,
                struct err *e);

/* Nobody wants to hear of this one any more: on_end will not be called. It runs on. */
void child_forget(struct nanny *n, int64_t id);

/* Sends a signal to the command's whole group. One that has ended is left alone. */
void child_kill(struct nanny *n, int64_t id, int signal);

#endif
