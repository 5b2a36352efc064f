/* The directory that goes with a job: a tar, taken piece by piece, and looked at once it is whole, some entries a turn. One that is no tar,
 * or whose files would not stay in their folder, is refused, and its job is forgotten: nothing of either stays. */
#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "web/job_tar.h"
#include "web/job_wait.h"
#include "web/render.h"
#include "web/render_job.h"
#include "web/request.h"

enum { ENTRIES_PER_TURN = 200, BLOCK_BYTES = 64 * 1024 };

const struct json_shape api_job_tar = {"Tar", JSON_KIND_ANY, NULL, 0, NULL};
const struct request_names api_job_files_query = REQUEST_NAMES("from");

/* A tar in the store, read from one of its entries on. */
struct tar {
    struct turn *t;
    int64_t ref, at, size;
    struct err *e;
    int failed; /* what the store said */
    char block[BLOCK_BYTES];
};

static la_ssize_t on_read(struct archive *a, void *arg, const void **out)
{
    struct tar *tar = arg;
    size_t n = 0;
    if (tar->at >= tar->size)
        return 0;
    tar->failed = store_body_read(tar->t->store, BODY_JOB, tar->ref, tar->at, tar->block, sizeof tar->block, &n, tar->e);
    if (tar->failed)
        return -1;
    tar->at += (int64_t)n;
    *out = tar->block;
    return (la_ssize_t)n;
}

static la_int64_t on_skip(struct archive *a, void *arg, la_int64_t n)
{
    struct tar *tar = arg;
    if (n > tar->size - tar->at)
        n = tar->size - tar->at;
    tar->at += n;
    return n;
}

static int refuse(struct archive *a, const struct tar *tar, struct err *e)
{
    const char *cause = archive_error_string(a);
    if (tar->failed)
        return tar->failed < 0 ? tar->failed : err_fail(e, ERR_INTERNAL, "the directory of a job is gone");
    return err_refuse(e, ERR_BAD_FIELD, "this is not a whole tar: %s", cause ? cause : "it ends too early");
}

/* Looks at some entries from *at on, which goes behind them. *out_over: there are no more. */
static int look(struct archive *a, struct tar *tar, int64_t *at, bool *out_over, struct err *e)
{
    int64_t begun = *at;
    struct archive_entry *entry;
    int r = 0, status = ARCHIVE_OK;
    for (int i = 0; !r && (status = archive_read_next_header(a, &entry)) == ARCHIVE_OK; i++) {
        *at = begun + archive_read_header_position(a);
        if (i == ENTRIES_PER_TURN)
            return 0;
        r = job_tar_check(entry, e);
    }
    *out_over = status == ARCHIVE_EOF;
    return !r && !*out_over ? refuse(a, tar, e) : r;
}

static int judge(struct turn *t, const struct body *b, int64_t *at, bool *out_over, struct err *e)
{
    struct tar *tar = arena_alloc(t->arena, sizeof *tar);
    *tar = (struct tar){.t = t, .ref = b->ref, .at = *at, .size = b->size, .e = e};
    struct archive *a = archive_read_new();
    if (!a)
        return err_fail(e, ERR_INTERNAL, "no memory for an archive");
    bool bad = archive_read_support_format_tar(a) || archive_read_set_read_callback(a, on_read) || archive_read_set_skip_callback(a, on_skip) ||
               archive_read_set_callback_data(a, tar) || archive_read_open1(a);
    int r = bad ? refuse(a, tar, e) : look(a, tar, at, out_over, e);
    archive_read_free(a);
    return r;
}

static int64_t announced(const struct job_row *j)
{
    CLEANUP(json_drop) json_t *settings = render_parsed(j->settings, strlen(j->settings));
    return json_integer_value(json_object_get(json_object_get(settings, "files"), "bytes"));
}

static int take_piece(struct request *r, struct turn *t, struct body *b, int64_t from, int64_t whole, struct err *e)
{
    struct stream *s = &r->stream;
    int bad = 0;
    if (!s->was.begun) {
        s->now.at = from;
        bad = body_begin(t, b, from, e);
    }
    if (!bad && s->now.at + (int64_t)r->body.len > whole)
        bad = err_refuse(e, ERR_TOO_LARGE, "%lld bytes were announced, and here are more", (long long)whole);
    if (!bad)
        bad = body_append(t, b, s->now.at, buf_text(&r->body), r->body.len, &s->taken, e);
    if (bad)
        return bad;
    s->now.at += (int64_t)s->taken;
    s->now.begun = true;
    return 0;
}

/* All of it is here. A refusal must not undo that its job is forgotten, so it is an answer as any other. */
static int judge_some(struct request *r, struct turn *t, struct job_row *j, const struct body *b, struct err *e)
{
    struct err told = {0};
    bool over = false;
    int bad = judge(t, b, &r->stream.now.judged, &over, &told);
    if (bad < 0)
        *e = told;
    if (bad > 0) {
        bad = job_forget(t, &r->who, j, e);
        if (!bad)
            request_refuse(r, &told);
        return bad;
    }
    if (bad || !over)
        return bad;
    bad = job_files_here(t, j, b->size, e);
    return bad ? bad : job_answer_accepted(r, j, 1);
}

static int find(struct request *r, struct turn *t, struct job_row *j, int64_t *from, struct err *e)
{
    const char *given = NULL;
    int64_t id;
    int bad = request_query(r, &api_job_files_query, &given, e);
    if (!bad)
        bad = request_number("from", given ? given : "0", 0, LIMIT_JOB_FILES, from, e);
    if (!bad)
        bad = request_job(r, &id, e);
    if (!bad)
        bad = job_find(t, &r->who, id, t->arena, j, e);
    if (!bad && j->files == NONE)
        bad = err_refuse(e, ERR_JOB_STATE, "no directory goes with job %lld", (long long)id);
    if (!bad && j->files != JOB_FILES_AWAITED)
        bad = err_refuse(e, ERR_JOB_STATE, "the directory of job %lld is here already", (long long)id);
    return bad;
}

/* Run again with nothing new while entries are left to be looked at. */
int api_job_files_put(struct request *r, struct turn *t, struct err *e)
{
    struct stream *s = &r->stream;
    struct job_row j;
    struct body b;
    int64_t from;
    int bad = find(r, t, &j, &from, e);
    if (!bad)
        bad = body_look(t, BODY_JOB, j.files_ref, &b, e);
    if (bad)
        return bad;
    int64_t whole = announced(&j);
    if (s->was.begun && s->ended && !r->body.len && s->was.at == whole) {
        s->taken = 0;
        return judge_some(r, t, &j, &b, e);
    }
    bad = take_piece(r, t, &b, from, whole, e);
    bool arrived = !bad && s->ended && s->taken == r->body.len;
    return arrived && s->now.at < whole ? request_answer(r, 200, json_pack("{s:I}", "size", (json_int_t)s->now.at)) : bad;
}
