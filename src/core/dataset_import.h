/* Making a dataset: tables arrive one by one and are seen by nobody until the last has come. */
#ifndef DOCKET_CORE_DATASET_IMPORT_H
#define DOCKET_CORE_DATASET_IMPORT_H

#include "core/import_past.h"

/* An import that nobody goes on with for so long is removed. */
enum { IMPORT_PATIENCE_SECONDS = 60 };

/* How far one is: what a stream keeps from piece to piece. */
struct import {
    int64_t queue;    /* 0: it has not begun */
    int64_t tables;   /* taken so far */
    int64_t repeated; /* targets that were named more than once */
};

struct import_table {
    const char *name;
    const char *payload; /* JSON; borrowed */
    size_t payload_n;
    const struct target_row *targets;
    int target_count;
    const struct truth_row *truths[TRUTH_SOLUTION + 1]; /* by source */
    int truth_counts[TRUTH_SOLUTION + 1];
    const struct past *past; /* who had it before it came here */
    int past_count;
    bool returned; /* and it is not to be worked on again */
};

/* Makes the queue, out of sight; `settings` are those of the dataset. 0; ERR_QUEUE_EXISTS; as queue_put. */
int import_begin(struct turn *t, const struct who *who, const struct queue_ref *ref, const struct dataset_row *settings,
                 struct arena *a, struct import *out, struct err *e);

/* Adds a table. 0; ERR_BAD_FIELD where the name is one already or cannot be. */
int import_table(struct turn *t, struct import *import, const struct import_table *table, struct err *e);

/* It goes on: once a slice. 0; ERR_QUEUE_NOT_FOUND where it was given up meanwhile. */
int import_touch(struct turn *t, const struct import *import, struct err *e);

/* All have come: it is a dataset that everybody sees. 0; ERR_QUEUE_EXISTS. */
int import_end(struct turn *t, const struct who *who, const struct queue_ref *ref, const struct import *import,
               const int64_t unknown[TARGET_KINDS], struct arena *a, struct dataset *out, struct err *e);

/* Other content for a table that is there; it is to be worked on again, unless somebody does. 0; ERR_TASK_STATE while it is held. */
int import_replace(struct turn *t, const struct who *who, const struct dataset *d, int64_t task, const char *payload, size_t n,
                   struct err *e);

/* Housekeeping: one that was given up is removed. 0 or < 0. */
int import_sweep(struct turn *t, struct err *e);

#endif
