/* The processes below this one, as /proc tells it. Inside base: child and nanny use it to end what nobody else can
 * name: processes that left their group and whose parents are gone. */
#ifndef DOCKET_BASE_FAMILY_H
#define DOCKET_BASE_FAMILY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Valid when zeroed; family_done frees and zeroes it. */
struct family {
    pid_t *pids;
    size_t count, room;
};

void family_done(struct family *f);

/* Appends this process's children; with `deep` also theirs, and so on, parents before children. Without /proc it
 * finds nobody. */
void family_find(struct family *f, bool deep);

bool family_has(const struct family *f, pid_t pid);

/* Sends a signal to each. */
void family_signal(const struct family *f, int signal);

#endif
