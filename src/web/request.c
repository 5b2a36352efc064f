/* See request.h. */
#include "web/request.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "core/errand.h"

int request_json(struct request *r, const json_t **out, struct err *e)
{
    int bad = 0;
    if (!r->json) {
        if (r->body.len)
            bad = json_parse(r->body.data, r->body.len, &r->json, e);
        else
            r->json = json_object();
    }
    *out = r->json;
    return bad;
}

struct query {
    const char *const *names;
    const char **values;
    int count;
    const char *unknown;
};

static enum MHD_Result on_argument(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct query *q = arg;
    for (int i = 0; i < q->count; i++)
        if (strcmp(q->names[i], name) == 0) {
            q->values[i] = value ? value : "";
            return MHD_YES;
        }
    q->unknown = name;
    return MHD_NO;
}

static int refuse_unknown(const char *what, const char *name, struct err *e)
{
    CLEANUP(buf_done) struct buf shown = {0};
    text_cut(&shown, name, 60);
    return err_refuse(e, ERR_UNKNOWN_FIELD, "there is no %s '%s' here", what, buf_text(&shown));
}

int request_query(struct request *r, const struct request_names *names, const char **values, struct err *e)
{
    struct query q = {names->names, values, names->count, NULL};
    MHD_get_connection_values(r->connection, MHD_GET_ARGUMENT_KIND, on_argument, &q);
    if (!q.unknown)
        return 0;
    return refuse_unknown("parameter", q.unknown, e);
}

/* A form being read: the field that is being put together from its pieces, and who is told of it once it is whole. */
struct form {
    struct request *r;
    int (*fn)(void *arg, const char *name, const char *value, size_t n, struct err *e);
    void *arg;
    struct buf name, value;
    bool open;
    struct err *e;
};

/* false: it was refused. */
static bool close_field(struct form *f)
{
    bool good = !f->open || f->fn(f->arg, buf_text(&f->name), buf_text(&f->value), f->value.len, f->e) == 0;
    f->open = false;
    return good;
}

/* A value comes in pieces, each with its place. */
static enum MHD_Result on_field(void *arg, enum MHD_ValueKind kind, const char *name, const char *file, const char *type,
                                const char *coding, const char *bytes, uint64_t at, size_t n)
{
    struct form *f = arg;
    if (at == 0) {
        if (!close_field(f))
            return MHD_NO;
        buf_clear(&f->name);
        buf_puts(&f->name, name);
        buf_clear(&f->value);
        f->open = true;
    }
    buf_add(&f->value, bytes, n);
    return MHD_YES;
}

/* The library reads a form as it arrives, by the type in the request's head. */
static void read_form(struct form *f)
{
    enum { PIECE_BYTES = 1024 };
    struct MHD_PostProcessor *p = MHD_create_post_processor(f->r->connection, PIECE_BYTES, on_field, f);
    if (!p) {
        err_refuse(f->e, ERR_MEDIA_TYPE, "this URL takes a form, application/x-www-form-urlencoded");
        return;
    }
    enum MHD_Result read = MHD_post_process(p, f->r->body.data, f->r->body.len);
    enum MHD_Result ended = MHD_destroy_post_processor(p);
    if ((read != MHD_YES || ended != MHD_YES || !close_field(f)) && !f->e->code)
        err_refuse(f->e, ERR_BAD_REQUEST, "the body is no form");
}

int request_each_field(struct request *r, int (*fn)(void *arg, const char *name, const char *value, size_t n, struct err *e),
                       void *arg, struct err *e)
{
    struct form f = {.r = r, .fn = fn, .arg = arg, .e = e};
    e->code = ERR_NONE;
    if (r->body.len)
        read_form(&f);
    buf_done(&f.name);
    buf_done(&f.value);
    return (int)e->code;
}

struct named {
    struct request *r;
    const struct request_names *names;
    const char **values;
};

static int take_named(void *arg, const char *name, const char *value, size_t n, struct err *e)
{
    struct named *f = arg;
    int i = 0;
    while (i < f->names->count && strcmp(f->names->names[i], name) != 0)
        i++;
    if (i == f->names->count)
        return refuse_unknown("field", name, e);
    if (strlen(value) != n)
        return err_refuse(e, ERR_BAD_FIELD, "%s holds a NUL", f->names->names[i]);
    f->values[i] = arena_strdup(&f->r->arena, value);
    return 0;
}

int request_form(struct request *r, const struct request_names *names, const char **values, struct err *e)
{
    struct named f = {r, names, values};
    for (int i = 0; i < names->count; i++)
        values[i] = NULL;
    return request_each_field(r, take_named, &f, e);
}

const struct json_shape request_nothing = {"Nothing", JSON_KIND_OBJECT, NULL, 0, NULL};

int request_no_fields(struct request *r, struct err *e)
{
    const json_t *body;
    int bad = request_json(r, &body, e);
    return bad ? bad : json_read(body, NULL, 0, (struct json_place){0}, NULL, e);
}

int request_number(const char *name, const char *text, int64_t min, int64_t max, int64_t *out, struct err *e)
{
    *out = NONE;
    if (!text)
        return 0;
    char *end;
    errno = 0;
    int64_t n = strtoll(text, &end, 10);
    bool digits = (*text >= '0' && *text <= '9') || (*text == '-' && text[1] >= '0' && text[1] <= '9');
    if (errno || !digits || *end || n < min || n > max)
        return err_refuse(e, strcmp(name, "id") ? ERR_BAD_FIELD : ERR_BAD_ID,
                          "%s must be an integer from %" PRId64 " to %" PRId64, name, min, max);
    *out = n;
    return 0;
}

int request_ids(struct request *r, const json_t *array, const char *name, enum err_code code, int64_t **out,
                int *out_count, struct err *e)
{
    *out_count = (int)json_array_size(array);
    *out = arena_array(&r->arena, (size_t)*out_count + 1, sizeof **out);
    for (int i = 0; i < *out_count; i++) {
        const json_t *id = json_array_get(array, (size_t)i);
        if (!json_is_integer(id) || json_integer_value(id) < 1)
            return err_refuse(e, code, "%s[%d] must be a positive integer", name, i);
        (*out)[i] = json_integer_value(id);
    }
    return 0;
}

const struct request_names request_force_query = REQUEST_NAMES("force");

int request_force(struct request *r, bool *out, struct err *e)
{
    const char *text = NULL;
    int bad = request_query(r, &request_force_query, &text, e);
    if (bad)
        return bad;
    if (text && strcmp(text, "1") != 0 && strcmp(text, "0") != 0)
        return err_refuse(e, ERR_BAD_FIELD, "force must be 0 or 1");
    *out = text && *text == '1';
    return 0;
}

struct queue_ref request_queue(const struct request *r)
{
    return (struct queue_ref){.owner = r->values.user, .name = r->values.queue};
}

struct site_ref request_site(const struct request *r)
{
    return (struct site_ref){.owner = r->values.user, .name = r->values.site};
}

int request_job(const struct request *r, int64_t *out_id, struct err *e)
{
    return request_number("job", r->values.job, 1, INT64_MAX, out_id, e);
}

const char *request_waiter(struct request *r) { return arena_printf(&r->arena, "/%p", (void *)r); }

int request_sync(struct request *r, struct turn *t, int64_t site, struct err *e)
{
    enum { WAIT_SECONDS = 60 };
    const struct errand_ask ask = {.kind = ERRAND_SYNC, .site = site, .job = NONE, .waiter = request_waiter(r), .wait_s = WAIT_SECONDS};
    struct errand_answer told;
    return errand_ask(t, &r->work, &ask, &told, e);
}

void request_header(struct request *r, const char *name, const char *value)
{
    assert(r->header_count < REQUEST_HEADERS_MAX);
    r->headers[r->header_count++] = (struct request_field){name, value};
}

struct buf *request_answer_text(struct request *r, int status)
{
    r->status = status;
    r->content_type = "application/json";
    buf_clear(&r->answer);
    return &r->answer;
}

int request_answer(struct request *r, int status, json_t *value)
{
    struct buf *out = request_answer_text(r, status);
    json_write(value, out);
    buf_putc(out, '\n');
    json_decref(value);
    return 0;
}

/* Two states of an answer, used in turn, so one is never changed while it is kept. */
struct slice {
    struct slice *other;
    max_align_t state[];
};

void *request_slice(struct request *r, size_t bytes)
{
    struct slice *kept = r->kept, *next = kept ? kept->other : NULL;
    if (!next)
        next = arena_alloc(&r->arena, sizeof *next + bytes);
    if (kept) {
        memcpy(next->state, kept->state, bytes);
        kept->other = next;
        next->other = kept;
    }
    r->coming = next;
    return next->state;
}

int request_answer_file(struct request *r, int fd, int64_t bytes, const char *content_type)
{
    r->status = 200;
    r->content_type = content_type;
    r->file = fd;
    r->file_bytes = bytes;
    return 0;
}
