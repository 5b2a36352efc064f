/* All results, or all errors, as a zip: a file for each that was handed in, under the name the old manager gave it. It is packed while it
 * is sent, a little at a time; libarchive hands over what it has made after each call. */
#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#include "base/clock.h"
#include "core/table_history.h"
#include "web/openapi.h"
#include "web/tables.h"

enum { SOME_BYTES = 16 * 1024, FILE_MODE = 0644 };

struct archive_making {
    struct making making; /* first */
    int64_t queue, task;  /* task: the table that is being packed, or was last */
    bool errors;          /* else results */
    struct archive *zip;  /* NULL: not begun */
    struct buf *out;      /* where it writes to, while it is called */
    struct arena arena;   /* of the table */
    struct history_attempt *past;
    int count, next;
    struct {
        enum body_kind kind;
        int64_t ref, size, at;
    } body; /* of the file that is being packed; at == size: none is */
};

static la_ssize_t on_bytes(struct archive *zip, void *arg, const void *bytes, size_t n)
{
    buf_add(((struct archive_making *)arg)->out, bytes, n);
    return (la_ssize_t)n;
}

static int refuse(struct archive *zip, struct err *e)
{
    return err_fail(e, ERR_INTERNAL, "libarchive: %s", archive_error_string(zip) ? archive_error_string(zip) : "no memory");
}

static int begin(struct archive_making *m, struct err *e)
{
    m->zip = archive_write_new();
    if (!m->zip)
        return err_fail(e, ERR_INTERNAL, "no memory for an archive");
    bool bad = archive_write_set_format_zip(m->zip) || archive_write_zip_set_compression_deflate(m->zip) ||
               archive_write_set_options(m->zip, "zip:hdrcharset=UTF-8,zip:compression-level=1") ||
               archive_write_set_bytes_per_block(m->zip, 0) || archive_write_set_bytes_in_last_block(m->zip, 1) ||
               archive_write_open(m->zip, m, NULL, on_bytes, NULL);
    return bad ? refuse(m->zip, e) : 0;
}

/* The next table, and what there is of it. *out_over: there is none. */
static int next_table(struct turn *t, struct archive_making *m, bool *out_over, struct err *e)
{
    struct coverage_row *row;
    const char *name;
    int count = 0, r = store_coverage_walk(t->store, m->queue, m->task, 1, t->arena, &row, &count, e);
    arena_done(&m->arena);
    m->count = m->next = 0;
    *out_over = r == 0 && !count;
    if (r || *out_over)
        return r;
    m->task = row->task;
    r = store_table_name(t->store, m->task, &m->arena, &name, e);
    if (r == 0)
        r = table_history(t, m->task, name, &m->arena, &m->past, &m->count, e);
    return r < 0 ? r : 0; /* one that was removed is passed over */
}

static int write_head(struct archive_making *m, const struct history_attempt *p, struct err *e)
{
    struct archive_entry *entry = archive_entry_new();
    if (!entry)
        return err_fail(e, ERR_INTERNAL, "no memory for an archive");
    archive_entry_set_pathname_utf8(entry, p->file);
    archive_entry_set_mtime(entry, (time_t)(p->stored / CLOCK_SECOND), 0);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, FILE_MODE);
    archive_entry_set_size(entry, m->body.size);
    int bad = archive_write_header(m->zip, entry);
    archive_entry_free(entry);
    return bad < ARCHIVE_WARN ? refuse(m->zip, e) : 0;
}

/* The next file of the table. An error may have been empty; a result that is not here came with another manager's state. */
static int next_file(struct turn *t, struct archive_making *m, struct err *e)
{
    const struct history_attempt *p = &m->past[m->next++];
    bool raw;
    if (m->errors ? !p->error : !p->result)
        return 0;
    m->body.kind = m->errors ? BODY_STDERR : BODY_RESULT;
    m->body.ref = p->lease;
    m->body.size = m->body.at = 0;
    int r = store_body_size(t->store, m->body.kind, m->body.ref, &m->body.size, &raw, e);
    if (r < 0 || (r == STORE_EMPTY && !m->errors))
        return r < 0 ? r : 0;
    return write_head(m, p, e);
}

static int pack_some(struct turn *t, struct archive_making *m, struct err *e)
{
    char bytes[SOME_BYTES];
    size_t n = 0;
    int r = store_body_read(t->store, m->body.kind, m->body.ref, m->body.at, bytes, sizeof bytes, &n, e);
    if (r == STORE_EMPTY || (r == 0 && !n))
        return err_fail(e, ERR_INTERNAL, "a table was removed while it was packed");
    if (r == 0 && archive_write_data(m->zip, bytes, n) != (la_ssize_t)n)
        return refuse(m->zip, e);
    m->body.at += (int64_t)n;
    return r;
}

static int put_some(struct making *making, struct turn *t, struct buf *out, bool *out_over, struct err *e)
{
    struct archive_making *m = (struct archive_making *)making;
    bool over = false;
    m->out = out;
    int r = m->zip ? 0 : begin(m, e);
    if (r)
        return r;
    if (m->body.at < m->body.size)
        r = pack_some(t, m, e);
    else if (m->next < m->count)
        r = next_file(t, m, e);
    else
        r = next_table(t, m, &over, e);
    if (over && archive_write_close(m->zip) != ARCHIVE_OK)
        return refuse(m->zip, e);
    *out_over = over;
    return r;
}

static void archive_done(struct making *making)
{
    struct archive_making *m = (struct archive_making *)making;
    struct buf rest = {0};
    m->out = &rest; /* what is given up is ended, too, and written to somewhere */
    archive_write_free(m->zip);
    buf_done(&rest);
    arena_done(&m->arena);
}

static int answer(struct request *r, struct turn *t, bool errors, struct err *e)
{
    struct dataset d;
    int bad = r->route->flags & ROUTE_TABLES ? 0 : request_query(r, &openapi_no_query, NULL, e);
    if (!bad)
        bad = tables_any_dataset(r, t, &d, e);
    if (bad)
        return bad;
    bool any = errors ? d.row.errors || d.row.flawed : d.row.results;
    if (!any)
        return err_refuse(e, ERR_OUTPUT_NOT_FOUND, "no table of '%.60s' has %s", d.queue.name, errors ? "an error" : "a result");
    struct archive_making *m = arena_alloc(&r->arena, sizeof *m);
    *m = (struct archive_making){.making = {.next = put_some, .done = archive_done}, .queue = d.queue.id, .errors = errors};
    tables_attachment(r, errors ? "errors.zip" : "results.zip");
    return request_make(r, &m->making, "application/zip");
}

int tables_results(struct request *r, struct turn *t, struct err *e) { return answer(r, t, false, e); }
int tables_errors(struct request *r, struct turn *t, struct err *e) { return answer(r, t, true, e); }
