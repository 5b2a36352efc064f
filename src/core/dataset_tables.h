/* The tables of a dataset as somebody who steers it sees them: lists, one, its newest error; and working on some of them again. Which
 * tables are meant is said by flags of an operation (OPERATION_NO_RESULT and those behind it), so that a list shows what a reset
 * would touch. */
#ifndef DOCKET_CORE_DATASET_TABLES_H
#define DOCKET_CORE_DATASET_TABLES_H

#include "core/dataset.h"
#include "core/look.h"
#include "core/operation.h"

/* The flags for: those that ended without a result; those whose targets `of` ("cea", …; NULL: that) are missing "all" or in "part" (NULL: no
 * matter). 0; ERR_BAD_FIELD naming what cannot be. Pure. */
int dataset_choose(bool errors, const char *missing, const char *of, int64_t *out_flags, struct err *e);

/* Up to max tables that the flags mean (0: all) behind the task `after`, in the order of their tasks, among at most LIMIT_PAGE looked at. *out_next:
 * where to go on; NONE: there are no more. */
int dataset_tables(struct turn *t, const struct dataset *d, int64_t flags, int64_t after, int max, struct arena *a,
                   struct table_row **out, int *out_count, int64_t *out_next, struct err *e);

/* One by its name. 0; ERR_TABLE_NOT_FOUND. */
int dataset_table_look(struct turn *t, const struct dataset *d, const char *name, struct arena *a, struct table_row *out, struct err *e);

/* Did it end without a result, or with one that tells of errors? Pure. */
bool dataset_table_failed(const struct table_row *table);

/* The newest error that was handed in for a table. 0; ERR_TABLE_NOT_FOUND; ERR_OUTPUT_NOT_FOUND. */
int dataset_table_error(struct turn *t, const struct who *who, const struct dataset *d, const char *name, struct body *out,
                        struct err *e);

/* Tables that have ended are to be worked on again; what they have is kept. Those that the flags mean: as operation_filter. Those of the
 * names: as operation_ids; ERR_TABLE_NOT_FOUND, and none is touched. */
int dataset_reset(struct turn *t, const struct who *who, const struct dataset *d, int64_t flags, struct operation_sum *out,
                  int64_t *out_operation, struct err *e);
int dataset_reset_named(struct turn *t, const struct who *who, const struct dataset *d, const char *const *names, int count,
                        struct operation_sum *out, struct err *e);

#endif
