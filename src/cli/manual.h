/* The manual, a page at a time on stdout, in roff: docket(1), docket-VERB(1), docket.conf(5), qdo(1). The pages are made from
 * the tables that drive the program, so they cannot tell of another one. */
#ifndef DOCKET_CLI_MANUAL_H
#define DOCKET_CLI_MANUAL_H

#include "base/err.h"
#include "cli/verb.h"

/* The page called name ("docket", "docket.conf", "qdo") or of the verb called so. 0; ERR_USAGE. */
int manual_print(const char *name, struct err *e);

void manual_overview(void);
void manual_settings(void);
void manual_qdo(void);
void manual_verb(const struct verb *v);

/* Names and texts of a list, a tag each. */
struct manual_row {
    const char *name, *words;
};
void manual_rows(const struct manual_row *rows, size_t count);


/* What begins small and ends without a full stop in a table, as a sentence on a line. */
void manual_sentence(const char *words);

#endif
