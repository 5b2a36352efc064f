/* docket site list: the sites, a line each. */
#include "cli/site_verb.h"

#include <inttypes.h>
#include <stdio.h>

static const struct option OPTIONS[] = {SITE_OPTIONS};

const struct verb site_word_list = {
    .name = "site list",
    .arguments = "",
    .summary = "the sites where you may start jobs",
    .help = "Your own and those that are shared with you; all for an admin.\n\n"
            "  docket site list\n",
    SITE_PLAIN,
    .flags = VERB_OPENS_DATA,
    .run = site_verb_list,
};

enum { NAME_COLUMNS = 22, HOST_COLUMNS = 24, STATE_COLUMNS = 26, MESSAGE_COLUMNS = 60 };

static int64_t open_jobs(const json_t *site)
{
    const json_t *jobs = json_object_get(site, "jobs");
    return out_int(jobs, "submitted") + out_int(jobs, "pending") + out_int(jobs, "running");
}

static void print_site(struct arena *a, const json_t *site)
{
    const char *message = json_string_value(json_object_get(site, "message"));
    out_cell(stdout, site_verb_ref(a, site), NAME_COLUMNS);
    printf(" %-6s ", out_field(a, site, "kind"));
    out_cell(stdout, json_string_value(json_object_get(site, "host")), HOST_COLUMNS);
    putchar(' ');
    out_cell(stdout, site_verb_state(a, site), STATE_COLUMNS);
    printf(" %6" PRId64 " ", open_jobs(site));
    out_cut(stdout, message ? message : "", MESSAGE_COLUMNS);
    putchar('\n');
}

int site_verb_list(struct verb_call *call, struct err *e)
{
    const struct site_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *answer = NULL;
    size_t i;
    json_t *site;
    int r = connect_open(&c, call, &o->connect, e);
    if (!r)
        r = client_call(c.client, "GET", "/api/v1/sites", NULL, &answer, e);
    if (r)
        return r;
    const json_t *sites = json_object_get(answer, "sites");
    if (!o->json && json_array_size(sites))
        printf("%-*s %-6s %-*s %-*s %6s %s\n", NAME_COLUMNS, "Site", "Kind", HOST_COLUMNS, "Host", STATE_COLUMNS, "State", "Jobs", "Message");
    else if (!o->json)
        puts("there are no sites: docket site add NAME makes one");
    json_array_foreach ((json_t *)sites, i, site) {
        if (o->json)
            out_json(site);
        else
            print_site(&c.arena, site);
    }
    return 0;
}
