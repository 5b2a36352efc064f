/* What runners tell of how they worked: audit records, summed up as they come, and analyses, one a table. */
#ifndef DOCKET_CORE_DATASET_AUDIT_H
#define DOCKET_CORE_DATASET_AUDIT_H

#include "core/dataset.h"

/* Keeps a record. 0 or < 0. */
int dataset_audit_add(struct turn *t, const struct dataset *d, const struct audit_row *row, struct err *e);

/* The sums by task, step and method, the most solved first within a step. 0 or < 0. */
int dataset_audit_sums(struct turn *t, const struct dataset *d, struct arena *a, struct audit_sum_row **out_rows, int *out_count,
                       struct err *e);

/* The records themselves, with ids > after, at most max. 0 or < 0. */
int dataset_audit_records(struct turn *t, const struct dataset *d, int64_t after, int max, struct arena *a,
                          struct audit_row **out_rows, int *out_count, struct err *e);

/* Keeps n bytes as the analysis of a table, in the place of one that is there. 0; ERR_ANALYSIS_OFF; ERR_TABLE_NOT_FOUND. */
int dataset_keep_analysis(struct turn *t, const struct dataset *d, const char *table, const char *bytes, size_t n, struct err *e);

#endif
