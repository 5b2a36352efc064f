/* docket show: one queue in full, with its failures summed up. */
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/ask.h"
#include "cli/one_queue.h"
#include "cli/failures.h"
#include "cli/queue_words.h"
#include "cli/scale_view.h"
#include "cli/verb.h"

static const struct option OPTIONS[] = {ONE_QUEUE_OPTIONS};

static int run_show(struct verb_call *call, struct err *e);

const struct verb verb_show = {
    .name = "show",
    .arguments = "QUEUE",
    .summary = "one queue: counts, rate, policy, why tasks failed",
    .help = "Tasks that ended alike are counted together, by their exit status and the last\n"
            "thing they said.\n\n"
            "  docket show pictures\n",
    ONE_QUEUE_TABLE,
    .run = run_show,
};

static void print_words(const char *title, const json_t *queue, void (*words)(const json_t *, struct buf *))
{
    CLEANUP(buf_done) struct buf b = {0};
    words(queue, &b);
    printf("%-9s %s\n", title, buf_text(&b));
}

static void print_queue(const json_t *queue, struct arena *a)
{
    size_t i;
    json_t *operation;
    out_safe(stdout, out_field(a, queue, "owner"));
    putchar('/');
    out_safe(stdout, out_field(a, queue, "queue"));
    printf(", %s%s\n", out_field(a, queue, "state"), ask_is_dataset(queue) ? ", a dataset: docket tables show tells more" : "");
    print_words("tasks", queue, queue_words_counts);
    print_words("rate", queue, queue_words_rate);
    print_words("policy", queue, queue_words_policy);
    printf("%-9s %s\n", "workers", out_field(a, queue, "workers"));
    json_array_foreach(json_object_get(queue, "operations"), i, operation) {
        CLEANUP(buf_done) struct buf b = {0};
        out_count(&b, out_int(operation, "done"), "task", "tasks");
        printf("%-9s %s, %s so far\n", "under way", out_field(a, operation, "kind"), buf_text(&b));
    }
}

static void print_scales(const json_t *answer, struct arena *a)
{
    size_t i;
    json_t *scale;
    json_array_foreach(json_object_get(answer, "scales"), i, scale)
    {
        printf("%-9s ", "scaled");
        out_safe(stdout, scale_view_words(a, scale));
        putchar('\n');
    }
}

static void print_failures(const json_t *answer, struct arena *a)
{
    struct failures failures;
    failures_take(answer, a, &failures);
    if (!failures.count)
        return;
    puts("failures");
    failures_print(stdout, &failures, out_width(STDOUT_FILENO));
}

static int run_show(struct verb_call *call, struct err *e)
{
    struct one_queue_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *body = NULL, *failures = NULL, *scales = NULL;
    const char *queue;
    int r = one_queue_read(call, &o->connect, &c, &queue, &body, e);
    if (!r)
        r = client_call(c.client, "GET", client_queue_path(&c.arena, queue, "/failures"), NULL, &failures, e);
    if (!r)
        r = scale_view_ask(c.client, &c.arena, queue, &scales, e);
    if (r)
        return r;
    if (o->json) {
        json_object_set(body, "failures", failures);
        json_object_set(body, "scales", json_object_get(scales, "scales"));
        out_json(body);
        return 0;
    }
    print_queue(body, &c.arena);
    print_scales(scales, &c.arena);
    print_failures(failures, &c.arena);
    return 0;
}
