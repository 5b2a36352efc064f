/* Named readers of changes: who has read up to which revision. */
#ifndef DOCKET_CORE_CONSUMER_H
#define DOCKET_CORE_CONSUMER_H

#include "core/queue.h"

/* The asker's consumer of that name. 0 or ERR_CONSUMER_NOT_FOUND. */
int consumer_find(struct turn *t, const struct who *who, const char *name, struct arena *a, struct consumer_row *out,
                  struct err *e);

/* Makes a consumer, or notes that it has read up to rev (0: it begins again). *out_made: whether it is new. 0; ERR_BAD_NAME;
 * ERR_BAD_FIELD for a revision from the future; ERR_CHANGES_GONE for one from which changes are missing already;
 * ERR_TOO_LARGE for one name too many. */
int consumer_put(struct turn *t, const struct who *who, const char *name, int64_t rev, struct arena *a,
                 struct consumer_row *out, bool *out_made, struct err *e);

/* 0 or ERR_CONSUMER_NOT_FOUND. */
int consumer_remove(struct turn *t, const struct who *who, const char *name, struct err *e);

/* The asker's, by name: up to max after `after`. */
int consumer_list(struct turn *t, const struct who *who, const char *after, int max, struct arena *a,
                  struct consumer_row **out_rows, int *out_count, struct err *e);

#endif
