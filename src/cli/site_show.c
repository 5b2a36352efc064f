/* docket site show: settings of a site, and what was found out about it. */
#include "cli/site_verb.h"

#include <stdio.h>

static const struct option OPTIONS[] = {SITE_OPTIONS};

static int run_show(struct verb_call *call, struct err *e);

const struct verb site_word_show = {
    .name = "site show",
    .arguments = "SITE",
    .summary = "settings of a site, and what was found out about it",
    .help = "What a check has found: how workers there reach this server (home), by which program they\n"
            "run, its cores and partitions, whether Slurm keeps accounts.\n\n"
            "  docket site show cluster\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct site_options),
    .args_min = 1,
    .args_max = 1,
    .flags = VERB_OPENS_DATA,
    .run = run_show,
};

static void print_object(const char *title, const json_t *object)
{
    const char *name;
    json_t *value;
    if (json_object_size(object))
        printf("%s\n", title);
    json_object_foreach ((json_t *)object, name, value) {
        CLEANUP(buf_done) struct buf b = {0};
        if (!json_is_string(value))
            json_write(value, &b);
        printf("  ");
        out_cell(stdout, name, 14);
        putchar(' ');
        out_safe(stdout, json_is_string(value) ? json_string_value(value) : buf_text(&b));
        putchar('\n');
    }
}

static void print_shared(const json_t *site)
{
    size_t i;
    json_t *user;
    json_array_foreach (json_object_get(site, "shared"), i, user) {
        fputs(i ? ", " : "shared with     ", stdout);
        out_safe(stdout, json_string_value(user));
    }
    if (json_array_size(json_object_get(site, "shared")))
        putchar('\n');
}

static void print(struct arena *a, const json_t *site)
{
    const char *message = json_string_value(json_object_get(site, "message"));
    out_safe(stdout, site_verb_ref(a, site));
    printf(": %s%s", site_verb_state(a, site), message ? ", " : "");
    if (message)
        out_safe(stdout, message);
    puts(json_is_true(json_object_get(site, "fixed")) ? " (stands in the settings of the server)" : "");
    print_shared(site);
    print_object("settings", json_object_get(site, "settings"));
    print_object("found", json_object_get(site, "found"));
    print_object("jobs", json_object_get(site, "jobs"));
}

static int run_show(struct verb_call *call, struct err *e)
{
    const struct site_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *site = NULL;
    int r = site_verb_call(call, &c, "GET", "", NULL, &site, e);
    if (!r && o->json)
        out_json(site);
    else if (!r)
        print(&c.arena, site);
    return r;
}
