/* See one_queue.h. */
#include "cli/one_queue.h"

#include "cli/ask.h"

int one_queue_read(struct verb_call *call, const struct connect_options *o, struct connection *c, const char **out_queue,
                   json_t **out_body, struct err *e)
{
    int r = connect_queue(call, o, out_queue, e);
    if (!r)
        r = connect_open(c, call, o, e);
    return r ? r : ask_queue(c->client, *out_queue, out_body, e);
}
