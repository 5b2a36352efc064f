/* Messages of the same failure differ in names and numbers: "sha256sum: /x/1: No such file or directory". Programs put
 * the reason last, behind a colon; so a message is cut to its last part if that is a phrase, and for telling groups
 * apart what stands in quotes and all digits count as the same. */
#include "cli/failures.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/out.h"

enum { GROUPS_SHOWN = 10, TEXT_COLUMNS = 60, COMMAND_COLUMNS = 50 };

/* The part of a message behind its last ": ", if it is more than one word. */
static const char *reason_in(const char *message)
{
    const char *reason = message;
    for (const char *at = strstr(message, ": "); at; at = strstr(at + 1, ": "))
        reason = at + 2;
    return (isalpha((unsigned char)*reason) || *reason == '[') && strchr(reason, ' ') ? reason : message;
}

/* reason with quoted parts emptied and runs of digits as one #. */
static const char *kind_of(struct arena *a, const char *reason)
{
    CLEANUP(buf_done) struct buf kind = {0};
    while (*reason) {
        const char *close = *reason == '\'' || *reason == '"' ? strchr(reason + 1, *reason) : NULL;
        size_t digits = strspn(reason, "0123456789");
        buf_putc(&kind, digits ? '#' : *reason);
        reason = close ? close + 1 : reason + (digits ? digits : 1);
    }
    return arena_strdup(a, buf_text(&kind));
}

static struct failure *find(struct failures *f, const char *label, const char *kind)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->groups[i].label, label) == 0 && strcmp(f->groups[i].kind, kind) == 0)
            return &f->groups[i];
    return NULL;
}

static struct failure *add(struct failures *f)
{
    if (f->count == f->room) {
        struct failure *old = f->groups;
        f->room = f->room ? f->room * 2 : 16;
        f->groups = arena_array(f->arena, f->room, sizeof *f->groups);
        if (f->count)
            memcpy(f->groups, old, f->count * sizeof *old);
    }
    return &f->groups[f->count++];
}

/* What a task was to do: its command, or its payload as JSON. */
static const char *work_of(struct arena *a, const json_t *task)
{
    CLEANUP(buf_done) struct buf text = {0};
    const char *command = json_string_value(json_object_get(task, "command"));
    if (command)
        return arena_strdup(a, command);
    json_write(json_object_get(task, "payload"), &text);
    return arena_strdup(a, buf_text(&text));
}

static void take(struct failures *f, const json_t *task)
{
    bool killed = strcmp(out_field(f->arena, task, "state"), "killed") == 0;
    const char *label = killed ? "killed" : arena_printf(f->arena, "exit %s", out_field(f->arena, task, "exitcode"));
    const char *message = json_string_value(json_object_get(task, killed ? "reason" : "message"));
    const char *text = reason_in(message ? message : ""), *kind = kind_of(f->arena, text);
    struct failure *group = find(f, label, kind);
    if (!group) {
        group = add(f);
        *group = (struct failure){label, kind, arena_strdup(f->arena, text), 0, out_int(task, "id"),
                                  work_of(f->arena, task)};
    }
    group->count++;
    *(killed ? &f->killed : &f->failed) += 1;
}

struct reading {
    struct failures *failures;
    failures_filter_fn *filter;
    void *filter_arg;
};

static int on_task(void *arg, const json_t *task, struct err *e)
{
    struct reading *r = arg;
    if (r->filter && !r->filter(r->filter_arg, out_int(task, "id")))
        return 0;
    if (r->failures->looked_at == FAILURES_MOST) {
        r->failures->more = true;
        return ASK_ENOUGH;
    }
    r->failures->looked_at++;
    take(r->failures, task);
    return 0;
}

static int by_count(const void *a, const void *b)
{
    const struct failure *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return x->first_task < y->first_task ? -1 : 1;
}

int failures_read(struct client *c, const char *queue, struct arena *a, failures_filter_fn *filter, void *filter_arg,
                  struct failures *out, struct err *e)
{
    static const char *const states[] = {"failed", "killed"};
    *out = (struct failures){.arena = a};
    struct reading reading = {out, filter, filter_arg};
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        const char *tail = arena_printf(a, "/tasks?limit=1000&state=%s", states[i]);
        int r = ask_pages(c, client_queue_path(a, queue, tail), "tasks", on_task, &reading, e);
        if (r)
            return r;
    }
    if (out->count)
        qsort(out->groups, out->count, sizeof *out->groups, by_count);
    return 0;
}

static void print_group(FILE *to, const struct failure *f, size_t width)
{
    CLEANUP(buf_done) struct buf line = {0};
    buf_puts(&line, "  ");
    text_count(&line, f->count);
    buf_printf(&line, " × %s", f->label);
    if (*f->text) {
        buf_puts(&line, "  '");
        text_cut(&line, f->text, TEXT_COLUMNS);
        buf_putc(&line, '\'');
    }
    buf_printf(&line, "  first: task %lld  ", (long long)f->first_task);
    text_cut(&line, f->first_command, COMMAND_COLUMNS);
    out_cut(to, buf_text(&line), width);
    putc('\n', to);
}

void failures_print(FILE *to, const struct failures *f, size_t width)
{
    CLEANUP(buf_done) struct buf rest = {0};
    int64_t others = 0;
    for (size_t i = 0; i < f->count; i++) {
        if (i < GROUPS_SHOWN)
            print_group(to, &f->groups[i], width);
        else
            others += f->groups[i].count;
    }
    if (others) {
        out_count(&rest, others, "other", "others");
        fprintf(to, "  and %s\n", buf_text(&rest));
    }
    if (f->more)
        fprintf(to, "  (only the first %d were looked at)\n", FAILURES_MOST);
}
