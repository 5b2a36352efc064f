/* Handing out tables. */
#ifndef DOCKET_CORE_DATASET_WORK_H
#define DOCKET_CORE_DATASET_WORK_H

#include "core/dataset.h"

/* How long a runner that finds nothing is kept, while something may still come: it takes any answer but a table for the end. */
enum { DATASET_WAIT_SECONDS = 30 };

struct dataset_package {
    const char *name;
    const char *payload; /* JSON: the table */
    size_t payload_n;
    struct target_row *targets;
    int target_count;
    struct truth_row *truths; /* those to be shown, where they were asked for */
    int truth_count;
};

/* A table for a client, under a lease of the dataset's; in its last hundredth, if it speculates, one that another client holds, too. 0;
 * STORE_EMPTY: there is none, *out_wait: but one may come (the dataset is paused, or tables are held that may come back). */
int dataset_take(struct turn *t, const struct dataset *d, const char *client, struct arena *a, struct dataset_package *out,
                 bool *out_wait, struct err *e);

/* A table as it would be handed out. 0; ERR_TABLE_NOT_FOUND. */
int dataset_describe(struct turn *t, const struct dataset *d, const char *name, struct arena *a, struct dataset_package *out,
                     struct err *e);

#endif
