/* What was done with a table before it came here: a manager of before handed it out, and took what came back. */
#ifndef DOCKET_CORE_IMPORT_PAST_H
#define DOCKET_CORE_IMPORT_PAST_H

#include "core/dataset.h"

/* Somebody had it, from then to then. */
struct past {
    const char *client;
    int64_t started, finished;
    bool result;
    const char *error; /* NULL: none; beside a result it is what was wrong with it */
};

/* A task that was just added gets attempts of its past: those that ended with a result or an error, in the order they did. `returned`: it
 * is not to be worked on again: it has succeeded if one of them had a result, else failed. Counted in *d and *c, which the caller stores.
 * 0 or < 0. */
int import_past(struct turn *t, struct dataset_row *d, int64_t task, const struct past *past, int count, bool returned,
              struct coverage_row *c, struct err *e);

#endif
