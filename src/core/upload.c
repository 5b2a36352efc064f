/* See upload.h. A repeated line is one that the row says was taken: whoever sends it again, or sends the same upload over
 * two connections at once, adds nothing by it, because each slice reads the row anew. */
#include "core/upload.h"

#include <stdio.h>
#include <string.h>

void upload_init(struct upload *u)
{
    *u = (struct upload){.first = NONE, .last = NONE, .error_line = NONE};
}

/* 0 and *u as the store has it; STORE_EMPTY. */
static int read_row(struct turn *t, const struct queue_row *q, const char *name, struct upload *u, struct err *e)
{
    struct upload_row row;
    int r = store_upload_get(t->store, q->id, name, t->arena, &row, e);
    if (r)
        return r;
    u->lines = row.lines;
    u->added = row.added;
    u->existed = row.existed;
    u->error_line = row.error_line;
    u->error_code = row.error_code ? err_from_wire(row.error_code) : ERR_NONE;
    snprintf(u->error_detail, sizeof u->error_detail, "%s", row.error_detail ? row.error_detail : "");
    return 0;
}

int upload_look(struct turn *t, const struct queue_row *q, const char *name, struct upload *out, struct err *e)
{
    upload_init(out);
    int r = read_row(t, q, name, out, e);
    return r == STORE_EMPTY ? err_refuse(e, ERR_UPLOAD_NOT_FOUND, "nothing of this upload was taken") : r;
}

static int refuse_gap(int64_t line, int64_t taken, struct err *e)
{
    int r = err_refuse(e, ERR_UPLOAD_GAP, "this body goes on with line %lld; the next line to take is %lld",
                       (long long)line, (long long)taken + 1);
    err_hint(e, "send from=%lld", (long long)taken + 1);
    return r;
}

int upload_open(struct turn *t, const struct queue_row *q, const char *name, int64_t line, struct upload *u,
                struct err *e)
{
    struct upload found = {.first = u->first, .last = u->last, .error_line = NONE};
    int r = read_row(t, q, name, &found, e);
    if (r < 0)
        return r;
    if (line > found.lines + 1)
        return refuse_gap(line, found.lines, e);
    *u = found;
    return 0;
}

int upload_take(struct turn *t, const struct queue_row *q, const struct submit_task *tasks, int count, int64_t line,
                struct upload *u, int *out_bad, struct err *e)
{
    int existed = 0;
    int64_t *ids = arena_array(t->arena, (size_t)count + 1, sizeof *ids);
    int64_t before;
    int r = store_task_newest(t->store, &before, e);
    if (r == 0)
        r = submit_tasks(t, q, tasks, count, SUBMIT_IN_ORDER, t->arena, ids, &existed, out_bad, e);
    for (int i = 0; r == 0 && i < count; i++) {
        if (ids[i] <= before)
            continue;
        u->first = u->first == NONE ? ids[i] : u->first;
        u->last = ids[i];
    }
    if (r)
        return r;
    u->lines = line;
    u->added += count - existed;
    u->existed += existed;
    u->error_line = NONE;
    return 0;
}

void upload_note(struct upload *u, int64_t line, const struct err *why)
{
    u->error_line = line;
    u->error_code = why->code;
    snprintf(u->error_detail, sizeof u->error_detail, "%.*s", UPLOAD_DETAIL_BYTES - 1, why->text);
}

int upload_save(struct turn *t, const struct queue_row *q, const char *name, const struct upload *u, struct err *e)
{
    bool wrong = u->error_line != NONE;
    struct upload_row row = {.lines = u->lines, .added = u->added, .existed = u->existed, .error_line = u->error_line,
                             .error_code = wrong ? err_wire(u->error_code) : NULL,
                             .error_detail = wrong ? u->error_detail : NULL};
    return store_upload_put(t->store, q->id, name, &row, e);
}
