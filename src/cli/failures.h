/* Why tasks failed, summed up: those that ended alike are one group, with the first of them as its example. */
#ifndef DOCKET_CLI_FAILURES_H
#define DOCKET_CLI_FAILURES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "cli/client.h"

struct failure {
    const char *label;  /* "exit 1", "killed" */
    const char *kind;   /* the message without what differs from task to task: what groups are told apart by */
    const char *text;   /* the message as people read it */
    int64_t count, first_task;
    const char *first_command; /* or payload */
};

struct failures {
    struct arena *arena;
    struct failure *groups; /* most frequent first */
    size_t count, room;
    int64_t failed, killed, looked_at;
    bool more; /* there were more than were looked at */
};

/* Which tasks are counted; NULL: all. */
typedef bool failures_filter_fn(void *arg, int64_t task);

/* Reads the failed and killed tasks of a queue, at most FAILURES_MOST; texts live in the arena. 0; else what the server
 * said. */
enum { FAILURES_MOST = 10000 };
int failures_read(struct client *c, const char *queue, struct arena *a, failures_filter_fn *filter, void *filter_arg,
                  struct failures *out, struct err *e);

/* A line per group, indented by two; groups beyond the first few are counted in one line. */
void failures_print(FILE *to, const struct failures *f, size_t width);

#endif
