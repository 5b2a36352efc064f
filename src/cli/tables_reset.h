/* What `docket tables reset` was asked for. */
#ifndef DOCKET_CLI_TABLES_RESET_H
#define DOCKET_CLI_TABLES_RESET_H

#include "cli/tables_verb.h"

struct tables_reset_options {
    struct tables_options base;
    bool errors, dry_run;
    const char *missing, *of;
};

#endif
