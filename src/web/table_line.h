/* Lines of an import (doc/PROTOCOL.md, "Datasets"): a table with its targets and truths, what a dataset is, that it is whole. */
#ifndef DOCKET_WEB_TABLE_LINE_H
#define DOCKET_WEB_TABLE_LINE_H

#include "base/json.h"
#include "core/dataset_import.h"

/* What a line may be. */
extern const struct json_shape table_line_shape;

/* The first line. 0; ERR_BAD_FIELD, ERR_UNKNOWN_FIELD. Texts are borrowed from the line. */
int table_line_settings(const json_t *line, struct dataset_row *out, struct err *e);

/* The last one. */
int table_line_end(const json_t *line, int64_t *out_tables, int64_t out_unknown[TARGET_KINDS], struct err *e);

/* Any other: *out lives in the arena, with texts borrowed from the line. */
int table_line_read(const json_t *line, struct arena *a, struct import_table *out, struct err *e);

/* "header" and "data" of a table, as what is stored of it. The same refusals. */
int table_line_payload(const char *name, const json_t *header, const json_t *data, struct arena *a, const char **out, size_t *out_n,
                       struct err *e);

#endif
