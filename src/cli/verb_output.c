/* docket output: what one task wrote, stdout to stdout and stderr to stderr. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cli/connect.h"
#include "cli/out.h"
#include "cli/out_bytes.h"
#include "cli/task_filter.h"
#include "cli/verb.h"

struct output_options {
    struct connect_options connect;
    bool only_stdout, only_stderr, raw, json;
    int64_t attempt; /* 0: the last */
};

#define AT(member) offsetof(struct output_options, member)
static const struct option OPTIONS[] = {
    {"stdout", 0, OPTION_FLAG, NULL, AT(only_stdout), 0, 0, "only what it wrote to stdout"},
    {"stderr", 0, OPTION_FLAG, NULL, AT(only_stderr), 0, 0, "only what it wrote to stderr"},
    {"attempt", 0, OPTION_INT, "N", AT(attempt), 1, INT64_MAX, "of this attempt, not the last that finished"},
    {"raw", 0, OPTION_FLAG, NULL, AT(raw), 0, 0, "as it is even on a terminal"},
    CONNECT_OPTIONS(AT(connect)),
    CONNECT_RUN_OPTION(AT(connect)),
    OUT_JSON_OPTION(struct output_options),
};

static int run_output(struct verb_call *call, struct err *e);

const struct verb verb_output = {
    .name = "output",
    .arguments = "ID",
    .summary = "what one task wrote",
    .help = "The server keeps the last 64 KiB of each stream; docket work --logs DIR keeps\n"
            "all of it.\n\n"
            "  docket output 17\n"
            "  docket output --run commands.txt 17\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct output_options),
    .args_min = 1,
    .args_max = 1,
    .flags = VERB_OPENS_DATA,
    .run = run_output,
};

static int print_stream(FILE *to, const json_t *body, const char *name, bool raw, struct err *e)
{
    CLEANUP(arena_done) struct arena arena = {0};
    CLEANUP(buf_done) struct buf note = {0};
    size_t kept;
    int r = out_bytes(to, json_object_get(body, name), name, raw, &kept, e);
    int64_t size = out_int(body, arena_printf(&arena, "%s_size", name));
    if (r || size <= (int64_t)kept)
        return r;
    fflush(to);
    buf_puts(&note, "docket: of the ");
    text_count(&note, size);
    buf_printf(&note, " bytes it wrote to %s only the last ", name);
    text_count(&note, (int64_t)kept);
    buf_puts(&note, " are kept\n");
    fputs(buf_text(&note), stderr);
    return 0;
}

static int run_output(struct verb_call *call, struct err *e)
{
    struct output_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *body = NULL;
    int64_t id;
    int r = task_filter_id(call->args[0], &id, e);
    if (!r)
        r = connect_open(&c, call, &o->connect, e);
    if (r)
        return r;
    const char *attempt = o->attempt ? arena_printf(&c.arena, "?attempt=%" PRId64, o->attempt) : "";
    const char *path = arena_printf(&c.arena, "/api/v1/tasks/%" PRId64 "/output%s", id, attempt);
    r = client_call(c.client, "GET", path, NULL, &body, e);
    if (!r && o->json)
        out_json(body);
    if (r || o->json)
        return r;
    if (!o->only_stderr || o->only_stdout)
        r = print_stream(stdout, body, "stdout", o->raw, e);
    if (!r && (!o->only_stdout || o->only_stderr))
        r = print_stream(stderr, body, "stderr", o->raw, e);
    return r;
}
