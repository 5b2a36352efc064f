/* What the kernel says of this process. */
#ifndef DOCKET_BASE_PROCESS_H
#define DOCKET_BASE_PROCESS_H

#include <stdint.h>

struct process {
    int64_t resident_bytes;
    int64_t cpu_us;     /* user and system */
    int64_t open_fds;
    int64_t started_us; /* since 1970 by the machine's clock */
};

/* What cannot be learned (no /proc) is 0. */
void process_look(struct process *out);

#endif
