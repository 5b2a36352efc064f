/* docket tables show: one dataset in full: what is done and mapped, how fast and how long still, who works on it, what failed. */
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/failures.h"
#include "cli/queue_words.h"
#include "cli/tables_verb.h"

static const struct option OPTIONS[] = {TABLES_OPTIONS(struct tables_plain)};

static int run_show(struct verb_call *call, struct err *e);

const struct verb tables_show = {
    .name = "tables show",
    .arguments = "QUEUE",
    .summary = "one dataset: tables done, targets mapped, rate, clients, why tables failed",
    .help = "Errors are tables that ended without a result, and those whose result tells of\n"
            "errors, too. The policy of its queue is told by `docket show`.\n\n"
            "  docket tables show round1\n",
    TABLES_PLAIN,
    .args_max = 1,
    .run = run_show,
};

/* All that is asked of the server. */
struct seen {
    json_t *dataset, *queue, *failures;
};

static void drop(struct seen *s)
{
    json_decref(s->dataset);
    json_decref(s->queue);
    json_decref(s->failures);
}

static void print_line(const char *title, const struct buf *b) { printf("%-9s %s\n", title, buf_text(b)); }

static void put_part(struct buf *b, int64_t n, const char *what)
{
    buf_puts(b, ", ");
    text_count(b, n);
    buf_printf(b, " %s", what);
}

static void print_tables(const json_t *dataset)
{
    CLEANUP(buf_done) struct buf b = {0};
    const json_t *tables = json_object_get(dataset, "tables");
    text_count(&b, out_int(tables, "total"));
    put_part(&b, out_int(tables, "result"), "with a result");
    put_part(&b, out_int(tables, "error"), "with errors");
    put_part(&b, out_int(tables, "unfinished"), "left");
    print_line("tables", &b);
}

static void print_rate(const json_t *queue)
{
    CLEANUP(buf_done) struct buf b = {0};
    queue_words_rate(queue, &b);
    print_line("rate", &b);
}

static void print_mappings(const json_t *dataset)
{
    const json_t *mappings = json_object_get(dataset, "mappings");
    for (int i = 0; i < TABLES_KINDS; i++) {
        CLEANUP(buf_done) struct buf b = {0};
        buf_printf(&b, "%s  ", TABLES_KIND[i]);
        tables_bar(json_object_get(mappings, TABLES_KIND[i]), &b);
        print_line(i ? "" : "mapped", &b);
    }
}

static void print_clients(const json_t *dataset)
{
    CLEANUP(buf_done) struct buf b = {0};
    const json_t *clients = json_object_get(dataset, "clients");
    text_count(&b, out_int(clients, "minute"));
    buf_puts(&b, " in the last minute");
    put_part(&b, out_int(clients, "quarter"), "in 15 min");
    put_part(&b, out_int(clients, "hour"), "in an hour");
    put_part(&b, out_int(clients, "day"), "in a day");
    print_line("clients", &b);
}

static void print_times(const json_t *dataset)
{
    static const char *const NAMES[] = {"result", "error"}, *const WORDS[] = {"to a result", "to an error"};
    CLEANUP(buf_done) struct buf b = {0};
    const json_t *seconds = json_object_get(dataset, "seconds");
    for (size_t i = 0; i < COUNT_OF(NAMES); i++) {
        const json_t *mean = json_object_get(seconds, NAMES[i]);
        if (!json_is_number(mean))
            continue;
        buf_puts(&b, b.len ? ", " : "");
        text_span(&b, json_seconds(mean));
        buf_printf(&b, " %s", WORDS[i]);
    }
    if (b.len)
        print_line("times", &b);
}

static void print_operations(struct arena *a, const json_t *queue)
{
    size_t i;
    json_t *operation;
    json_array_foreach(json_object_get(queue, "operations"), i, operation) {
        CLEANUP(buf_done) struct buf b = {0};
        out_count(&b, out_int(operation, "done"), "table", "tables");
        printf("%-9s %s, %s so far\n", "under way", out_field(a, operation, "kind"), buf_text(&b));
    }
}

/* A table is told by its name, not by all that is in it. */
static void print_failures(struct arena *a, const json_t *answer)
{
    struct failures failures;
    const json_t *groups = json_object_get(answer, "groups");
    failures_take(answer, a, &failures);
    for (size_t i = 0; i < failures.count; i++)
        failures.groups[i].first_command = out_field(a, json_object_get(json_array_get(groups, i), "payload"), "name");
    if (!failures.count)
        return;
    puts("failures");
    failures_print(stdout, &failures, out_width(STDOUT_FILENO));
}

static void print(struct arena *a, const struct seen *s)
{
    CLEANUP(buf_done) struct buf settings = {0};
    printf("%s/%s, %s%s\n", out_field(a, s->dataset, "owner"), out_field(a, s->dataset, "queue"), out_field(a, s->dataset, "state"),
           json_is_true(json_object_get(s->dataset, "default")) ? ", the default" : "");
    print_tables(s->dataset);
    print_rate(s->queue);
    print_mappings(s->dataset);
    print_clients(s->dataset);
    print_times(s->dataset);
    tables_settings_words(s->dataset, &settings);
    print_line("settings", &settings);
    print_operations(a, s->queue);
    print_failures(a, s->failures);
}

static int run_show(struct verb_call *call, struct err *e)
{
    const struct tables_plain *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(drop) struct seen seen = {0};
    const char *queue;
    int r = tables_connect(call, &o->base, &c, &queue, e);
    if (!r)
        r = tables_get(&c, queue, "/dataset", &seen.dataset, e);
    if (!r)
        r = tables_get(&c, queue, "", &seen.queue, e);
    if (!r)
        r = tables_get(&c, queue, "/failures", &seen.failures, e);
    if (r)
        return r;
    if (o->base.json) {
        json_object_set(seen.dataset, "failures", seen.failures);
        out_json(seen.dataset);
        return 0;
    }
    print(&c.arena, &seen);
    return 0;
}
