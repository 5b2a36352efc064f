/* docket journal: who changed what, and when. */
#include <stdio.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "cli/ask.h"
#include "cli/connect.h"
#include "cli/out.h"
#include "cli/verb.h"

struct journal_options {
    struct connect_options connect;
    int64_t lines;
    bool json;
};

static const struct journal_options DEFAULTS = {.lines = 50};

#define AT(member) offsetof(struct journal_options, member)
static const struct option OPTIONS[] = {
    {"lines", 'n', OPTION_INT, "N", AT(lines), 1, LIMIT_PAGE, "the newest N entries; 50"},
    CONNECT_OPTIONS(AT(connect)),
    OUT_JSON_OPTION(struct journal_options),
};

static int run_journal(struct verb_call *call, struct err *e);

const struct verb verb_journal = {
    .name = "journal",
    .arguments = "[QUEUE]",
    .summary = "who changed what, and when",
    .help = "Policies, pauses, everything asked of tasks, removals, newest first; kept for 90\n"
            "days. What workers did with a task is told by `docket task ID`.\n\n"
            "  docket journal pictures\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct journal_options),
    .defaults = &DEFAULTS,
    .args_max = 1,
    .flags = VERB_OPENS_DATA,
    .run = run_journal,
};

static void print_entry(struct arena *a, const json_t *entry)
{
    static const char *const names[] = {"queue", "task", "detail"};
    printf("%s  ", out_field(a, entry, "at"));
    out_cell(stdout, out_field(a, entry, "actor"), 12);
    printf("  %-14s", out_field(a, entry, "action"));
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const json_t *value = json_object_get(entry, names[i]);
        if (!value || json_is_null(value))
            continue;
        fputs(i == 1 ? "  task " : "  ", stdout);
        out_safe(stdout, out_field(a, entry, names[i]));
    }
    putchar('\n');
}

static int run_journal(struct verb_call *call, struct err *e)
{
    struct journal_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *answer = NULL;
    size_t i;
    json_t *entry;
    int r = call->arg_count ? connect_check_queue(call->args[0], e) : 0;
    if (!r)
        r = connect_open(&c, call, &o->connect, e);
    if (r)
        return r;
    const char *queue = call->arg_count ? arena_printf(&c.arena, "&queue=%s", client_encode(&c.arena, call->args[0])) : "";
    r = client_call(c.client, "GET", arena_printf(&c.arena, "/api/v1/journal?limit=%d%s", (int)o->lines, queue), NULL, &answer, e);
    if (r)
        return r;
    if (o->json) {
        out_json(answer);
        return 0;
    }
    json_array_foreach(json_object_get(answer, "entries"), i, entry)
        print_entry(&c.arena, entry);
    return 0;
}
