/* How queues are scaled, for people: what `docket scale` and `docket show` share. */
#ifndef DOCKET_CLI_SCALE_VIEW_H
#define DOCKET_CLI_SCALE_VIEW_H

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"
#include "cli/client.h"

/* A line each, with the heads of the columns; what there is to say of one stands below it. */
void scale_view_list(struct arena *a, const json_t *scales);

/* "2 running, 1 waiting of at most 8 jobs at cluster; 12.50 of 100.00 core-hours". In the arena. */
const char *scale_view_words(struct arena *a, const json_t *scale);

/* Those of a queue ("NAME" or "OWNER/NAME"; NULL: all). 0 and a new reference; what the server said. */
int scale_view_ask(struct client *c, struct arena *a, const char *queue, json_t **out, struct err *e);

#endif
