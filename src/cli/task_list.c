/* The command stands in the second column, as qdo's users expect; called as qdo, the first is the state and there are no
 * more (task_listing.h). On a terminal a line fits its width; elsewhere
 * nothing is cut, so that other programs can read it. */
#include "cli/task_list.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/program.h"
#include "cli/task_listing.h"

enum { ID_COLUMNS = 8, STATE_COLUMNS = 9, EXIT_COLUMNS = 4, WORK_LEAST = 20, WORK_UNCUT = 48, LIMIT_DEFAULT = 100 };

const struct task_list_options TASK_LIST_DEFAULTS = {.limit = LIMIT_DEFAULT};
const struct task_list_options TASK_LIST_QDO_DEFAULTS = {.limit = INT64_MAX, .qdo = true};

struct listing {
    const struct task_list_options *options;
    size_t work_columns, message_columns;
    bool cut;
    int64_t printed;
    bool more;
};

static void choose_columns(struct listing *l)
{
    size_t width = out_width(STDOUT_FILENO), fixed = ID_COLUMNS + STATE_COLUMNS + EXIT_COLUMNS + 8;
    l->cut = width != OUT_UNLIMITED;
    l->work_columns = WORK_UNCUT;
    l->message_columns = OUT_UNLIMITED;
    if (!l->cut)
        return;
    size_t room = width > fixed + 2 * WORK_LEAST ? width - fixed : 2 * WORK_LEAST;
    l->work_columns = room * 3 / 5;
    l->message_columns = room - l->work_columns;
}

static const char *work_of(struct arena *a, const json_t *task)
{
    CLEANUP(buf_done) struct buf text = {0};
    const char *command = json_string_value(json_object_get(task, "command"));
    if (command)
        return command;
    json_write(json_object_get(task, "payload"), &text);
    return arena_strdup(a, buf_text(&text));
}

static void print_cell(const struct listing *l, const char *text, size_t columns)
{
    CLEANUP(buf_done) struct buf safe = {0};
    if (l->cut) {
        out_cell(stdout, text, columns);
        return;
    }
    text_safe(&safe, text, strlen(text), false);
    printf("%-*s", (int)columns, buf_text(&safe));
}

static void print_task(const struct listing *l, const json_t *task)
{
    CLEANUP(arena_done) struct arena arena = {0};
    const char *state = out_field(&arena, task, "state");
    bool killed = strcmp(state, "killed") == 0 || strcmp(state, "waiting") == 0;
    const char *message = json_string_value(json_object_get(task, killed ? "reason" : "message"));
    printf("%*s  ", ID_COLUMNS, out_field(&arena, task, "id"));
    print_cell(l, work_of(&arena, task), l->work_columns);
    printf("  %-*s  %*s", STATE_COLUMNS, state, EXIT_COLUMNS, out_field(&arena, task, "exitcode"));
    if (message && *message) {
        fputs("  ", stdout);
        out_cut(stdout, message, l->message_columns);
    }
    putchar('\n');
}

static void print_qdo_task(const json_t *task)
{
    CLEANUP(arena_done) struct arena arena = {0};
    CLEANUP(buf_done) struct buf line = {0};
    const char *text = work_of(&arena, task);
    task_listing_write(&line, out_field(&arena, task, "state"), text, strlen(text));
    puts(buf_text(&line));
}

static void print_header(const struct listing *l)
{
    if (l->options->qdo) {
        puts(TASK_LISTING_HEADER);
        return;
    }
    printf("%*s  %-*s  %-*s  %*s\n", ID_COLUMNS, "Id", (int)l->work_columns, "Task", STATE_COLUMNS, "State",
           EXIT_COLUMNS, "Exit");
}

static int on_task(void *arg, const json_t *task, struct err *e)
{
    struct listing *l = arg;
    if (!l->options->all && l->printed == l->options->limit) {
        l->more = true;
        return ASK_ENOUGH;
    }
    if (!l->printed++ && !l->options->json)
        print_header(l);
    if (l->options->json)
        out_json(task);
    else if (l->options->qdo)
        print_qdo_task(task);
    else
        print_task(l, task);
    return ferror(stdout) ? ASK_ENOUGH : 0;
}

static const char *path_of(const struct task_list_options *o, struct arena *a, const char *queue)
{
    int64_t page = !o->all && o->limit < LIMIT_PAGE ? o->limit + 1 : LIMIT_PAGE; /* one more: is there more? */
    const char *text = o->text ? arena_printf(a, "&text=%s", client_encode(a, o->text)) : "";
    const char *filter = task_filter_query(&o->filter, a);
    return client_queue_path(a, queue, arena_printf(a, "/tasks?limit=%" PRId64 "%s%s", page, filter, text));
}

static int print_pages(struct connection *c, const struct task_list_options *o, const char *queue, struct err *e)
{
    struct listing listing = {.options = o};
    choose_columns(&listing);
    int r = ask_pages(c->client, path_of(o, &c->arena, queue), "tasks", on_task, &listing, e);
    if (!r && !listing.printed && !o->json)
        print_header(&listing);
    if (!r && listing.more)
        fprintf(stderr, "%s: there are more: --limit N or --all\n", program_name());
    return r;
}

int task_list_print(struct verb_call *call, struct err *e)
{
    struct task_list_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    const char *queue;
    int r = connect_queue(call, &o->connect, &queue, e);
    if (!r)
        r = task_filter_check(&o->filter, &c.arena, e);
    if (!r && o->text && !text_is_utf8(o->text, strlen(o->text)))
        r = err_refuse(e, ERR_USAGE, "--text must be UTF-8");
    if (!r)
        r = connect_open(&c, call, &o->connect, e);
    return r ? r : print_pages(&c, o, queue, e);
}
