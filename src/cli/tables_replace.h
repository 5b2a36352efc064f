/* Other content for tables of a dataset, out of a folder of CSV files. */
#ifndef DOCKET_CLI_TABLES_REPLACE_H
#define DOCKET_CLI_TABLES_REPLACE_H

#include "cli/tables_verb.h"

/* Names of tables, by what became of their files: "replaced", "unknown" (there is no such table), "held" (by a runner at the moment). Each
 * *.csv of dir replaces what is in the table of its name, which is worked on again; dry: says what would be. A new reference. 0; what
 * the files or the server said. */
int tables_replace(struct connection *c, const char *queue, const char *dir, bool dry, json_t **out_told, struct err *e);

#endif
