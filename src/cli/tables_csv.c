/* libcsv is fed up to each end of a line and calls back for each field and row that ends: what it has gathered by then is a row, or
 * a part of one whose quotes reach further. Of CR and LF the second makes an empty row, which libcsv skips. */
#include "cli/tables_csv.h"

#include <csv.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"

enum { CHUNK = 256 * 1024, BLOCK = 64 * 1024 /* what a long field grows by */ };

struct tables_csv_parse {
    struct csv_parser csv;
    int fd;
    bool begun, over, ended; /* something was read; all was; the row is whole */
    int64_t line;            /* that the next byte stands on */
    int64_t first;           /* that the row began on */
    struct buf bytes;        /* of the row, each field with a NUL behind it */
    size_t *ends, count, room, fed;
    struct tables_csv_field *fields;
    size_t at, n; /* what of the chunk is not yet looked at */
    char chunk[CHUNK];
};

static int no_space(unsigned char c) { return 0; }

static void grow(struct tables_csv_parse *p)
{
    p->room = p->room ? p->room * 2 : 32;
    p->ends = realloc(p->ends, p->room * sizeof *p->ends);
    p->fields = realloc(p->fields, p->room * sizeof *p->fields);
    if (!p->ends || !p->fields)
        abort();
}

static void on_field(void *bytes, size_t n, void *arg)
{
    struct tables_csv_parse *p = arg;
    if (p->count == p->room)
        grow(p);
    if (n)
        buf_add(&p->bytes, bytes, n);
    p->ends[p->count++] = p->bytes.len;
    buf_putc(&p->bytes, '\0');
}

static void on_row(int end, void *arg) { ((struct tables_csv_parse *)arg)->ended = true; }

int tables_csv_open(struct tables_csv *c, const char *path, bool trim, struct err *e)
{
    char cause[TEXT_CAUSE_BYTES];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    *c = (struct tables_csv){.path = path};
    if (fd < 0)
        return err_fail(e, ERR_FILE, "could not open '%s': %s", path, text_cause(errno, cause));
    struct tables_csv_parse *p = c->parse = malloc(sizeof *p);
    if (!p)
        abort();
    memset(p, 0, offsetof(struct tables_csv_parse, chunk));
    p->fd = fd;
    p->line = 1;
    if (csv_init(&p->csv, 0))
        abort();
    csv_set_blk_size(&p->csv, BLOCK);
    if (!trim)
        csv_set_space_func(&p->csv, no_space);
    return 0;
}

void tables_csv_done(struct tables_csv *c)
{
    struct tables_csv_parse *p = c->parse;
    if (p) {
        csv_free(&p->csv);
        close(p->fd);
        buf_done(&p->bytes);
        free(p->ends);
        free(p->fields);
        free(p);
    }
    *c = (struct tables_csv){0};
}

static void skip_mark(struct tables_csv_parse *p)
{
    static const char MARK[] = "\xEF\xBB\xBF";
    if (!p->begun && p->n >= sizeof MARK - 1 && memcmp(p->chunk, MARK, sizeof MARK - 1) == 0)
        p->at = sizeof MARK - 1;
    p->begun = true;
}

/* A pipe may give less than it will: the chunk is filled, as far as there is anything. */
static int fill(struct tables_csv *c, struct err *e)
{
    struct tables_csv_parse *p = c->parse;
    char cause[TEXT_CAUSE_BYTES];
    p->at = p->n = 0;
    while (!p->over && p->n < CHUNK) {
        ssize_t n = read(p->fd, p->chunk + p->n, CHUNK - p->n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_fail(e, ERR_FILE, "could not read '%s': %s", c->path, text_cause(errno, cause));
        p->over = n == 0;
        p->n += (size_t)n;
    }
    skip_mark(p);
    return 0;
}

/* Up to the end of a line, with it: where the parser may have to be left. */
static size_t piece(const char *bytes, size_t n)
{
    const char *lf = memchr(bytes, '\n', n);
    size_t most = lf ? (size_t)(lf - bytes) + 1 : n;
    const char *cr = memchr(bytes, '\r', most);
    return cr ? (size_t)(cr - bytes) + 1 : most;
}

static int feed(struct tables_csv *c, struct err *e)
{
    struct tables_csv_parse *p = c->parse;
    const char *bytes = p->chunk + p->at;
    size_t n = piece(bytes, p->n - p->at);
    if (csv_parse(&p->csv, bytes, n, on_field, on_row, p) != n) /* out of memory */
        abort();
    p->at += n;
    p->fed += n;
    p->line += bytes[n - 1] == '\n';
    if (p->fed > TABLES_CSV_ROW_BYTES)
        return err_refuse(e, ERR_BAD_LINE, "%s line %" PRId64 ": a row may be at most %d bytes (does a quote have no end?)", c->path,
                          p->first, TABLES_CSV_ROW_BYTES);
    return 0;
}

/* What is behind the last end of a line. */
static int finish(struct tables_csv *c, struct err *e)
{
    struct tables_csv_parse *p = c->parse;
    csv_set_opts(&p->csv, CSV_STRICT | CSV_STRICT_FINI); /* strict at the end only */
    if (csv_fini(&p->csv, on_field, on_row, p))
        return err_refuse(e, ERR_BAD_LINE, "%s line %" PRId64 ": a quoted field that begins here has no end", c->path, p->first);
    return p->ended ? 0 : TABLES_CSV_END;
}

static void hand_out(struct tables_csv *c)
{
    struct tables_csv_parse *p = c->parse;
    size_t from = 0;
    for (size_t i = 0; i < p->count; i++) {
        p->fields[i] = (struct tables_csv_field){p->bytes.data + from, p->ends[i] - from};
        from = p->ends[i] + 1;
    }
    c->fields = p->fields;
    c->count = p->count;
    c->line = p->first;
}

/* Between rows: blank lines are passed over here, so that a row begins where its first byte stands. */
static void skip_blank(struct tables_csv_parse *p)
{
    for (; p->at < p->n && (p->chunk[p->at] == '\n' || p->chunk[p->at] == '\r'); p->at++)
        p->line += p->chunk[p->at] == '\n';
}

/* libcsv stands before the first field of a row: what it was fed since the last one was blank. */
static bool between_rows(const struct tables_csv_parse *p) { return p->csv.pstate == 0 && !p->ended; }

int tables_csv_next(struct tables_csv *c, struct err *e)
{
    struct tables_csv_parse *p = c->parse;
    int r = 0;
    buf_clear(&p->bytes);
    p->count = p->fed = 0;
    p->ended = false;
    while (r == 0 && !p->ended) {
        if (between_rows(p)) {
            skip_blank(p);
            p->fed = 0;
            p->first = p->line;
        }
        if (p->at < p->n)
            r = feed(c, e);
        else if (!p->over)
            r = fill(c, e);
        else
            r = finish(c, e);
    }
    if (r == 0)
        hand_out(c);
    return r;
}
