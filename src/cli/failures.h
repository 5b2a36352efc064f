/* Why tasks failed, summed up: those that ended alike are one group, with the first of them as its example. The server
 * sums up (GET …/failures); where only some tasks count, they are read and summed up here, by the same rules. */
#ifndef DOCKET_CLI_FAILURES_H
#define DOCKET_CLI_FAILURES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "cli/client.h"

struct failure {
    const char *label; /* "exit 1", "killed" */
    const char *text;  /* the reason as people read it */
    int64_t count, first_task;
    const char *first_command; /* or payload */
};

struct failures {
    struct arena *arena;
    struct failure *groups; /* most frequent first */
    size_t count;
    int64_t failed, killed, looked_at;
    int64_t others; /* tasks looked at that are in none of the groups */
    bool more;      /* there are more than were looked at */
};

/* Which tasks are counted. */
typedef bool failures_filter_fn(void *arg, int64_t task);

/* Sums up the failed and killed tasks of a queue; texts live in the arena. 0; else what the server said. */
int failures_read(struct client *c, const char *queue, struct arena *a, struct failures *out, struct err *e);

/* The same for those that the filter lets pass, FAILURES_MOST of them at most. */
enum { FAILURES_MOST = 10000 };
int failures_read_some(struct client *c, const char *queue, struct arena *a, failures_filter_fn *filter,
                       void *filter_arg, struct failures *out, struct err *e);

/* The server's answer as it is taken from JSON; for those that ask themselves. Texts live in the arena. */
void failures_take(const json_t *answer, struct arena *a, struct failures *out);

/* A line per group, indented by two; groups beyond the first few are counted in one line. */
void failures_print(FILE *to, const struct failures *f, size_t width);

/* One of these lines, appended, without the indent. */
void failures_line(struct buf *b, const struct failure *f);

#endif
