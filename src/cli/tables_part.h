/* A file that is being written: under a name beside its own, which it gets once it is whole. */
#ifndef DOCKET_CLI_TABLES_PART_H
#define DOCKET_CLI_TABLES_PART_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"

struct tables_part {
    FILE *to;
    const char *path, *part; /* in the arena */
    bool force, sync;
};

/* Begins DIR/NAME. force: it may take the place of another; sync: it is on disk before it has its name. 0; < 0 ERR_FILE. */
int tables_part_open(struct tables_part *p, struct arena *a, const char *dir, const char *name, bool force, bool sync, struct err *e);

/* It is whole: *out_bytes is its size. 0; < 0 ERR_FILE, and there is nothing of it. */
int tables_part_end(struct tables_part *p, int64_t *out_bytes, struct err *e);

/* What has not ended is nothing. For CLEANUP; fine on a zeroed one, or one that has ended. */
void tables_part_drop(struct tables_part *p);

/* The name of a file for a name that is data: '/', control characters and a leading dot are percent-encoded; of one longer than a file's name may
 * be the end is cut, and `number` put there. */
const char *tables_part_name(struct arena *a, const char *name, size_t number);

#endif
