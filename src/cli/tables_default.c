/* docket tables default: which dataset is meant where none is named. */
#include <stdio.h>

#include "base/cleanup.h"
#include "cli/tables_verb.h"

static const struct option OPTIONS[] = {TABLES_OPTIONS(struct tables_plain)};

static int run_default(struct verb_call *call, struct err *e);

const struct verb tables_default = {
    .name = "tables default",
    .arguments = "QUEUE",
    .summary = "the dataset that runners are given where they name none",
    .help = "Where a server has several datasets. Runners name one by their URL, or by the\n"
            "listener they come through (docket serve --listen ADDR:PORT=tables:QUEUE). For admins.\n\n"
            "  docket tables default round1\n",
    TABLES_PLAIN,
    .args_max = 1,
    .run = run_default,
};

static int run_default(struct verb_call *call, struct err *e)
{
    const struct tables_plain *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *body = json_pack("{s:b}", "default", 1), *answer = NULL;
    const char *queue;
    int r = tables_connect(call, &o->base, &c, &queue, e);
    if (!r)
        r = client_call(c.client, "PATCH", client_queue_path(&c.arena, queue, "/dataset"), body, &answer, e);
    if (!r && o->base.json)
        out_json(answer);
    else if (!r)
        printf("%s is the default\n", out_field(&c.arena, answer, "queue"));
    return r;
}
