/* Importing a dataset: a stream of lines, the first of which says what it is, the last that it is whole; between them a table each.
 * Nothing of it is seen before the last has been taken. */
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "core/dataset_import.h"
#include "web/lines.h"
#include "web/request.h"
#include "web/table_line.h"

/* The next line: false where it has not arrived as a whole. */
static bool next_line(const struct request *r, size_t at, size_t *out_n)
{
    const char *bytes = buf_text(&r->body) + at;
    size_t left = r->body.len - at;
    const char *stop = left ? memchr(bytes, '\n', left) : NULL;
    *out_n = stop ? (size_t)(stop - bytes) : left;
    return stop || *out_n > LIMIT_TABLE || (left && r->stream.ended);
}

static int begin(struct request *r, struct turn *t, const json_t *line, struct import *import, struct err *e)
{
    struct dataset_row settings = {0};
    struct queue_ref ref = request_queue(r);
    int bad = table_line_settings(line, &settings, e);
    return bad ? bad : import_begin(t, &r->who, &ref, &settings, t->arena, import, e);
}

static int end(struct request *r, struct turn *t, const json_t *line, const struct import *import, struct err *e)
{
    struct queue_ref ref = request_queue(r);
    int64_t unknown[TARGET_KINDS] = {0}, tables;
    struct dataset d;
    int bad = table_line_end(line, &tables, unknown, e);
    if (!bad && tables != import->tables)
        bad = err_refuse(e, ERR_BAD_FIELD, "end.tables is %lld, and %lld tables have come", (long long)tables,
                         (long long)import->tables);
    if (!bad)
        bad = import_end(t, &r->who, &ref, import, unknown, t->arena, &d, e);
    if (bad)
        return bad;
    const int64_t *total = d.row.sums.total;
    return request_answer(r, 201, json_pack("{s:s, s:s, s:I, s:{s:I, s:I, s:I}, s:I}", "queue", d.queue.name, "owner", d.queue.owner,
                                            "tables", (json_int_t)import->tables, "targets", "cea", (json_int_t)total[TARGET_CEA],
                                            "cta", (json_int_t)total[TARGET_CTA], "cpa", (json_int_t)total[TARGET_CPA], "repeated",
                                            (json_int_t)import->repeated));
}

static int take_table(struct turn *t, const json_t *line, struct import *import, struct err *e)
{
    struct import_table table;
    int bad = table_line_read(line, t->arena, &table, e);
    return bad ? bad : import_table(t, import, &table, e);
}

static int take_line(struct request *r, struct turn *t, const char *text, size_t n, struct import *import, struct err *e)
{
    CLEANUP(json_drop) json_t *line = NULL;
    if (n > LIMIT_TABLE)
        return err_refuse(e, ERR_TOO_LARGE, "the line is longer than %d bytes: so large a table cannot be handed out", LIMIT_TABLE);
    int bad = json_parse(text, n, &line, e);
    if (bad)
        return bad;
    if (!import->queue)
        return begin(r, t, line, import, e);
    if (json_object_get(line, "end"))
        return end(r, t, line, import, e);
    return take_table(t, line, import, e);
}

/* 0 or the refusal, which names the line. */
static int take_slice(struct request *r, struct turn *t, struct err *e)
{
    struct stream_state *now = &r->stream.now;
    size_t n, at = 0;
    int bad = 0;
    while (!bad && !r->status && next_line(r, at, &n)) {
        bool blank = lines_is_blank(buf_text(&r->body) + at, n);
        bad = blank ? 0 : take_line(r, t, buf_text(&r->body) + at, n, &now->import, e);
        if (bad > 0)
            err_widen(e, 0, "line %lld: ", (long long)now->line);
        now->line++;
        at += n < r->body.len - at ? n + 1 : n;
        if (turn_is_long(t) || at >= LIMIT_SLICE_BYTES)
            break;
    }
    r->stream.taken = at;
    return bad;
}

static int refuse_open_end(struct err *e)
{
    int r = err_refuse(e, ERR_BAD_LINE, "the import ends before its last line, {\"end\":{\"tables\":N}}");
    err_hint(e, "nothing of it stays");
    return r;
}

/* What is refused leaves nothing: the import is not gone on with. Behind the last line there is nothing. */
int api_table_import(struct request *r, struct turn *t, struct err *e)
{
    struct stream *stream = &r->stream;
    if (!stream->was.begun)
        stream->now.line = 1;
    stream->now.begun = true;
    int bad = take_slice(r, t, e);
    if (!bad && !r->status && stream->now.import.queue)
        bad = import_touch(t, &stream->now.import, e);
    bool over = stream->ended && stream->taken == r->body.len;
    return !bad && !r->status && over ? refuse_open_end(e) : bad;
}
