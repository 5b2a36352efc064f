/* docket load: a task per line of a file or pipe, added through one upload.
 *
 * The upload has a name of chance, and the server remembers up to which line it has taken it, so a body whose answer
 * was lost is simply sent again. A regular file is read twice: every line is checked before the first is sent. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/ask.h"
#include "cli/connect.h"
#include "cli/line_reader.h"
#include "cli/load_line.h"
#include "cli/new_task.h"
#include "cli/out.h"
#include "cli/place.h"
#include "cli/verb.h"
#include "base/limits.h"
#include "base/text.h"

enum { BODY_BYTES = 256 * 1024 };

struct load_options {
    struct connect_options connect;
    struct new_task_options task;
    bool ndjson, keyed, json;
};

#define AT(member) offsetof(struct load_options, member)
static const struct option OPTIONS[] = {
    {"ndjson", 0, OPTION_FLAG, NULL, AT(ndjson), 0, 0, "lines are JSON objects (as in *.ndjson and *.jsonl)"},
    {"key", 0, OPTION_FLAG, NULL, AT(keyed), 0, 0, "know commands by their text: adding one again adds nothing"},
    NEW_TASK_PRIORITY_OPTION(AT(task)),
    NEW_TASK_OPTIONS(AT(task)),
    CONNECT_OPTIONS(AT(connect)),
    OUT_JSON_OPTION(struct load_options),
};

static int run_load(struct verb_call *call, struct err *e);

const struct verb verb_load = {
    .name = "load",
    .arguments = "QUEUE FILE",
    .summary = "add a task per line of a file",
    .help = "Each line that is not blank is a command; FILE - is stdin. A line of NDJSON is\n"
            "an object with command or payload, and key, priority, cwd, env, time_limit,\n"
            "not_before; the options stand in for what it leaves out. A file with a bad\n"
            "line is refused as a whole, with the number of the line. The queue is made if\n"
            "missing.\n\n"
            "  docket load pictures convert-all.txt --priority 2\n"
            "  seq 100 | sed 's/^/sleep /' | docket load naps -\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct load_options),
    .args_min = 2,
    .args_max = 2,
    .flags = VERB_OPENS_DATA,
    .run = run_load,
};

struct load {
    struct connection connection;
    struct line_reader reader;
    struct load_line_options lines;
    const char *path; /* of the upload */
    struct buf body;  /* not yet sent */
    int64_t from;     /* the number of its first line */
    json_t *answer;   /* the last one */
};

static void load_done(struct load *l)
{
    json_decref(l->answer);
    buf_done(&l->body);
    line_reader_done(&l->reader);
    connect_close(&l->connection);
}

/* Sends what is gathered; the next line read will be the first of the next body. */
static int send_body(struct load *l, int64_t next_line, struct err *e)
{
    CLEANUP(arena_done) struct arena arena = {0};
    CLEANUP(json_drop) json_t *answer = NULL;
    if (l->body.len) {
        const char *path = arena_printf(&arena, "%s?from=%" PRId64, l->path, l->from);
        int r = ask_put_lines(l->connection.loop, l->connection.client, path, l->body.data, l->body.len, &answer, e);
        if (r)
            return r > 0 ? err_widen(e, r, "%s: ", l->reader.name) : r;
        json_decref(l->answer);
        l->answer = MOVE(answer);
    }
    buf_clear(&l->body);
    l->from = next_line;
    return 0;
}

/* Takes one line into `out`; blank ones too, so that the server counts as the file does. */
static int take_line(struct load *l, struct buf *out, struct err *e)
{
    const char *line;
    size_t n;
    int r = line_reader_next(&l->reader, &line, &n, e);
    if (r)
        return r;
    if (line_reader_is_blank(line, n)) {
        buf_putc(out, '\n');
        return 0;
    }
    r = load_line_append(&l->lines, line, n, out, e);
    return r ? err_widen(e, r, "%s line %" PRId64 ": ", l->reader.name, l->reader.number) : 0;
}

static int check_all(struct load *l, struct err *e)
{
    CLEANUP(buf_done) struct buf unused = {0};
    int r = 0;
    while (!r) {
        buf_clear(&unused);
        r = take_line(l, &unused, e);
    }
    return r == LINE_READER_END ? 0 : r;
}

static int send_all(struct load *l, struct err *e)
{
    CLEANUP(buf_done) struct buf task = {0};
    l->from = 1;
    for (;;) {
        buf_clear(&task);
        int r = take_line(l, &task, e);
        bool ended = r == LINE_READER_END;
        if (r && !ended)
            return r;
        if (ended || l->body.len + task.len > BODY_BYTES || l->reader.number - l->from >= LIMIT_TURN_ROWS)
            r = send_body(l, l->reader.number, e);
        if (r && r != LINE_READER_END)
            return r;
        if (ended)
            return 0;
        buf_add(&l->body, buf_text(&task), task.len);
    }
}

static void print_added(const json_t *answer, const char *queue)
{
    CLEANUP(buf_done) struct buf b = {0};
    int64_t existed = out_int(answer, "existed");
    out_count(&b, out_int(answer, "added"), "task", "tasks");
    buf_puts(&b, " added to ");
    text_safe(&b, queue, strlen(queue), false);
    if (existed) {
        buf_puts(&b, ", ");
        text_count(&b, existed);
        buf_puts(&b, existed == 1 ? " was there already" : " were there already");
    }
    puts(buf_text(&b));
}

static bool ends_with(const char *s, const char *tail)
{
    size_t n = strlen(s), m = strlen(tail);
    return n >= m && strcmp(s + n - m, tail) == 0;
}

static int load(struct load *l, const struct verb_call *call, const struct load_options *o, struct err *e)
{
    const char *queue = call->args[0], *file = call->args[1];
    struct arena *a = &l->connection.arena;
    l->lines.ndjson = o->ndjson || ends_with(file, ".ndjson") || ends_with(file, ".jsonl");
    l->lines.keyed = o->keyed;
    int r = line_reader_open(&l->reader, file, e);
    if (!r && line_reader_rewind(&l->reader) == 0) {
        r = check_all(l, e);
        if (!r && line_reader_rewind(&l->reader))
            return err_fail(e, ERR_FILE, "could not read '%s' again", file);
    }
    if (!r)
        r = connect_open(&l->connection, call, &o->connect, e);
    if (r)
        return r;
    l->path = client_queue_path(a, queue, arena_printf(a, "/uploads/%s", place_random(a)));
    r = send_all(l, e);
    if (r && l->answer)
        err_hint(e, "the lines before %" PRId64 " were added", l->from);
    return r;
}

static int run_load(struct verb_call *call, struct err *e)
{
    struct load_options *o = call->options;
    CLEANUP(json_drop) json_t *base = NULL;
    CLEANUP(load_done) struct load l = {0};
    int r = connect_check_queue(call->args[0], e);
    if (!r)
        r = new_task_base(&o->task, &base, e);
    l.lines.base = base;
    if (!r)
        r = load(&l, call, o, e);
    if (r)
        return r;
    if (!l.answer)
        l.answer = json_pack("{s:i,s:i,s:i}", "lines", 0, "added", 0, "existed", 0);
    if (o->json)
        out_json(l.answer);
    else
        print_added(l.answer, call->args[0]);
    return 0;
}
