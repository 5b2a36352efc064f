/* docket tables error: the newest error that was handed in for a table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cli/tables_verb.h"

static const struct option OPTIONS[] = {TABLES_OPTIONS(struct tables_plain)};

static int run_error(struct verb_call *call, struct err *e);

const struct verb tables_error = {
    .name = "tables error",
    .arguments = "QUEUE TABLE",
    .summary = "the newest error that was handed in for a table",
    .help = "As it was handed in; on a terminal made safe to be looked at.\n\n"
            "  docket tables error round1 T1\n",
    TABLES_PLAIN,
    .args_min = 2,
    .args_max = 2,
    .run = run_error,
};

static void print(const char *bytes, size_t n)
{
    CLEANUP(buf_done) struct buf text = {0};
    if (!isatty(STDOUT_FILENO)) {
        fwrite(bytes, 1, n, stdout);
        return;
    }
    text_safe(&text, bytes, n, true);
    if (text.len && text.data[text.len - 1] != '\n')
        buf_putc(&text, '\n');
    fwrite(buf_text(&text), 1, text.len, stdout);
}

static void print_json(const char *table, const char *bytes, size_t n)
{
    CLEANUP(json_drop) json_t *object = json_pack("{s:o, s:o}", "table", json_bytes(table, strlen(table)), "error", json_bytes(bytes, n));
    out_json(object);
}

static int run_error(struct verb_call *call, struct err *e)
{
    const struct tables_plain *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(cleanup_free) char *bytes = NULL;
    const char *queue;
    size_t n = 0;
    int r = tables_connect(call, &o->base, &c, &queue, e);
    if (r)
        return r;
    const char *tail = arena_printf(&c.arena, "/tables/%s/error", client_encode(&c.arena, call->args[0]));
    FILE *to = open_memstream(&bytes, &n);
    if (!to)
        abort();
    r = client_save(c.client, client_queue_path(&c.arena, queue, tail), to, e);
    fclose(to);
    if (!r && o->base.json)
        print_json(call->args[0], bytes, n);
    else if (!r)
        print(bytes, n);
    return r;
}
