/* A line is its bytes without the newline. It is known by its text and by how many equal lines stand before it, so
 * lines may be added to FILE, anywhere, between runs: what was there keeps its tasks. Nothing is sent before every
 * line has been looked at. */
#include "cli/run_lines.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/line_reader.h"
#include "cli/new_task.h"
#include "cli/place.h"

static void append(struct run_lines *l, const char *text, size_t n, int64_t number)
{
    if (l->count == l->room) {
        l->room = l->room ? l->room * 2 : 1024;
        l->lines = realloc(l->lines, l->room * sizeof *l->lines);
        if (!l->lines)
            abort();
    }
    l->lines[l->count++] =
        (struct run_line){.text = text, .bytes = n, .hash = place_hash(&l->arena, text, n), .number = number};
}

static int by_hash(const void *a, const void *b)
{
    const struct run_line *x = *(struct run_line *const *)a, *y = *(struct run_line *const *)b;
    int order = strcmp(x->hash, y->hash);
    return order ? order : (x > y) - (x < y);
}

static int by_task(const void *a, const void *b)
{
    const struct run_line *x = *(struct run_line *const *)a, *y = *(struct run_line *const *)b;
    return (x->task > y->task) - (x->task < y->task);
}

static struct run_line **sorted(struct run_lines *l, int (*order)(const void *, const void *))
{
    struct run_line **all = arena_array(&l->arena, l->count + 1, sizeof *all);
    for (size_t i = 0; i < l->count; i++)
        all[i] = &l->lines[i];
    qsort(all, l->count, sizeof *all, order);
    return all;
}

static void count_copies(struct run_lines *l)
{
    struct run_line **all = sorted(l, by_hash);
    for (size_t i = 0; i < l->count; i++)
        all[i]->copy = i && strcmp(all[i - 1]->hash, all[i]->hash) == 0 ? all[i - 1]->copy + 1 : 1;
}

/* Copies a line into the lines' own memory, if it is one. */
static int take(struct run_lines *l, const struct line_reader *reader, const char *line, size_t n, struct err *e)
{
    if (line_reader_is_blank(line, n))
        return 0;
    int r = new_task_check(line, n, e);
    if (r)
        return err_widen(e, r, "%s line %" PRId64 ": ", reader->name, reader->number);
    append(l, arena_copy(&l->arena, line, n), n, reader->number);
    return 0;
}

int run_lines_read(struct run_lines *l, const char *path, struct err *e)
{
    CLEANUP(line_reader_done) struct line_reader reader = {0};
    const char *line;
    size_t n;
    int r = line_reader_open(&reader, path, e);
    while (!r) {
        r = line_reader_next(&reader, &line, &n, e);
        if (!r)
            r = take(l, &reader, line, n, e);
    }
    if (r != LINE_READER_END)
        return r;
    count_copies(l);
    return 0;
}

void run_lines_done(struct run_lines *l)
{
    arena_done(&l->arena);
    free(l->lines);
    *l = (struct run_lines){0};
}

const char *run_lines_key(struct arena *a, const struct run_line *line)
{
    return arena_printf(a, "%s-%" PRId64, line->hash, line->copy);
}

void run_lines_index(struct run_lines *l) { l->by_task = sorted(l, by_task); }

struct run_line *run_lines_find(const struct run_lines *l, int64_t task)
{
    struct run_line wanted = {.task = task}, *key = &wanted;
    struct run_line **found = bsearch(&key, l->by_task, l->count, sizeof *l->by_task, by_task);
    return found ? *found : NULL;
}
