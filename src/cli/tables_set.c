/* docket tables set: settings of a dataset. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/tables_verb.h"

struct set_options {
    struct tables_options base;
    const char *order, *prefix, *add_prefix, *open, *audit, *analyze;
};

#define AT(member) offsetof(struct set_options, member)
static const struct option OPTIONS[] = {
    {"order", 0, OPTION_TEXT, "col-row|row-col", AT(order), 0, 0, "what a cell is written with first in what is exported"},
    {"prefix", 0, OPTION_TEXT, "URL", AT(prefix), 0, 0, "taken off what runners hand in"},
    {"add-prefix", 0, OPTION_TEXT, "on|off", AT(add_prefix), 0, 0, "put it before what is exported"},
    {"open", 0, OPTION_TEXT, "on|off", AT(open), 0, 0, "let runners in without an account"},
    {"audit", 0, OPTION_TEXT, "on|off", AT(audit), 0, 0, "ask runners for audit records"},
    {"analyze", 0, OPTION_TEXT, "on|off", AT(analyze), 0, 0, "ask runners for their candidates"},
    TABLES_OPTIONS(struct set_options),
};

static int run_set(struct verb_call *call, struct err *e);

const struct verb tables_set = {
    .name = "tables set",
    .arguments = "QUEUE",
    .summary = "change the settings of a dataset",
    .help = "What is not named stays as it is; with nothing named it is shown. Leases, attempts\n"
            "and the rest are changed as any queue's: docket set.\n\n"
            "  docket tables set round1 --open on --analyze off\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct set_options),
    .args_max = 1,
    .flags = VERB_OPENS_DATA,
    .run = run_set,
};

static int put_switch(json_t *body, const char *name, const char *option, const char *word, struct err *e)
{
    if (!word)
        return 0;
    bool on = strcmp(word, "on") == 0;
    if (!on && strcmp(word, "off") != 0)
        return err_refuse(e, ERR_USAGE, "--%s is on or off, not '%s'", option, word);
    json_object_set_new(body, name, json_boolean(on));
    return 0;
}

static int make_body(const struct set_options *o, json_t *body, struct err *e)
{
    const struct {
        const char *name, *option, *word;
    } SWITCHES[] = {{"add_prefix", "add-prefix", o->add_prefix}, {"open", "open", o->open}, {"audit", "audit", o->audit},
                    {"analyze", "analyze", o->analyze}};
    int r = 0;
    if (o->order)
        json_object_set_new(body, "order", json_string(o->order));
    if (o->prefix && json_object_set_new(body, "prefix", json_string(o->prefix)))
        r = err_refuse(e, ERR_USAGE, "--prefix must be UTF-8");
    for (size_t i = 0; !r && i < COUNT_OF(SWITCHES); i++)
        r = put_switch(body, SWITCHES[i].name, SWITCHES[i].option, SWITCHES[i].word, e);
    if (!r && o->order && strcmp(o->order, "col-row") != 0 && strcmp(o->order, "row-col") != 0)
        r = err_refuse(e, ERR_USAGE, "--order is col-row or row-col, not '%s'", o->order);
    return r;
}

static void print(struct arena *a, const json_t *dataset)
{
    CLEANUP(buf_done) struct buf b = {0};
    tables_settings_words(dataset, &b);
    printf("%s: %s\n", out_field(a, dataset, "queue"), buf_text(&b));
}

static int run_set(struct verb_call *call, struct err *e)
{
    const struct set_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *body = json_object(), *answer = NULL;
    const char *queue;
    int r = make_body(o, body, e);
    if (!r)
        r = tables_connect(call, &o->base, &c, &queue, e);
    if (r)
        return r;
    bool any = json_object_size(body);
    r = client_call(c.client, any ? "PATCH" : "GET", client_queue_path(&c.arena, queue, "/dataset"), any ? body : NULL, &answer, e);
    if (!r && o->base.json)
        out_json(answer);
    else if (!r)
        print(&c.arena, answer);
    return r;
}
