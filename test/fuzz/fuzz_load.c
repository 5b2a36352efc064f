/* The file of `docket load`: lines, objects of NDJSON, or rows of CSV with their templates, made the lines of an upload.
 *
 * The first byte says which, and whether keys are made; a template follows for rows, ended by NUL; the rest is the file. What
 * comes out are as many lines as were counted, each blank or a task that the server's own reading takes; the same again when it
 * is read again. A refusal names the file and the line, and no task of that line has come out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/load_source.h"
#include "fuzz.h"
#include "web/read_task.h"

enum { AS_LINES, AS_OBJECTS, AS_ROWS, KINDS };

static void check_task(const char *line, size_t n)
{
    CLEANUP(arena_done) struct arena a = {0};
    CLEANUP(json_drop) json_t *task = NULL;
    struct submit_task unused;
    struct err e;
    fuzz_must(json_parse(line, n, &task, &e) == 0, "%s: %.*s", e.text, (int)n, line);
    fuzz_must(read_task(task, (struct json_place){0}, &a, &unused, &e) == 0, "%s: %.*s", e.text, (int)n, line);
}

/* How many lines there are, and how many tasks. */
static void check_lines(const struct buf *out, int64_t *lines, int64_t *tasks)
{
    *lines = *tasks = 0;
    for (size_t at = 0; at < out->len; (*lines)++) {
        const char *line = out->data + at, *newline = memchr(line, '\n', out->len - at);
        fuzz_must(newline, "a line without an end");
        size_t n = (size_t)(newline - line);
        if (n)
            check_task(line, n);
        *tasks += n > 0;
        at += n + 1;
    }
}

static int read_all(struct load_source *s, struct buf *out, struct err *e)
{
    int r = 0;
    while (!r) {
        size_t before = out->len;
        r = load_source_next(s, out, e);
        for (size_t i = before; r && i < out->len; i++)
            fuzz_must(out->data[i] == '\n', "something of a refused line came out: %s", out->data + before);
    }
    return r;
}

static void on_look(void *arg, int64_t tasks) {}

static void check_refusal(int r, const struct err *e, const char *path)
{
    fuzz_check_refusal(r, e);
    fuzz_must(strstr(e->text, path) || strncmp(e->text, "--", 2) == 0, "neither file nor option is named: %s", e->text);
}

static void check_source(struct load_source *s, const char *path)
{
    CLEANUP(buf_done) struct buf out = {0};
    struct err e = {0}, later = {0};
    int64_t lines, tasks;
    int r = load_source_check(s, on_look, NULL, &e);
    if (r) {
        check_refusal(r, &e, path);
        return;
    }
    int64_t total = s->total;
    r = read_all(s, &out, &later);
    fuzz_must(r == LOAD_SOURCE_END, "the first reading found nothing wrong, the second: %s", later.text);
    check_lines(&out, &lines, &tasks);
    fuzz_must(lines == s->line && tasks == s->tasks && tasks == total, "%lld lines with %lld tasks; counted %lld, %lld, %lld",
              (long long)lines, (long long)tasks, (long long)s->line, (long long)s->tasks, (long long)total);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    CLEANUP(load_source_done) struct load_source s = {0};
    CLEANUP(json_drop) json_t *base = json_pack("{s:s, s:{s:s}, s:i}", "cwd", "/", "env", "A", "b", "priority", 2);
    struct fuzz_input in = {bytes, n};
    unsigned how = fuzz_choice(&in, KINDS * 2);
    CLEANUP(cleanup_free) char *each = how % KINDS == AS_ROWS ? fuzz_text(&in, '\0') : NULL;
    const char *path = fuzz_file(in.at, in.left);
    struct load_source_options o = {.each = each, .ndjson = how % KINDS == AS_OBJECTS,
                                    .line = {.base = base, .unique = how >= KINDS}};
    struct err e = {0};
    if (how % KINDS == AS_ROWS)
        o.csv = path;
    else
        o.file = path;
    int r = load_source_open(&s, &o, &e);
    if (r)
        check_refusal(r, &e, path);
    else
        check_source(&s, path);
    return 0;
}
