/* The script that lets a shell complete docket's command lines. */
#ifndef DOCKET_CLI_COMPLETION_H
#define DOCKET_CLI_COMPLETION_H

#include "base/err.h"

/* The script for `shell` ("bash") on stdout. 0; ERR_USAGE for a shell that is not known. */
int completion_print(const char *shell, struct err *e);

#endif
