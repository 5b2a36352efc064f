/* The name that the program was called by: docket, or qdo for scripts that know it by that (a link to the same file). What
 * differs is said by the tables of the verbs (qdo_defaults in verb.h); here are only the words. */
#ifndef DOCKET_CLI_PROGRAM_H
#define DOCKET_CLI_PROGRAM_H

#include <stdbool.h>

#include "base/buf.h"

/* "qdo" if the last part of argv[0] is that, else "docket". */
const char *program_name(void);
bool program_is_qdo(void);

/* Appends words in which "docket VERB" and "docket --OPTION" become what the caller would type: "qdo VERB". */
void program_say(struct buf *b, const char *words);

#endif
