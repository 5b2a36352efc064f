/* What the worker (child.c) and its nanny (nanny.c) say to each other: one message per packet of a SOCK_SEQPACKET
 * pair. Inside base. */
#ifndef DOCKET_BASE_NANNY_H
#define DOCKET_BASE_NANNY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/child.h"

enum {
    NANNY_INLINE_BYTES = 48 * 1024,      /* strings up to this size travel in the packet, larger ones in a memfd */
    NANNY_SPEC_BYTES = 4 * 1024 * 1024,  /* no kernel takes more arguments than this */
};

enum nanny_verb { NANNY_START, NANNY_KILL };

/* To the nanny. A START is followed by its strings, each NUL-ended: argc of argv, envc of env, then cwd if has_cwd;
 * with it travel the descriptors of stdout, stderr and, if in_memfd, of the strings. */
struct nanny_order {
    enum nanny_verb verb;
    int signal; /* of a KILL */
    int64_t id;
    uint32_t argc, envc;
    uint32_t bytes; /* of all strings */
    bool has_cwd, in_memfd;
};

/* From the nanny: once per START. */
struct nanny_news {
    int64_t id;
    struct child_end end;
};

/* Starts what an order says; bytes are its strings, fds its stdout and stderr, borrowed. 0 and
 * *out_pid; -1: `end` says why not. */
int nanny_spawn(const struct nanny_order *o, char *bytes, const int fds[2], pid_t *out_pid, struct child_end *end);

/* The life of the nanny's process: serves orders from fd until it ends, then ends everything and exits. */
_Noreturn void nanny_run(int fd);

#endif
