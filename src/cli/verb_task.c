/* docket task: one task with its attempts and, if it is not running, why not; for the name of a queue, its tasks. And its words. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/task_list.h"

static const struct option OPTIONS[] = {TASK_LIST_OPTIONS};

extern const struct verb task_export;
static const struct verb *const WORDS[] = {&task_export, NULL};

static int run_task(struct verb_call *call, struct err *e);

const struct verb verb_task = {
    .name = "task",
    .arguments = "ID | QUEUE",
    .summary = "one task with its attempts; or the tasks of a queue",
    .help = "Says why a task is in its state and what would let it run. The options that\n"
            "choose tasks are for a QUEUE.\n\n"
            "  docket task 17\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct task_list_options),
    .defaults = &TASK_LIST_DEFAULTS,
    .args_max = 1,
    .flags = VERB_OPENS_DATA | VERB_WORD_OPTIONAL,
    .words = WORDS,
    .run = run_task,
};

enum { TITLE_COLUMNS = 11 };

static void print_line(const char *title, const char *text)
{
    printf("%-*s ", TITLE_COLUMNS, title);
    out_safe(stdout, text);
    putchar('\n');
}

static void print_field(struct arena *a, const json_t *task, const char *name)
{
    CLEANUP(buf_done) struct buf text = {0};
    const json_t *value = json_object_get(task, name);
    if (!value || json_is_null(value))
        return;
    if (json_is_object(value) || json_is_array(value) || json_is_boolean(value))
        json_write(value, &text);
    else
        buf_puts(&text, out_field(a, task, name));
    if (text.len)
        print_line(name, buf_text(&text));
}

static void print_fields(struct arena *a, const json_t *task)
{
    static const char *const names[] = {"command",       "payload",  "payload_size", "key",     "priority",   "cwd",     "env",
                                        "time_limit",    "worker",   "exitcode", "message",   "created", "not_before",
                                        "started",       "finished", "failures", "crashes"};
    const char *queue = arena_printf(a, "%s/%s", out_field(a, task, "owner"), out_field(a, task, "queue"));
    print_line("task", arena_printf(a, "%s of %s", out_field(a, task, "id"), queue));
    print_line("state", arena_printf(a, "%s: %s", out_field(a, task, "state"), out_field(a, task, "reason")));
    for (size_t i = 0; i < COUNT_OF(names); i++)
        print_field(a, task, names[i]);
}

/* A result of bytes is not shown: where it is to be had is. */
static void print_result(struct arena *a, const json_t *task)
{
    if (json_object_get(task, "result_size"))
        print_line("result", arena_printf(a, "%s bytes: docket output %s --result > FILE",
                                          out_field(a, task, "result_size"), out_field(a, task, "id")));
}

/* From started to finished of an attempt, in words. */
static const char *took(struct arena *a, const json_t *attempt)
{
    CLEANUP(buf_done) struct buf text = {0};
    const char *started = json_string_value(json_object_get(attempt, "started"));
    const char *finished = json_string_value(json_object_get(attempt, "finished"));
    int64_t from, to;
    if (!started || !finished || clock_parse(started, &from) || clock_parse(finished, &to))
        return "-";
    text_span(&text, to - from);
    return arena_strdup(a, buf_text(&text));
}

static void print_attempt(struct arena *a, const json_t *attempt)
{
    const char *message = json_string_value(json_object_get(attempt, "message"));
    const json_t *late = json_object_get(attempt, "late");
    printf("%7s  %-9s  %4s  %-24s  %-12s  ", out_field(a, attempt, "attempt"), out_field(a, attempt, "outcome"),
           out_field(a, attempt, "exitcode"), out_field(a, attempt, "started"), took(a, attempt));
    out_safe(stdout, out_field(a, attempt, "worker"));
    if (message && *message) {
        fputs("  ", stdout);
        out_safe(stdout, message);
    }
    if (json_is_object(late))
        printf("  (came late with exit %s)", out_field(a, late, "exitcode"));
    putchar('\n');
}

static void print_attempts(struct arena *a, const json_t *task)
{
    const json_t *attempts = json_object_get(task, "attempts");
    size_t i;
    json_t *attempt;
    if (!json_array_size(attempts))
        return;
    printf("\n%7s  %-9s  %4s  %-24s  %-12s  %s\n", "Attempt", "Outcome", "Exit", "Started", "Took", "Worker");
    json_array_foreach(attempts, i, attempt)
        print_attempt(a, attempt);
}

/* The queue as it is named to a verb that is to find it where this one did. */
static const char *queue_words(struct arena *a, const struct connect_options *o, const char *name)
{
    CLEANUP(buf_done) struct buf words = {0};
    if (o->run) {
        buf_puts(&words, "--run ");
        text_shell_word(&words, o->run);
    } else {
        text_shell_word(&words, name);
    }
    if (o->data) {
        buf_puts(&words, " --data ");
        text_shell_word(&words, o->data);
    }
    return arena_strdup(a, buf_text(&words));
}

/* What somebody could do about it; NULL if there is nothing. */
static const char *advice(struct arena *a, const struct connect_options *o, const json_t *task, const json_t *queue)
{
    const char *state = out_field(a, task, "state"), *id = out_field(a, task, "id");
    const char *name = queue_words(a, o, out_field(a, task, "queue"));
    bool paused = strcmp(out_field(a, queue, "state"), "paused") == 0;
    if (strcmp(state, "failed") == 0 || strcmp(state, "killed") == 0)
        return arena_printf(a, "docket retry %s %s", name, id);
    if (strcmp(state, "pending") != 0)
        return NULL;
    if (paused)
        return arena_printf(a, "docket resume %s", name);
    if (ask_count(queue, "running"))
        return NULL;
    return o->run ? arena_printf(a, "docket run %s", name + strlen("--run ")) : arena_printf(a, "docket work %s", name);
}

/* Each reason a line, then what helps. */
static void print_why(const json_t *task, const char *helps)
{
    size_t i;
    json_t *reason;
    json_array_foreach(json_object_get(task, "why"), i, reason)
        print_line(i ? "" : "not running", json_string_value(reason));
    if (helps)
        print_line("try", helps);
}

static void print_needs(struct arena *a, const json_t *task)
{
    CLEANUP(buf_done) struct buf b = {0};
    size_t i;
    json_t *need;
    json_array_foreach(json_object_get(task, "after"), i, need)
        buf_printf(&b, "%s%s (%s)", i ? ", " : "", out_field(a, need, "id"), out_field(a, need, "state"));
    if (b.len)
        print_line("after", buf_text(&b));
}

static int print_one(struct connection *c, const struct task_list_options *o, const char *id, struct err *e)
{
    CLEANUP(json_drop) json_t *task = NULL, *queue = NULL;
    struct arena *a = &c->arena;
    int r = client_call(c->client, "GET", arena_printf(a, "/api/v1/tasks/%s", id), NULL, &task, e);
    if (r)
        return r;
    if (o->json) {
        out_json(task);
        return 0;
    }
    const char *name = arena_printf(a, "%s/%s", out_field(a, task, "owner"), out_field(a, task, "queue"));
    r = ask_queue(c->client, name, &queue, e);
    if (r)
        return r;
    print_fields(a, task);
    print_result(a, task);
    print_needs(a, task);
    print_why(task, advice(a, &o->connect, task, queue));
    print_attempts(a, task);
    return 0;
}

static bool is_number(const char *text) { return *text && text[strspn(text, "0123456789")] == '\0'; }

static int run_task(struct verb_call *call, struct err *e)
{
    struct task_list_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    int64_t id;
    if (!call->arg_count || !is_number(call->args[0]))
        return task_list_print(call, e);
    int r = task_filter_id(call->args[0], &id, e);
    if (!r)
        r = connect_open(&c, call, &o->connect, e);
    return r ? r : print_one(&c, o, call->args[0], e);
}
