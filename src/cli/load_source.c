/* A kind of source is a row of functions. A file is read twice: its first reading judges every line, counts the tasks
 * and takes the digest that names the upload. Of an array only the widest values need to be judged, as all that can be
 * wrong with one is its length. */
#include "cli/load_source.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/place.h"
#include "cli/task_listing.h"
#include "core/task.h"

enum { DIGEST_BYTES = 16, LOOK_AGAIN = 1024 };

struct load_kind {
    int (*open)(struct load_source *s, struct err *e);
    int (*next)(struct load_source *s, struct buf *out, struct err *e);
    int (*pass)(struct load_source *s, int64_t lines, struct err *e);
    int (*rewind)(struct load_source *s);
};

/* The task that the templates and these values make. */
static int append_expanded(struct load_source *s, const struct template_value *values, struct buf *out, struct err *e)
{
    buf_clear(&s->command);
    buf_clear(&s->key_text);
    template_expand(&s->each, values, &s->command);
    if (s->options.key)
        template_expand(&s->key, values, &s->key_text);
    int r = load_line_command(&s->options.line, s->options.key ? &s->key_text : NULL, buf_text(&s->command),
                              s->command.len, out, e);
    if (!r)
        s->tasks++;
    return r;
}

static int parse_templates(struct load_source *s, const char *const *names, size_t count, struct err *e)
{
    const struct load_source_options *o = &s->options;
    int r = template_parse(&s->each, &s->arena, TEMPLATE_COMMAND, "each", o->each, names, count, e);
    if (!r && o->key)
        r = template_parse(&s->key, &s->arena, TEMPLATE_TEXT, "key", o->key, names, count, e);
    return r;
}

static int at_line(const struct load_source *s, int64_t line, int r, struct err *e)
{
    return err_widen(e, r, "%s line %" PRId64 ": ", s->name, line);
}

/* ---- the lines of a file */

static int lines_open(struct load_source *s, struct err *e)
{
    int r = line_reader_open(&s->lines, s->options.file, e);
    s->name = s->lines.name;
    return r;
}

/* Its lines would be commands called Pending and Failed. */
static int refuse_listing(struct err *e)
{
    int r = err_refuse(e, ERR_BAD_LINE, "this is the header of a list of tasks, not a command");
    err_hint(e, "what qdo tasks printed is loaded with --qdo-tasks");
    return r;
}

static int take_line(struct load_source *s, const char *line, size_t n, struct buf *out, struct err *e)
{
    if (s->options.ndjson)
        return load_line_object(&s->options.line, line, n, out, e);
    if (s->line == 1 && n == strlen(TASK_LISTING_HEADER) && memcmp(line, TASK_LISTING_HEADER, n) == 0)
        return refuse_listing(e);
    return load_line_command(&s->options.line, NULL, line, n, out, e);
}

static int lines_next(struct load_source *s, struct buf *out, struct err *e)
{
    const char *line;
    size_t n;
    int r = line_reader_next(&s->lines, &line, &n, e);
    if (r)
        return r;
    s->line = s->lines.number;
    if (line_reader_is_blank(line, n)) {
        buf_putc(out, '\n');
        return 0;
    }
    r = take_line(s, line, n, out, e);
    if (r)
        return at_line(s, s->line, r, e);
    s->tasks++;
    return 0;
}

static int lines_pass(struct load_source *s, int64_t lines, struct err *e)
{
    const char *line;
    size_t n;
    int r = 0;
    while (!r && s->line < lines) {
        r = line_reader_next(&s->lines, &line, &n, e);
        if (!r)
            s->tasks += !line_reader_is_blank(line, n);
        s->line = s->lines.number;
    }
    return r;
}

static int lines_rewind(struct load_source *s) { return line_reader_rewind(&s->lines); }

/* ---- the tasks that `qdo tasks` printed */

enum { LEFT_TO_DO = 1u << TASK_PENDING | 1u << TASK_RUNNING | 1u << TASK_FAILED | 1u << TASK_KILLED };

/* An object is the payload of a task for a program; the rest are commands. */
static int append_listed(struct load_source *s, const struct buf *text, struct buf *out, struct err *e)
{
    CLEANUP(json_drop) json_t *payload = NULL;
    CLEANUP(buf_done) struct buf object = {0};
    struct err unused;
    if (!text->len || text->data[0] != '{' || json_parse(text->data, text->len, &payload, &unused))
        return load_line_command(&s->options.line, NULL, buf_text(text), text->len, out, e);
    buf_printf(&object, "{\"payload\":%s}", buf_text(text));
    return load_line_object(&s->options.line, buf_text(&object), object.len, out, e);
}

/* One that waits for others has lost them: a listing does not name them. */
static int refuse_waiting(struct err *e)
{
    int r = err_refuse(e, ERR_BAD_LINE, "the task waits for others, and the list does not say for which");
    err_hint(e, "--state waiting takes such tasks, to be run at once; --state pending (and others) leaves them out");
    return r;
}

static int append_line(struct load_source *s, const char *line, size_t n, struct buf *out, struct err *e)
{
    CLEANUP(buf_done) struct buf text = {0};
    unsigned states = s->options.states;
    int state, r = task_listing_read(line, n, &state, &text, e);
    if (!r && !states && state == TASK_WAITING)
        r = refuse_waiting(e);
    if (r)
        return r;
    if (!((states ? states : LEFT_TO_DO) & 1u << state)) {
        s->left_out++;
        buf_putc(out, '\n');
        return 0;
    }
    r = append_listed(s, &text, out, e);
    s->tasks += !r;
    return r;
}

static int listing_next(struct load_source *s, struct buf *out, struct err *e)
{
    const char *line;
    size_t n;
    int r = line_reader_next(&s->lines, &line, &n, e);
    if (r)
        return r;
    s->line = s->lines.number;
    bool header = s->line == 1 && !task_listing_has_state(line, n);
    if (header || line_reader_is_blank(line, n)) {
        buf_putc(out, '\n');
        return 0;
    }
    r = append_line(s, line, n, out, e);
    return r ? at_line(s, s->line, r, e) : 0;
}

static int listing_pass(struct load_source *s, int64_t lines, struct err *e)
{
    CLEANUP(buf_done) struct buf unused = {0};
    int r = 0;
    while (!r && s->line < lines) {
        buf_clear(&unused);
        r = listing_next(s, &unused, e);
    }
    return r;
}

/* ---- the rows of a CSV file */

static int rows_open(struct load_source *s, struct err *e)
{
    int r = row_reader_open(&s->rows, s->options.csv, e);
    s->name = s->rows.lines.name;
    return r ? r : parse_templates(s, s->rows.names, s->rows.name_count, e);
}

static int refuse_nul(const struct load_source *s, const struct template_value *fields, struct err *e)
{
    for (size_t i = 0; i < s->rows.name_count; i++)
        if (fields[i].n && memchr(fields[i].bytes, '\0', fields[i].n))
            return err_refuse(e, ERR_BAD_LINE, "column '%.60s' holds a NUL byte", s->rows.names[i]);
    return 0;
}

/* The lines of names stand before the first row, and are blank lines of the upload like those between rows. */
static void put_lines_until(struct load_source *s, int64_t line, struct buf *out)
{
    for (; s->line < line; s->line++)
        buf_putc(out, '\n');
}

static int rows_next(struct load_source *s, struct buf *out, struct err *e)
{
    const struct template_value *fields;
    int r = row_reader_next(&s->rows, &fields, e);
    if (r)
        return r;
    if (fields) {
        put_lines_until(s, s->rows.first_line - 1, out);
        r = refuse_nul(s, fields, e);
        if (!r)
            r = append_expanded(s, fields, out, e);
        if (r)
            return at_line(s, s->rows.first_line, r, e);
        s->line++;
    }
    put_lines_until(s, s->rows.lines.number, out);
    return 0;
}

static int rows_pass(struct load_source *s, int64_t lines, struct err *e)
{
    const struct template_value *fields;
    int r = 0;
    while (!r && s->line < lines) {
        r = row_reader_next(&s->rows, &fields, e);
        if (!r)
            s->tasks += fields != NULL;
        s->line = s->rows.lines.number;
    }
    return r;
}

/* The templates know columns by their place: a file that has changed its columns meanwhile is not read on. */
static int rows_rewind(struct load_source *s)
{
    size_t count = s->rows.name_count;
    return row_reader_rewind(&s->rows) || s->rows.name_count != count ? -1 : 0;
}

/* ---- the values of an array */

static int append_value(struct load_source *s, const char *text, struct buf *out, struct err *e)
{
    struct template_value value = {text, strlen(text)};
    int r = append_expanded(s, &value, out, e);
    return r ? err_widen(e, r, "--array, value %s: ", text) : 0;
}

/* The last value of each range is as wide as any of it. */
static int check_widest(struct load_source *s, struct err *e)
{
    CLEANUP(buf_done) struct buf unused = {0};
    char text[ARRAY_SPEC_BYTES];
    int r = 0;
    for (size_t i = 0; !r && i < s->values.range_count; i++) {
        array_spec_skip(&s->values, s->values.ranges[i].count - 1);
        array_spec_next(&s->values, text);
        buf_clear(&unused);
        r = append_value(s, text, &unused, e);
    }
    array_spec_rewind(&s->values);
    s->tasks = 0;
    return r;
}

static int values_open(struct load_source *s, struct err *e)
{
    s->name = "--array";
    s->unit = "value";
    int r = array_spec_parse(&s->values, &s->arena, s->options.array, e);
    if (!r)
        r = parse_templates(s, NULL, 0, e);
    s->total = s->values.count;
    return r ? r : check_widest(s, e);
}

static int values_next(struct load_source *s, struct buf *out, struct err *e)
{
    char text[ARRAY_SPEC_BYTES];
    if (!array_spec_next(&s->values, text))
        return LOAD_SOURCE_END;
    s->line++;
    return append_value(s, text, out, e);
}

static int values_pass(struct load_source *s, int64_t lines, struct err *e)
{
    s->tasks = s->line = array_spec_skip(&s->values, lines);
    return 0;
}

/* ---- any of them */

static const struct load_kind LINES = {lines_open, lines_next, lines_pass, lines_rewind},
                              LISTING = {lines_open, listing_next, listing_pass, lines_rewind},
                              ROWS = {rows_open, rows_next, rows_pass, rows_rewind},
                              VALUES = {values_open, values_next, values_pass, NULL};

int load_source_open(struct load_source *s, const struct load_source_options *o, struct err *e)
{
    *s = (struct load_source){.options = *o, .unit = "line", .total = -1};
    s->options.line.waits = &s->waits;
    s->kind = o->listing ? &LISTING : o->file ? &LINES : o->csv ? &ROWS : &VALUES;
    return s->kind->open(s, e);
}

void load_source_done(struct load_source *s)
{
    line_reader_done(&s->lines);
    row_reader_done(&s->rows);
    buf_done(&s->command);
    buf_done(&s->key_text);
    arena_done(&s->arena);
    *s = (struct load_source){0};
}

int load_source_next(struct load_source *s, struct buf *out, struct err *e) { return s->kind->next(s, out, e); }

int load_source_skip(struct load_source *s, int64_t lines, struct err *e)
{
    int r = lines ? s->kind->pass(s, lines, e) : 0;
    return r == LOAD_SOURCE_END ? 0 : r;
}

static void digest_text(crypto_generichash_state *digest, const char *text)
{
    const unsigned char *bytes = (const unsigned char *)(text ? text : "\n");
    crypto_generichash_update(digest, bytes, strlen((const char *)bytes) + 1);
}

/* All that decides what the tasks will be, but for the bytes of the file. A time that was given as a span is another
 * one at each call; it counts as it was written. */
static void digest_options(const struct load_source *s, crypto_generichash_state *digest)
{
    const struct load_source_options *o = &s->options;
    const char *file = o->file ? o->file : o->csv;
    CLEANUP(cleanup_free) char *real = file ? realpath(file, NULL) : NULL;
    CLEANUP(json_drop) json_t *base = json_copy((json_t *)o->line.base);
    CLEANUP(buf_done) struct buf text = {0};
    json_object_del(base, "not_before");
    json_write(base, &text);
    const char *const parts[] = {
        real ? real : file, o->array, o->each, o->key, o->ndjson ? "ndjson" : NULL, o->line.unique ? "unique" : NULL,
        o->not_before, buf_text(&text),
    };
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        digest_text(digest, parts[i]);
    if (o->listing)
        crypto_generichash_update(digest, (const unsigned char *)&o->states, sizeof o->states);
}

static void name_upload(struct load_source *s, crypto_generichash_state *digest)
{
    unsigned char hash[DIGEST_BYTES];
    char hex[DIGEST_BYTES * 2 + 1];
    crypto_generichash_final(digest, hash, sizeof hash);
    s->upload = arena_printf(&s->arena, "load-%s", sodium_bin2hex(hex, sizeof hex, hash, sizeof hash));
}

static int look_at_all(struct load_source *s, void (*on_look)(void *arg, int64_t tasks), void *arg, struct err *e)
{
    CLEANUP(buf_done) struct buf unused = {0};
    int r = 0;
    for (int64_t looks = 1; !r; looks++) {
        buf_clear(&unused);
        r = load_source_next(s, &unused, e);
        if (looks % LOOK_AGAIN == 0)
            on_look(arg, s->tasks);
    }
    return r == LOAD_SOURCE_END ? 0 : r;
}

/* The first reading of a file, from its very beginning. */
static int read_first(struct load_source *s, void (*on_look)(void *arg, int64_t tasks), void *arg, struct err *e)
{
    int r = look_at_all(s, on_look, arg, e);
    s->lines.digest = s->rows.lines.digest = NULL;
    if (r)
        return r;
    if (s->kind->rewind(s))
        return err_fail(e, ERR_FILE, "could not read '%s' again", s->name);
    s->total = s->tasks;
    s->tasks = s->line = s->left_out = 0;
    return 0;
}

int load_source_check(struct load_source *s, void (*on_look)(void *arg, int64_t tasks), void *arg, struct err *e)
{
    crypto_generichash_state digest;
    crypto_generichash_init(&digest, NULL, 0, DIGEST_BYTES);
    digest_options(s, &digest);
    s->lines.digest = s->rows.lines.digest = &digest;
    s->again = !s->kind->rewind || s->kind->rewind(s) == 0;
    int r = s->again && s->kind->rewind ? read_first(s, on_look, arg, e) : 0;
    s->lines.digest = s->rows.lines.digest = NULL;
    if (s->again)
        name_upload(s, &digest);
    else
        s->upload = place_random(&s->arena);
    return r;
}
