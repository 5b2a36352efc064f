/* See tables_course.h. libcurl asks for bytes as the server takes them: a table is read when its line is wanted, so one table is in
 * memory at a time, besides all targets. The server makes nothing of it before it has the last line. */
#include "cli/tables_course.h"

#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"

void tables_course_done(struct tables_course *c)
{
    if (c->progress.running)
        progress_end(&c->progress);
    tables_folder_done(&c->folder);
    tables_targets_done(&c->targets);
    tables_truth_done(&c->gt);
    tables_truth_done(&c->solution);
    tables_content_done(&c->content);
    json_decref(c->answer);
    arena_done(&c->arena);
}

static void begin_progress(struct tables_course *c, const char *word)
{
    progress_init(&c->progress, c->loop, !isatty(STDERR_FILENO));
    c->progress.word = word;
    progress_begin(&c->progress, (int64_t)c->folder.count, 0, 0, 1);
}

int tables_course_measure(struct tables_course *c, struct err *e)
{
    int r = 0;
    begin_progress(c, "read");
    for (size_t i = 0; r == 0 && i < c->folder.count; i++) {
        CLEANUP(arena_done) struct arena a = {0};
        struct tables_entry *t = &c->folder.all[i];
        r = tables_content_measure(tables_folder_file(&a, &c->folder, i), &t->rows, &t->columns, e);
        progress_reached(&c->progress, (int64_t)i + 1);
        if (i % 256 == 0)
            loop_turn(c->loop, 0);
    }
    progress_end(&c->progress);
    if (r == 0)
        r = tables_targets_settle(&c->targets, &c->folder, c->order, e);
    c->settings.order = c->targets.order;
    c->settings.gt = c->gt.given;
    c->settings.solution = c->solution.given;
    return r;
}

int tables_course_look(struct tables_course *c, struct connection *to, struct err *e)
{
    CLEANUP(json_drop) json_t *queue = NULL;
    int r = client_call(to->client, "GET", client_queue_path(&to->arena, c->queue, ""), NULL, &queue, e);
    if (r == ERR_QUEUE_NOT_FOUND)
        return 0;
    if (r)
        return r;
    r = err_refuse(e, ERR_QUEUE_EXISTS, "there is a queue '%.60s' already", c->queue);
    err_hint(e, "take another name, or remove that one: docket delete %.60s", c->queue);
    return r;
}

/* ---- the lines, as they are wanted */

static int make_table(struct tables_course *c, size_t table, struct buf *b)
{
    CLEANUP(arena_done) struct arena a = {0};
    const char *path = tables_folder_file(&a, &c->folder, table);
    size_t before = b->len;
    int r = tables_content_read(&c->content, path, &c->err);
    if (r)
        return r;
    tables_wire_table(&(struct tables_line){.table = table, .name = c->folder.all[table].name, .content = &c->content,
                                            .targets = &c->targets, .gt = &c->gt, .solution = &c->solution,
                                            .prefix = c->settings.prefix}, b);
    if (c->more)
        r = c->more(c->more_arg, table, b, &c->err);
    tables_wire_close(b);
    c->headless += tables_targets_headless(&c->targets, table);
    if (r == 0 && b->len - before > LIMIT_TABLE)
        r = err_refuse(&c->err, ERR_BAD_LINE, "%s: with its targets the table has %zu bytes as JSON; it may have %d", path,
                       b->len - before, LIMIT_TABLE);
    return r;
}

static void make_end(struct tables_course *c, struct buf *b)
{
    int64_t unknown[TARGET_KINDS] = {0};
    for (int kind = 1; kind < TARGET_KINDS; kind++)
        unknown[kind] = tables_strangers_tables(&c->solution.strangers[kind]);
    tables_wire_end(c->folder.count, unknown, b);
}

static enum client_made make_more(void *arg, struct buf *b)
{
    struct tables_course *c = arg;
    if (!c->begun) {
        tables_wire_begin(&c->settings, b);
        c->begun = true;
        return CLIENT_MORE;
    }
    if (c->sent == c->folder.count) {
        make_end(c, b);
        return CLIENT_LAST;
    }
    c->failed = make_table(c, c->sent, b);
    if (c->failed)
        return CLIENT_BREAK;
    c->sent++;
    progress_reached(&c->progress, (int64_t)c->sent);
    return CLIENT_MORE;
}

struct putting {
    struct tables_course *course;
    bool answered;
    int status;
    struct err err;
};

static enum client_made on_wanted(void *arg, struct buf *b) { return make_more(((struct putting *)arg)->course, b); }

static void on_answer(void *arg, const struct client_reply *reply)
{
    struct putting *p = arg;
    p->answered = true;
    p->status = reply->status;
    p->err = reply->err;
    p->course->answer = reply->body ? json_incref(reply->body) : NULL;
}

static int put(struct tables_course *c, struct connection *to, struct err *e)
{
    struct putting p = {.course = c};
    client_put(to->client, client_queue_path(&to->arena, c->queue, "/tables"), "application/x-ndjson", on_wanted, on_answer, &p);
    while (!p.answered)
        loop_turn(c->loop, -1);
    if (p.status >= 200 && p.status < 300)
        return 0;
    *e = p.err;
    if (!e->hint[0])
        err_hint(e, "nothing of the import stays");
    return p.status ? (int)e->code : -(int)e->code;
}

/* The same without a server: for what is wrong with the tables, and for the counts. */
static void make_all(struct tables_course *c)
{
    CLEANUP(buf_done) struct buf b = {0};
    while (make_more(c, &b) == CLIENT_MORE) {
        buf_clear(&b);
        if (c->sent % 256 == 0)
            loop_turn(c->loop, 0);
    }
}

int tables_course_send(struct tables_course *c, struct connection *to, struct err *e)
{
    int r = 0;
    begin_progress(c, to ? "sent" : "checked");
    if (to)
        r = put(c, to, e);
    else
        make_all(c);
    progress_end(&c->progress);
    if (c->failed) /* ours, and the cause of whatever the server said */
        *e = c->err;
    return c->failed ? c->failed : r;
}
