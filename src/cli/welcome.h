/* What somebody who starts a server at a terminal is told besides: a link that signs a browser in. */
#ifndef DOCKET_CLI_WELCOME_H
#define DOCKET_CLI_WELCOME_H

#include "base/loop.h"
#include "cli/client.h"
#include "cli/server.h"

struct welcome {
    struct client *client; /* NULL: nobody is at a terminal */
};

/* Where standard output is a terminal, asks the server, whose data directory is `data`, for a link and prints it once the loop
 * turns. Anywhere else nothing is printed, for what goes into a log is to hold no secret. */
void welcome_begin(struct welcome *w, struct loop *l, const struct server *s, const char *data);

/* Before the server is freed. For CLEANUP; fine on one that was zeroed and never begun. */
void welcome_done(struct welcome *w);

#endif
