/* docket output: what one task wrote, stdout to stdout and stderr to stderr; or one body of it, whole, as it is. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/connect.h"
#include "cli/out.h"
#include "cli/out_bytes.h"
#include "cli/program.h"
#include "cli/task_filter.h"
#include "cli/verb.h"

struct output_options {
    struct connect_options connect;
    bool only_stdout, only_stderr, result, whole, raw, json;
    int64_t attempt; /* 0: the last */
};

#define AT(member) offsetof(struct output_options, member)
static const struct option OPTIONS[] = {
    {"stdout", 0, OPTION_FLAG, NULL, AT(only_stdout), 0, 0, "only what it wrote to stdout"},
    {"stderr", 0, OPTION_FLAG, NULL, AT(only_stderr), 0, 0, "only what it wrote to stderr"},
    {"result", 0, OPTION_FLAG, NULL, AT(result), 0, 0, "what it returned: JSON, or the bytes it handed in"},
    {"whole", 0, OPTION_FLAG, NULL, AT(whole), 0, 0, "all that is kept of its stdout (or --stderr), not only the end"},
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
    .help = "The server keeps the last 64 KiB of each stream, or all of it where the worker\n"
            "handed it in as bytes; docket work --logs DIR keeps all of it.\n\n"
            "  docket output 17\n"
            "  docket output 17 --result > result.bin\n"
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
    buf_printf(&note, "%s: of the ", program_name());
    text_count(&note, size);
    buf_printf(&note, " bytes it wrote to %s these are the last ", name);
    text_count(&note, (int64_t)kept);
    buf_puts(&note, "; --whole shows what else is kept\n");
    fputs(buf_text(&note), stderr);
    return 0;
}

/* A terminal gets text that is safe on it, and no more than fits a look. */
static int show(struct client *client, const char *path, const char *id, const char *option, struct err *e)
{
    CLEANUP(cleanup_free) char *bytes = NULL;
    CLEANUP(buf_done) struct buf text = {0};
    size_t n = 0;
    FILE *to = open_memstream(&bytes, &n);
    if (!to)
        abort();
    int r = client_save(client, path, to, e);
    fclose(to);
    if (r)
        return r;
    if (n > LIMIT_BODY) {
        text_count(&text, (int64_t)n);
        printf("%s bytes: docket output %s %s > FILE\n", buf_text(&text), id, option);
        return 0;
    }
    text_safe(&text, bytes, n, true);
    if (text.len && text.data[text.len - 1] != '\n')
        buf_putc(&text, '\n');
    fwrite(buf_text(&text), 1, text.len, stdout);
    return 0;
}

static int print_body(struct connection *c, const struct output_options *o, const char *id, const char *query,
                      struct err *e)
{
    const char *part = o->result ? "result" : o->only_stderr ? "stderr" : "stdout";
    const char *path = arena_printf(&c->arena, "/api/v1/tasks/%s/%s%s", id, part, query);
    if (isatty(STDOUT_FILENO) && !o->raw)
        return show(c->client, path, id, o->result ? "--result" : "--whole", e);
    return client_save(c->client, path, stdout, e);
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
    if (o->result || o->whole)
        return print_body(&c, o, call->args[0], attempt, e);
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
