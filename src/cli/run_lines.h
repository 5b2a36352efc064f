/* The commands in the FILE of `docket run`: a task per line that is not blank. */
#ifndef DOCKET_CLI_RUN_LINES_H
#define DOCKET_CLI_RUN_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct run_line {
    const char *text;
    size_t bytes;
    const char *hash; /* of the text, in hex */
    int64_t copy;     /* 1 for the first of its text, 2 for the next, … */
    int64_t number;   /* in FILE, from 1 */
    int64_t task;     /* its id, once it is known */
    bool finished;    /* before this run began */
};

struct run_lines {
    struct arena arena;
    struct run_line *lines;
    size_t count, room;
    struct run_line **by_task; /* once ids are known: sorted by them */
};

/* Reads and checks FILE ("-": stdin). 0; ERR_BAD_LINE naming file and line; < 0 ERR_FILE. run_lines_done frees all,
 * also after a failure. */
int run_lines_read(struct run_lines *l, const char *path, struct err *e);
void run_lines_done(struct run_lines *l);

/* The key by which a line's task is known from run to run: its text's hash and which of the equal lines it is. */
const char *run_lines_key(struct arena *a, const struct run_line *line);

/* Call once all lines have their task; then run_lines_find gives the line of a task, NULL if FILE has none for it. */
void run_lines_index(struct run_lines *l);
struct run_line *run_lines_find(const struct run_lines *l, int64_t task);

#endif
