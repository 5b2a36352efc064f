/* Which tables lack mappings: those that have a result and not one, and those that lack the most. A walk over what is known of
 * tables, not over their targets, in slices. */
#ifndef DOCKET_CORE_DATASET_MISSING_H
#define DOCKET_CORE_DATASET_MISSING_H

#include "core/dataset.h"

struct missing_table {
    int64_t task, total, done;
};

enum missing_which { MISSING_ALL, MISSING_PART, MISSING_WHICHES };

/* Plain bytes, missing_bytes(max) of them: copying them goes back to where it was. Zeroed but for max it is empty. */
struct missing {
    int max; /* of each list */
    int64_t after;
    bool done;
    int counts[TARGET_KINDS][MISSING_WHICHES];
    struct missing_table rows[];
};

size_t missing_bytes(int max);
struct missing_table *missing_list(struct missing *m, enum target_kind kind, enum missing_which which);

/* Looks at the next tables of the dataset; m->done says whether these were the last. 0 or < 0. */
int missing_slice(struct turn *t, const struct dataset *d, struct missing *m, struct err *e);

#endif
