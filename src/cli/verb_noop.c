/* docket noop: is all in order for the other verbs? Nothing is done but to find the server and to be let in. */
#include "base/cleanup.h"
#include "cli/connect.h"

struct noop_options {
    struct connect_options connect;
};

static const struct option OPTIONS[] = {CONNECT_OPTIONS(offsetof(struct noop_options, connect))};

static int run_noop(struct verb_call *call, struct err *e);

const struct verb verb_noop = {
    .name = "noop",
    .arguments = "",
    .summary = "do nothing, but say what would be in the way of other verbs",
    .help = "Exits 0 without a word if a server is found, answers and takes the token; else it\n"
            "says what is wrong, and exits as any verb would.\n\n"
            "  docket noop && docket load pictures convert-all.txt\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct noop_options),
    .run = run_noop,
};

static int run_noop(struct verb_call *call, struct err *e)
{
    const struct noop_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    int r = connect_open(&c, call, &o->connect, e);
    return r ? r : client_call(c.client, "GET", "/api/v1/login", NULL, NULL, e);
}
