/* The face of the table work manager (doc/PROTOCOL.md, "The tables face"): what its files share. Private to tables_*.c, but for
 * tables_open, which auth.c asks. */
#ifndef DOCKET_WEB_TABLES_H
#define DOCKET_WEB_TABLES_H

#include "core/dataset.h"
#include "web/request.h"

/* The dataset that the request means: that of its path, of its listener, or the one there is. 0; as dataset_meant. */
int tables_dataset(struct request *r, struct turn *t, struct dataset *out, struct err *e);

/* The same for a handler that also answers a path of the native API, which names its dataset. */
int tables_any_dataset(struct request *r, struct turn *t, struct dataset *out, struct err *e);

/* Does it mean a dataset in which runners need no account, whoever they are? */
int tables_open(struct request *r, struct turn *t, bool *out, struct err *e);

/* Who runs: the client that the query names (form: the body first, where that is a form). 0; ERR_NO_CLIENT; ERR_BAD_FIELD. */
int tables_client(struct request *r, bool form, const char **out, struct err *e);

/* The body as it was before it was compressed. In the request. 0; ERR_BAD_REQUEST, ERR_TOO_LARGE. */
int tables_body(struct request *r, struct err *e);

/* What a runner's result says, into *out, in the arena. 0; ERR_BAD_JSON, ERR_BAD_FIELD naming the place. */
struct hand_in_result;
int tables_read_result(struct request *r, struct turn *t, struct hand_in_result *out, struct err *e);

/* The members of an answer that begins `{"cea":…,"cpa":…,"cta":…}` are told in this order. */
enum { TABLES_TOLD = TARGET_KINDS - 1 };
extern const enum target_kind tables_told[TABLES_TOLD];

/* An answer that is saved as a file of this name. Characters of it that a header cannot hold become lines. */
void tables_attachment(struct request *r, const char *name);
/* Audit records, summed up: six steps, each with its methods. A new reference. */
json_t *tables_audit_sums(const struct audit_sum_row *rows, int count);

/* 200 and nothing else, as runners know it. */
int tables_done(struct request *r);

#endif
