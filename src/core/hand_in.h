/* What runners hand in for tables: a result with what it maps, or an error. They know a table by its name and themselves by
 * theirs; which lease that means is found here. */
#ifndef DOCKET_CORE_HAND_IN_H
#define DOCKET_CORE_HAND_IN_H

#include "core/dataset.h"
#include "core/finish.h"

enum hand_in_way {
    HAND_IN_OPEN,     /* the client holds the table */
    HAND_IN_LATE,     /* it did, and nobody has finished it since: a result is welcome */
    HAND_IN_STALE,    /* it did, and another finished it first, or somebody took it away */
    HAND_IN_REPEATED, /* it has handed this in already */
};

struct hand_in {
    enum hand_in_way way;
    int64_t lease;         /* the client's last one on it */
    struct lease_row open; /* the same, if the client holds it */
    struct task_row task;
};

/* What would it be, if this client handed in a result (else an error) for the table now? 0; ERR_TABLE_NOT_FOUND; ERR_NOT_HELD. */
int hand_in_find(struct turn *t, const struct dataset *d, const char *table, const char *client, bool result,
                 struct hand_in *out, struct err *e);

struct hand_in_result {
    const struct target_row *mapped; /* mapped: as handed in; the dataset's prefix is taken off it */
    int count;
    const char *body;   /* the JSON as it came; borrowed */
    const char *errors; /* what went wrong beside; NULL: nothing */
};

/* The result is taken, or kept beside the attempt where it comes too late. *out_unknown: how many of the targets it maps are none of the
 * table's. Tables that end are added to *ended. 0 or < 0. */
int hand_in_result(struct turn *t, const struct dataset *d, const char *client, struct hand_in *in,
                   const struct hand_in_result *result, int *out_unknown, struct rate_sum *ended, struct err *e);

/* The last line that says something, made safe, in the arena; NULL: none does. Of a traceback that is the error. */
const char *hand_in_message(const char *text, size_t n, struct arena *a);

/* The same of an error: n bytes of any text. */
int hand_in_error(struct turn *t, const struct dataset *d, const char *client, struct hand_in *in, const char *text, size_t n,
                  struct rate_sum *ended, struct err *e);

#endif
