/* A verb about one queue: what `show` and `status` share, and whoever wants to know how a queue stands first. */
#ifndef DOCKET_CLI_ONE_QUEUE_H
#define DOCKET_CLI_ONE_QUEUE_H

#include <jansson.h>
#include <stdbool.h>

#include "cli/connect.h"
#include "cli/out.h"

struct one_queue_options {
    struct connect_options connect;
    bool json;
};

#define ONE_QUEUE_OPTIONS                                                                                             \
    CONNECT_OPTIONS(offsetof(struct one_queue_options, connect)),                                                     \
    CONNECT_RUN_OPTION(offsetof(struct one_queue_options, connect)), OUT_JSON_OPTION(struct one_queue_options)

/* What their table entries have in common, with OPTIONS named so. */
#define ONE_QUEUE_TABLE                                                                                               \
    .options = OPTIONS, .option_count = COUNT_OF(OPTIONS), .options_bytes = sizeof(struct one_queue_options),         \
    .args_max = 1, .flags = VERB_OPENS_DATA

/* Takes the queue's name off the arguments, connects, and reads the queue (a new reference). 0; as connect_queue,
 * connect_open and ask_queue. */
int one_queue_read(struct verb_call *call, const struct connect_options *o, struct connection *c, const char **out_queue,
                   json_t **out_body, struct err *e);

#endif
