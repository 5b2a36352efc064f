/* Adding tasks by upload: lines of JSON in pieces, each piece whole or not at all, repeatable. */
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "core/submit.h"
#include "web/read_task.h"
#include "web/request.h"

static int check_upload_name(const char *name, struct err *e)
{
    size_t n = strlen(name);
    if (n < 1 || n > LIMIT_NAME || text_has_control(name) || !text_is_utf8(name, n))
        return err_refuse(e, ERR_BAD_NAME, "the name of an upload has 1 to %d bytes of UTF-8 without control characters",
                          LIMIT_NAME);
    return 0;
}

static int bad_line(int64_t line, struct err *e)
{
    e->code = ERR_BAD_LINE;
    return err_widen(e, ERR_BAD_LINE, "line %lld: ", (long long)line);
}

static bool is_blank(const char *line, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strchr(" \t\r", line[i]))
            return false;
    return true;
}

/* What the lines of one body hold, gathered line by line. */
struct lines {
    struct submit_task *tasks;
    int64_t *numbers;
    int64_t next;
    int count;
};

static int refuse_many(struct err *e)
{
    int r = err_refuse(e, ERR_TOO_LARGE, "a piece of an upload holds at most %d tasks", LIMIT_TASKS_PER_ADD);
    err_hint(e, "send the lines in smaller pieces");
    return r;
}

static int read_line(struct request *r, struct lines *l, const char *line, size_t n, struct err *e)
{
    json_t *value;
    if (is_blank(line, n)) {
        l->next++;
        return 0;
    }
    if (l->count == LIMIT_TASKS_PER_ADD)
        return refuse_many(e);
    int bad = json_parse(line, n, &value, e);
    if (bad)
        return bad_line(l->next, e);
    json_array_append_new(r->json, value); /* the tasks borrow its texts */
    bad = read_task(value, (struct json_place){0}, &r->arena, &l->tasks[l->count], e);
    if (bad)
        return bad_line(l->next, e);
    l->numbers[l->count++] = l->next++;
    return 0;
}

static int count_lines(const struct buf *body)
{
    int count = 1;
    for (size_t i = 0; i < body->len; i++)
        count += body->data[i] == '\n';
    return count;
}

static int read_lines(struct request *r, int64_t from, struct lines *l, struct err *e)
{
    size_t most = (size_t)count_lines(&r->body);
    *l = (struct lines){arena_array(&r->arena, most, sizeof *l->tasks), arena_array(&r->arena, most, sizeof(int64_t)),
                        from, 0};
    json_decref(r->json);
    r->json = json_array();
    const char *at = r->body.data, *end = at + r->body.len;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t n = (size_t)((stop ? stop : end) - at);
        int bad = read_line(r, l, at, n, e);
        if (bad)
            return bad;
        at += n + 1;
    }
    return 0;
}

static int answer_upload(struct request *r, const struct upload_row *u)
{
    return request_answer(r, 200, json_pack("{s:s, s:I, s:I, s:I}", "upload", r->values.upload, "lines",
                                            (json_int_t)u->lines, "added", (json_int_t)u->added, "existed",
                                            (json_int_t)u->existed));
}

const struct request_names api_upload_put_query = REQUEST_NAMES("from");

int api_upload_put(struct request *r, struct turn *t, struct err *e)
{
    struct queue_ref ref = request_queue(r);
    struct queue_row queue;
    struct upload_row row;
    struct lines lines;
    const char *from_text = NULL;
    int64_t from;
    int bad = request_query(r, &api_upload_put_query, &from_text, e);
    if (!bad)
        bad = request_number("from", from_text ? from_text : "1", 1, INT64_C(1) << 53, &from, e);
    if (!bad)
        bad = check_upload_name(r->values.upload, e);
    if (!bad)
        bad = read_lines(r, from, &lines, e);
    if (!bad)
        bad = queue_ensure(t, &r->who, &ref, &r->arena, &queue, NULL, e);
    if (bad)
        return bad;
    struct submit_upload upload = {.name = r->values.upload, .from = from, .n = lines.next - from,
                                   .tasks = lines.tasks, .lines = lines.numbers, .count = lines.count};
    bad = submit_upload(t, &queue, &upload, &r->arena, &row, e);
    return bad ? bad : answer_upload(r, &row);
}

int api_upload_get(struct request *r, struct turn *t, struct err *e)
{
    struct queue_ref ref = request_queue(r);
    struct queue_row queue;
    struct upload_row row;
    int bad = queue_find(t, &r->who, &ref, &r->arena, &queue, e);
    if (!bad)
        bad = submit_upload_look(t, &queue, r->values.upload, &row, e);
    return bad ? bad : answer_upload(r, &row);
}
