/* docket job list: jobs, a line each. */
#include "base/text.h"
#include "cli/job_verb.h"

#include <stdio.h>

static const struct option OPTIONS[] = {JOB_LIST_OPTIONS};

const struct verb job_word_list = {
    .name = "job list",
    .arguments = "",
    .summary = "jobs, the newest first",
    .help = "Your own, those at your sites, and for an admin all. A state that was not confirmed\n"
            "for a while stands with its age: the site may not answer (docket site list says).\n\n"
            "  docket job list --site cluster --state running\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct job_list_options),
    .flags = VERB_OPENS_DATA,
    .run = job_verb_list,
};

enum { STATE_COLUMNS = 24, SITE_COLUMNS = 14, WHAT_COLUMNS = 20, REST_COLUMNS = 60 };

struct listing {
    struct arena *arena;
    bool json;
    int64_t left;
    bool any;
    size_t width;
};

/* Behind the other columns: why it is so, else what it runs. */
static void print_rest(const struct listing *l, const json_t *job)
{
    const char *reason = json_string_value(json_object_get(job, "reason")), *command = json_string_value(json_object_get(job, "command"));
    size_t used = 7 + 1 + STATE_COLUMNS + 1 + SITE_COLUMNS + 1 + WHAT_COLUMNS + 1;
    size_t room = l->width == OUT_UNLIMITED ? REST_COLUMNS : l->width > used + 1 ? l->width - used - 1 : 1;
    out_cut(stdout, reason ? reason : command ? command : "", room);
}

static void print_job(const struct listing *l, const json_t *job)
{
    const char *name = json_string_value(json_object_get(job, "name")), *queue = json_string_value(json_object_get(job, "queue"));
    printf("%7s ", out_field(l->arena, job, "id"));
    out_cell(stdout, job_verb_state(l->arena, job), STATE_COLUMNS);
    putchar(' ');
    out_cell(stdout, json_string_value(json_object_get(job, "site")), SITE_COLUMNS);
    putchar(' ');
    if (queue)
        out_cell(stdout, arena_printf(l->arena, "%s x%s", queue, out_field(l->arena, job, "workers")), WHAT_COLUMNS);
    else
        out_cell(stdout, name, WHAT_COLUMNS);
    putchar(' ');
    print_rest(l, job);
    putchar('\n');
}

static int on_job(void *arg, const json_t *job, struct err *e)
{
    struct listing *l = arg;
    if (l->json)
        out_json(job);
    else if (!l->any)
        printf("%7s %-*s %-*s %-*s %s\n", "Id", STATE_COLUMNS, "State", SITE_COLUMNS, "Site", WHAT_COLUMNS, "Name or queue", "Reason or command");
    l->any = true;
    if (!l->json)
        print_job(l, job);
    return --l->left ? 0 : ASK_ENOUGH;
}

static const char *filter(struct arena *a, const char *path, const char *name, const char *value)
{
    return value ? arena_printf(a, "%s&%s=%s", path, name, client_encode(a, value)) : path;
}

int job_verb_list(struct verb_call *call, struct err *e)
{
    enum { USUAL = 50 };
    const struct job_list_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    struct listing l = {&c.arena, o->base.json, o->limit ? o->limit : USUAL, false, out_width(STDOUT_FILENO)};
    int r = connect_open(&c, call, &o->base.connect, e);
    if (r)
        return r;
    const char *path = arena_printf(&c.arena, "/api/v1/jobs?limit=%d", l.left < LIMIT_PAGE ? (int)l.left : LIMIT_PAGE);
    path = filter(&c.arena, path, "site", o->site);
    path = filter(&c.arena, path, "state", o->state);
    path = filter(&c.arena, path, "queue", o->queue);
    r = ask_pages(c.client, path, "jobs", on_job, &l, e);
    if (!r && !l.any && !l.json)
        puts("there are no jobs: docket job submit, or docket launch, starts some");
    return r;
}
