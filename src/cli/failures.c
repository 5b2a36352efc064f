/* See failures.h. */
#include "cli/failures.h"

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/out.h"
#include "core/causes.h"
#include "core/task.h"

enum { GROUPS_SHOWN = 10, TEXT_COLUMNS = 60, COMMAND_COLUMNS = 50 };

/* What a task was to do: its command, or its payload as JSON. */
static const char *work_of(struct arena *a, const json_t *task)
{
    CLEANUP(buf_done) struct buf text = {0};
    const char *command = json_string_value(json_object_get(task, "command"));
    if (command)
        return arena_strdup(a, command);
    if (json_object_get(task, "payload"))
        json_write(json_object_get(task, "payload"), &text);
    return arena_strdup(a, buf_text(&text));
}

static bool is_killed(const json_t *object)
{
    const char *state = json_string_value(json_object_get(object, "state"));
    return state && strcmp(state, task_state_word(TASK_KILLED)) == 0;
}

static void take_group(struct failures *f, const json_t *group)
{
    struct arena *a = f->arena;
    f->groups[f->count++] = (struct failure){
        .label = is_killed(group) ? "killed" : arena_printf(a, "exit %s", out_field(a, group, "exitcode")),
        .text = out_field(a, group, "text"),
        .count = out_int(group, "count"),
        .first_task = out_int(group, "first"),
        .first_command = work_of(a, group),
    };
}

void failures_take(const json_t *answer, struct arena *a, struct failures *out)
{
    const json_t *groups = json_object_get(answer, "groups");
    size_t i;
    json_t *group;
    *out = (struct failures){
        .arena = a,
        .groups = arena_array(a, json_array_size(groups) + 1, sizeof *out->groups),
        .failed = out_int(answer, "failed"),
        .killed = out_int(answer, "killed"),
        .looked_at = out_int(answer, "looked_at"),
        .others = out_int(answer, "others"),
        .more = json_is_false(json_object_get(answer, "complete")),
    };
    json_array_foreach(groups, i, group)
        take_group(out, group);
}

int failures_read(struct client *c, const char *queue, struct arena *a, struct failures *out, struct err *e)
{
    CLEANUP(json_drop) json_t *answer = NULL;
    int r = client_call(c, "GET", client_queue_path(a, queue, "/failures"), NULL, &answer, e);
    if (!r)
        failures_take(answer, a, out);
    return r;
}

struct reading {
    struct failures *failures;
    struct causes *causes;
    failures_filter_fn *filter;
    void *filter_arg;
};

static int on_task(void *arg, const json_t *task, struct err *e)
{
    struct reading *r = arg;
    if (!r->filter(r->filter_arg, out_int(task, "id")))
        return 0;
    if (r->causes->looked_at == FAILURES_MOST) {
        r->failures->more = true;
        return ASK_ENOUGH;
    }
    bool killed = is_killed(task);
    const char *message = json_string_value(json_object_get(task, killed ? "reason" : "message"));
    causes_add(r->causes, r->failures->arena, killed ? TASK_KILLED : TASK_FAILED, out_int(task, "exitcode"),
               message ? message : "", out_int(task, "id"));
    *(killed ? &r->failures->killed : &r->failures->failed) += 1;
    return 0;
}

/* A group with what its first task was to do. */
static int take_cause(struct client *c, const struct cause *cause, struct failures *f, struct err *e)
{
    CLEANUP(json_drop) json_t *task = NULL;
    const char *path = arena_printf(f->arena, "/api/v1/tasks/%lld", (long long)cause->first);
    int r = client_call(c, "GET", path, NULL, &task, e);
    if (r)
        return r;
    f->groups[f->count++] = (struct failure){
        .label = cause->state == TASK_KILLED ? "killed"
                                             : arena_printf(f->arena, "exit %lld", (long long)cause->exitcode),
        .text = cause->text,
        .count = cause->count,
        .first_task = cause->first,
        .first_command = work_of(f->arena, task),
    };
    return 0;
}

int failures_read_some(struct client *c, const char *queue, struct arena *a, failures_filter_fn *filter,
                       void *filter_arg, struct failures *out, struct err *e)
{
    struct reading reading = {out, arena_alloc(a, sizeof *reading.causes), filter, filter_arg};
    *out = (struct failures){.arena = a, .groups = arena_array(a, CAUSES_TOP, sizeof *out->groups)};
    for (enum task_state state = TASK_FAILED; state <= TASK_KILLED; state++) {
        const char *tail = arena_printf(a, "/tasks?limit=1000&state=%s", task_state_word(state));
        int r = ask_pages(c, client_queue_path(a, queue, tail), "tasks", on_task, &reading, e);
        if (r)
            return r;
    }
    causes_close(reading.causes);
    out->looked_at = reading.causes->looked_at;
    out->others = reading.causes->others;
    int r = 0;
    for (int i = 0; !r && i < reading.causes->count; i++)
        r = take_cause(c, &reading.causes->groups[i], out, e);
    return r;
}

void failures_line(struct buf *b, const struct failure *f)
{
    text_count(b, f->count);
    buf_printf(b, " × %s", f->label);
    if (*f->text) {
        buf_puts(b, "  '");
        text_cut(b, f->text, TEXT_COLUMNS);
        buf_putc(b, '\'');
    }
    buf_printf(b, "  first: task %lld  ", (long long)f->first_task);
    text_cut(b, f->first_command, COMMAND_COLUMNS);
}

void failures_print(FILE *to, const struct failures *f, size_t width)
{
    CLEANUP(buf_done) struct buf rest = {0};
    int64_t others = f->others;
    for (size_t i = 0; i < f->count; i++) {
        CLEANUP(buf_done) struct buf line = {0};
        if (i >= GROUPS_SHOWN) {
            others += f->groups[i].count;
            continue;
        }
        buf_puts(&line, "  ");
        failures_line(&line, &f->groups[i]);
        out_cut(to, buf_text(&line), width);
        putc('\n', to);
    }
    if (others) {
        out_count(&rest, others, "other", "others");
        fprintf(to, "  and %s\n", buf_text(&rest));
    }
    if (f->more) {
        buf_clear(&rest);
        text_count(&rest, f->looked_at);
        fprintf(to, "  (only the first %s were looked at)\n", buf_text(&rest));
    }
}
