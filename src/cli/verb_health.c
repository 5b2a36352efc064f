/* docket health: one line and an exit status, for people and for monitors. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cli/connect.h"
#include "cli/out.h"
#include "cli/verb.h"

struct health_options {
    struct connect_options connect;
    bool json;
};

static const struct option OPTIONS[] = {
    CONNECT_OPTIONS(offsetof(struct health_options, connect)),
    OUT_JSON_OPTION(struct health_options),
};

static int run_health(struct verb_call *call, struct err *e);

const struct verb verb_health = {
    .name = "health",
    .arguments = "",
    .summary = "is the server well: one line and an exit status",
    .help = "Exits 0 if it is, 1 if it is not (its disk is full, say), 4 if it does not\n"
            "answer.\n\n"
            "  docket health --server http://10.0.0.2:5000\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct health_options),
    .run = run_health,
};

struct answer {
    bool here;
    int status;
    json_t *body;
    struct err err;
};

static void on_answer(void *arg, const struct client_reply *reply)
{
    struct answer *a = arg;
    a->here = true;
    a->status = reply->status;
    a->body = reply->body ? json_incref(reply->body) : NULL;
    a->err = reply->err;
}

static void print_line(const struct answer *answer, const char *url, struct arena *a)
{
    CLEANUP(buf_done) struct buf b = {0};
    const json_t *uptime = json_object_get(answer->body, "uptime");
    buf_printf(&b, "%s: docket %s at %s", out_field(a, answer->body, "status"), out_field(a, answer->body, "version"),
               url);
    if (json_is_number(uptime)) {
        buf_puts(&b, ", up ");
        text_span(&b, json_seconds(uptime));
    }
    out_safe(stdout, buf_text(&b));
    putchar('\n');
}

static int run_health(struct verb_call *call, struct err *e)
{
    struct health_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    struct answer answer = {0};
    int r = connect_open(&c, call, &o->connect, e);
    if (r)
        return r;
    client_send(c.client, "GET", "/healthz", NULL, 0, on_answer, &answer);
    while (!answer.here)
        loop_turn(call->loop, -1);
    CLEANUP(json_drop) json_t *body = answer.body;
    if (!json_is_object(body)) {
        *e = answer.err;
        return answer.status ? err_fail(e, ERR_INTERNAL, "%s is no docket server", client_url(c.client))
                             : -(int)e->code;
    }
    if (o->json)
        out_json(body);
    else
        print_line(&answer, client_url(c.client), &c.arena);
    call->status = answer.status == 200 ? 0 : 1;
    return 0;
}
