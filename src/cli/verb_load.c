/* docket load: many tasks, from lines, the rows of a CSV file or the values of an array, added through one upload.
 *
 * The server remembers up to which line it has taken an upload, so a body whose answer was lost is simply sent again.
 * An upload is named after its source and options (load_source.c), so the same load called again goes on where it was.
 * A regular file is read twice: every line is judged before the first is sent. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/ask.h"
#include "cli/connect.h"
#include "cli/load_source.h"
#include "cli/new_task.h"
#include "cli/out.h"
#include "cli/place.h"
#include "cli/progress.h"
#include "cli/task_filter.h"
#include "cli/task_listing.h"
#include "cli/verb.h"
#include "base/limits.h"
#include "base/text.h"

enum { BODY_BYTES = 256 * 1024 };

struct load_options {
    struct connect_options connect;
    struct new_task_options task;
    const char *csv, *array, *each, *key;
    struct option_list states;
    bool ndjson, qdo_tasks, unique, again, dry_run, json;
};

/* qdo added what it was given, each time, and told nobody where to run it. */
static const struct load_options QDO_DEFAULTS = {.again = true, .task.anywhere = true};

#define AT(member) offsetof(struct load_options, member)
static const struct option OPTIONS[] = {
    {"csv", 0, OPTION_TEXT, "FILE", AT(csv), 0, 0, "a task per row; the first line names the columns"},
    {"array", 0, OPTION_TEXT, "LIST", AT(array), 0, 0, "a task per number: 1-1000:2,7; zeros in front are kept"},
    {"each", 0, OPTION_TEXT, "COMMAND", AT(each), 0, 0, "what to do with a row or number (see above)"},
    {"key", 0, OPTION_TEXT, "TEXT", AT(key), 0, 0, "the key of each, such as {id}; what has one is added once"},
    {"unique", 0, OPTION_FLAG, NULL, AT(unique), 0, 0, "know commands by their text: adding one again adds nothing"},
    {"again", 0, OPTION_FLAG, NULL, AT(again), 0, 0, "add what an earlier load has added once more"},
    {"dry-run", 0, OPTION_FLAG, NULL, AT(dry_run), 0, 0, "print the commands, add nothing"},
    {"ndjson", 0, OPTION_FLAG, NULL, AT(ndjson), 0, 0, "lines are JSON objects (as in *.ndjson and *.jsonl)"},
    {"qdo-tasks", 0, OPTION_FLAG, NULL, AT(qdo_tasks), 0, 0, "lines are what `qdo tasks` printed: a state, a command"},
    {"state", 0, OPTION_LIST, "STATE", AT(states), 0, 0, "of those only this state; may be given again"},
    NEW_TASK_PRIORITY_OPTION(AT(task)),
    NEW_TASK_LATER_OPTIONS(AT(task)),
    NEW_TASK_OPTIONS(AT(task)),
    CONNECT_OPTIONS(AT(connect)),
    OUT_JSON_OPTION(struct load_options),
};

static int run_load(struct verb_call *call, struct err *e);

const struct verb verb_load = {
    .name = "load",
    .arguments = "QUEUE [FILE]",
    .summary = "add many tasks: lines of a file, rows of a CSV file, numbers",
    .help = "Each line of FILE that is not blank is a command; FILE - is stdin. A line of\n"
            "NDJSON is an object with command or payload, and key, priority, after, cwd,\n"
            "env, time_limit, not_before; the options stand in for what it leaves out.\n\n"
            "With --csv FILE (RFC 4180) or --array LIST (N, A-B, A-B:STEP; 001-100 keeps its\n"
            "zeros) the command is --each, in which {NAME} is the value of a column as one\n"
            "quoted word, {=NAME} the value as it is, {} and {=} the number, and {{ and }}\n"
            "are braces. Put no quotes around {NAME}: it has its own.\n\n"
            "With --qdo-tasks the lines are what `qdo tasks` printed, of qdo itself too: a\n"
            "header, then a state and a command each. What has not succeeded is loaded, failed\n"
            "tasks among it; --state says which otherwise. A waiting one is refused unless it\n"
            "is named so: for which others it waits does not stand there.\n\n"
            "A file with a bad line is refused as a whole, with the number of the line. A\n"
            "load that was cut short goes on where it was when it is called again with the\n"
            "same unchanged file and options; one that was complete adds nothing, unless\n"
            "--again. Called as qdo, each call adds all of it, as qdo did, and commands run\n"
            "where their worker does, unless --cwd. The queue is made if it is missing.\n\n"
            "  docket load pictures convert-all.txt --priority 2\n"
            "  seq 100 | sed 's/^/sleep /' | docket load naps -\n"
            "  docket load thumbs --csv photos.csv --each 'convert {file} -resize {width} {out}'\n"
            "  docket load walks --array 001-500 --each './walk --seed {} >walk.{}' --key 'walk-{}'\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct load_options),
    .qdo_defaults = &QDO_DEFAULTS,
    .args_min = 1,
    .args_max = 2,
    .flags = VERB_OPENS_DATA,
    .run = run_load,
};

/* What the server has taken of an upload. */
struct taken {
    int64_t lines, added, existed;
};

struct load {
    struct connection connection;
    struct load_source source;
    struct progress progress;
    const char *upload;  /* its name */
    const char *path;    /* and its path */
    struct buf body;     /* not yet sent */
    int64_t from, next;  /* its first line, and the one behind it */
    int64_t waits;       /* for how many tasks its tasks wait */
    struct taken before; /* by an earlier load */
    struct taken taken;  /* in all */
};

static void load_done(struct load *l)
{
    if (l->progress.running)
        progress_end(&l->progress);
    buf_done(&l->body);
    load_source_done(&l->source);
    connect_close(&l->connection);
}

static struct taken read_taken(const json_t *answer)
{
    return (struct taken){out_int(answer, "lines"), out_int(answer, "added"), out_int(answer, "existed")};
}

/* Sends what is gathered; the next line will be the first of the next body. */
static int send_body(struct load *l, struct err *e)
{
    CLEANUP(arena_done) struct arena arena = {0};
    CLEANUP(json_drop) json_t *answer = NULL;
    if (l->body.len) {
        const char *path = arena_printf(&arena, "%s?from=%" PRId64, l->path, l->from);
        int r = ask_put_lines(l->connection.loop, l->connection.client, path, l->body.data, l->body.len, &answer, e);
        if (r)
            return r > 0 ? err_widen(e, r, "%s: ", l->source.name) : r;
        l->taken = read_taken(answer);
    }
    buf_clear(&l->body);
    l->waits = 0;
    l->from = l->next;
    return 0;
}

static bool is_full(const struct load *l, const struct buf *more, int64_t more_waits)
{
    return l->body.len + more->len > BODY_BYTES || l->next - l->from >= LIMIT_TURN_ROWS ||
           l->waits + more_waits > LIMIT_AFTER_PER_ADD;
}

/* What stands before a bad line is added, if it comes to that: a pipe cannot be judged beforehand. */
static int send_all(struct load *l, struct err *e)
{
    CLEANUP(buf_done) struct buf task = {0};
    for (;;) {
        buf_clear(&task);
        int64_t tasks = l->source.tasks, waits = l->source.waits;
        int r = load_source_next(&l->source, &task, e);
        waits = l->source.waits - waits;
        if (r || is_full(l, &task, waits)) {
            struct err unsent = {0};
            int failed = send_body(l, &unsent);
            if (failed)
                *e = unsent;
            progress_reached(&l->progress, tasks);
            r = failed ? failed : r;
        }
        if (r)
            return r == LOAD_SOURCE_END ? 0 : r;
        buf_add(&l->body, buf_text(&task), task.len);
        l->next = l->source.line + 1;
        l->waits += waits;
    }
}

/* Of a body that was refused, the server may have taken the lines before the one that was at fault. */
static void look_after(struct load *l)
{
    CLEANUP(json_drop) json_t *answer = NULL;
    struct err unused;
    if (client_call(l->connection.client, "GET", l->path, NULL, &answer, &unused) == 0)
        l->taken = read_taken(answer);
}

/* Up to where it was taken, and what to do about the rest. */
static void hint_taken(const struct load *l, int r, struct err *e)
{
    const char *unit = l->source.unit;
    bool known = r > 0 && r != ERR_COMMIT_UNKNOWN; /* whether a body without an answer was taken is not */
    if (!l->taken.lines && known && !e->hint[0])
        err_hint(e, "nothing was added");
    if (!l->taken.lines)
        return;
    if (l->upload == l->source.upload && l->source.again)
        err_hint(e, "all up to %s %" PRId64 " was added; the same docket load goes on behind it", unit, l->taken.lines);
    else
        err_hint(e, "all up to %s %" PRId64 " was added: go on with tail -n +%" PRId64, unit, l->taken.lines,
                 l->taken.lines + 1);
}

/* What an earlier load of the same has brought there: nothing, as a rule. */
static int look_before(struct load *l, struct err *e)
{
    CLEANUP(json_drop) json_t *answer = NULL;
    int r = client_call(l->connection.client, "GET", l->path, NULL, &answer, e);
    if (r && r != ERR_UPLOAD_NOT_FOUND && r != ERR_QUEUE_NOT_FOUND)
        return r;
    if (!r)
        l->before = l->taken = read_taken(answer);
    l->from = l->next = l->before.lines + 1;
    return load_source_skip(&l->source, l->before.lines, e);
}

static int send_source(struct load *l, const struct verb_call *call, const struct load_options *o, struct err *e)
{
    struct arena *a = &l->connection.arena;
    int r = connect_open(&l->connection, call, &o->connect, e);
    if (r)
        return r;
    l->upload = o->again ? place_random(a) : l->source.upload;
    l->path = client_queue_path(a, call->args[0], arena_printf(a, "/uploads/%s", l->upload));
    r = look_before(l, e);
    if (r)
        return r;
    l->progress.word = "added";
    progress_begin(&l->progress, l->source.total, l->source.tasks, 0, 1);
    r = send_all(l, e);
    progress_end(&l->progress);
    if (r > 0)
        look_after(l);
    if (r)
        hint_taken(l, r, e);
    return r;
}

/* ---- --dry-run */

static void print_command(const json_t *task)
{
    CLEANUP(buf_done) struct buf text = {0};
    const json_t *command = json_object_get(task, "command");
    if (!command)
        json_write(json_object_get(task, "payload"), &text);
    else if (isatty(STDOUT_FILENO))
        text_safe(&text, json_string_value(command), json_string_length(command), false);
    else
        buf_add(&text, json_string_value(command), json_string_length(command));
    buf_putc(&text, '\n');
    fwrite(text.data, 1, text.len, stdout);
}

/* The tasks as they would be sent, or only their commands. A row's other lines are blank ones behind it. */
static int print_tasks(const char *lines, bool json, struct err *e)
{
    CLEANUP(json_drop) json_t *task = NULL;
    lines += strspn(lines, "\n");
    size_t n = strcspn(lines, "\n");
    int r = n ? json_parse(lines, n, &task, e) : 0;
    if (r || !n)
        return r;
    if (json)
        out_json(task);
    else
        print_command(task);
    return 0;
}

static int print_all(struct load *l, bool json, struct err *e)
{
    CLEANUP(buf_done) struct buf lines = {0};
    int r = 0;
    while (!r && !ferror(stdout)) { /* main says what is the matter with stdout */
        buf_clear(&lines);
        r = load_source_next(&l->source, &lines, e);
        if (!r)
            r = print_tasks(buf_text(&lines), json, e);
    }
    return r == LOAD_SOURCE_END ? 0 : r;
}

/* ---- what is said at the end */

static void print_existed(int64_t existed, struct buf *b)
{
    buf_puts(b, ", ");
    text_count(b, existed);
    buf_puts(b, existed == 1 ? " was there already" : " were there already");
}

static void print_added(const struct load *l, const char *queue)
{
    CLEANUP(buf_done) struct buf b = {0};
    int64_t existed = l->taken.existed - l->before.existed;
    out_count(&b, l->taken.added - l->before.added, "task", "tasks");
    buf_puts(&b, " added to ");
    text_safe(&b, queue, strlen(queue), false);
    if (existed)
        print_existed(existed, &b);
    if (l->source.left_out) {
        buf_puts(&b, ", ");
        text_count(&b, l->source.left_out);
        buf_puts(&b, " in other states left out");
    }
    if (l->before.lines && l->taken.lines == l->before.lines)
        buf_puts(&b, ": an earlier load has added all of it (--again adds it once more)");
    else if (l->before.lines)
        buf_printf(&b, ", behind %s %" PRId64 ", where an earlier load had come to", l->source.unit, l->before.lines);
    puts(buf_text(&b));
}

/* The sums are the upload's, as the server gives them; `before` says how far an earlier load had come. */
static void print_json(const struct load *l)
{
    const struct taken *all = &l->taken;
    CLEANUP(json_drop) json_t *answer =
        json_pack("{s:s, s:I, s:I, s:I, s:I}", "upload", l->upload, "lines", (json_int_t)all->lines, "added",
                  (json_int_t)all->added, "existed", (json_int_t)all->existed, "before", (json_int_t)l->before.lines);
    out_json(answer);
}

/* ---- the call */

static bool ends_with(const char *s, const char *tail)
{
    size_t n = strlen(s), m = strlen(tail);
    return n >= m && strcmp(s + n - m, tail) == 0;
}

/* Do the options go together? */
static int check_options(const struct verb_call *call, const struct load_options *o, struct err *e)
{
    bool file = call->arg_count == 2, made = o->csv || o->array;
    if (file + !!o->csv + !!o->array != 1)
        return err_refuse(e, ERR_USAGE, "load takes one of FILE, --csv FILE and --array LIST");
    if (made && !o->each)
        return err_refuse(e, ERR_USAGE, "--%s needs a command: --each 'COMMAND %s'", o->csv ? "csv" : "array",
                          o->csv ? "{COLUMN}" : "{}");
    if (file && o->each)
        return err_refuse(e, ERR_USAGE, "--each goes with --csv or --array");
    if (file && o->key) {
        int r = err_refuse(e, ERR_USAGE, "--key goes with --csv or --array");
        err_hint(e, "lines are known by their text with --unique, and NDJSON has a field key");
        return r;
    }
    if (made && o->ndjson)
        return err_refuse(e, ERR_USAGE, "--ndjson goes with FILE");
    if (o->qdo_tasks && (!file || o->ndjson))
        return err_refuse(e, ERR_USAGE, "--qdo-tasks goes with FILE, and without --ndjson");
    if (o->states.count && !o->qdo_tasks)
        return err_refuse(e, ERR_USAGE, "--state goes with --qdo-tasks");
    if (o->key && o->unique)
        return err_refuse(e, ERR_USAGE, "a task has one key: --key or --unique");
    return 0;
}

/* The states that were named, 1 << state each. */
static int read_states(const struct load_options *o, unsigned *out_states, struct err *e)
{
    *out_states = 0;
    for (size_t i = 0; i < o->states.count; i++) {
        const char *word = o->states.values[i];
        int state = task_listing_state(word, strlen(word));
        if (state < 0)
            return task_filter_refuse_state(word, e);
        *out_states |= 1u << state;
    }
    return 0;
}

static struct load_source_options source_options(const struct verb_call *call, const struct load_options *o,
                                                 const json_t *base)
{
    const char *file = call->arg_count == 2 ? call->args[1] : NULL;
    return (struct load_source_options){
        .file = file,
        .csv = o->csv,
        .array = o->array,
        .each = o->each,
        .key = o->key,
        .ndjson = o->ndjson || (file && !o->qdo_tasks && (ends_with(file, ".ndjson") || ends_with(file, ".jsonl"))),
        .listing = o->qdo_tasks,
        .line = {.base = base, .unique = o->unique},
        .not_before = o->task.not_before,
    };
}

static void on_look(void *arg, int64_t tasks)
{
    struct load *l = arg;
    progress_reached(&l->progress, tasks);
    loop_turn(l->connection.loop, 0);
}

/* Opens the source and judges it as far as that can be done before anything is sent. */
static int prepare(struct load *l, struct verb_call *call, const struct load_source_options *o, struct err *e)
{
    int r = load_line_check_base(o->line.base, e);
    if (!r)
        r = load_source_open(&l->source, o, e);
    if (r)
        return r;
    l->connection.loop = call->loop;
    progress_init(&l->progress, call->loop, !isatty(STDERR_FILENO));
    l->progress.word = "checked";
    progress_begin(&l->progress, -1, 0, 0, 1);
    r = load_source_check(&l->source, on_look, l, e);
    progress_end(&l->progress);
    return r;
}

static int run_load(struct verb_call *call, struct err *e)
{
    const struct load_options *o = call->options;
    CLEANUP(json_drop) json_t *base = NULL;
    CLEANUP(load_done) struct load l = {0};
    int r = connect_check_queue(call->args[0], e);
    if (!r)
        r = check_options(call, o, e);
    if (!r)
        r = new_task_base(&o->task, &base, e);
    struct load_source_options source = source_options(call, o, base);
    if (!r)
        r = read_states(o, &source.states, e);
    if (!r)
        r = prepare(&l, call, &source, e);
    if (!r)
        r = o->dry_run ? print_all(&l, o->json, e) : send_source(&l, call, o, e);
    if (r || o->dry_run)
        return r;
    if (o->json)
        print_json(&l);
    else
        print_added(&l, call->args[0]);
    return 0;
}
