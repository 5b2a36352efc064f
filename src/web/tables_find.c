/* Which dataset, and who runs. */
#include <microhttpd.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "web/http_inner.h"
#include "web/tables.h"

/* The name in the path beats that of the listener, which may have its owner before it. */
static struct dataset_ask ask_of(struct request *r)
{
    struct dataset_ask ask = {.owner = r->values.user, .name = r->values.queue, .asker = r->who.user,
                              .server_owner = r->http->o.owner};
    const char *of_listener = r->listener->at.dataset;
    if (ask.name || !of_listener || !*of_listener)
        return ask;
    const char *slash = strchr(of_listener, '/');
    ask.name = slash ? slash + 1 : of_listener;
    ask.asker = NULL;
    if (slash)
        ask.owner = arena_printf(&r->arena, "%.*s", (int)(slash - of_listener), of_listener);
    return ask;
}

int tables_dataset(struct request *r, struct turn *t, struct dataset *out, struct err *e)
{
    struct dataset_ask ask = ask_of(r);
    bool sure;
    int bad = dataset_meant(t, &r->who, &ask, t->arena, out, &sure, e);
    bool open = !bad && out->row.open && r->route->flags & ROUTE_OPEN;
    if (!bad && !open && !(r->who.user && who_may_queue(&r->who, &out->queue)))
        bad = err_refuse(e, ERR_QUEUE_NOT_FOUND, "there is no dataset '%.60s'", ask.name ? ask.name : "of yours");
    return bad;
}

int tables_open(struct request *r, struct turn *t, bool *out, struct err *e)
{
    struct dataset_ask ask = ask_of(r);
    struct dataset d;
    bool sure = false;
    ask.asker = NULL;
    int bad = dataset_meant(t, NULL, &ask, t->arena, &d, &sure, e);
    *out = !bad && sure && d.row.open;
    return bad < 0 ? bad : 0;
}

int tables_any_dataset(struct request *r, struct turn *t, struct dataset *out, struct err *e)
{
    struct queue_ref ref = request_queue(r);
    return r->route->flags & ROUTE_TABLES ? tables_dataset(r, t, out, e) : dataset_find(t, &r->who, &ref, t->arena, out, e);
}

static int refuse_nobody(struct err *e)
{
    int refused = err_refuse(e, ERR_NO_CLIENT, "the request does not say which client it is of");
    err_hint(e, "add ?client=NAME to the URL, a name of its own for each runner");
    return refused;
}

struct form_client {
    struct request *r;
    const char *found;
};

static int on_field(void *arg, const char *name, const char *value, size_t n, struct err *e)
{
    struct form_client *f = arg;
    if (strcmp(name, "client") == 0 && strlen(value) == n)
        f->found = arena_strdup(&f->r->arena, value);
    return 0;
}

int tables_client(struct request *r, bool form, const char **out, struct err *e)
{
    struct form_client f = {r, NULL};
    int bad = form && r->form ? request_each_field(r, on_field, &f, e) : 0;
    const char *client = f.found ? f.found : MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, "client");
    if (bad || !client)
        return bad ? bad : refuse_nobody(e);
    size_t n = strlen(client);
    if (n > LIMIT_NAME || text_has_control(client) || !text_is_utf8(client, n))
        return err_refuse(e, ERR_BAD_FIELD, "client has at most %d bytes of UTF-8 without control characters", LIMIT_NAME);
    *out = *client ? client : "unnamed"; /* the old manager took an empty one */
    return 0;
}

/* Compressed bodies (RFC 9110, 8.4.1.3) ---------------------------------------------------------------------------- */
static int inflate_into(const struct buf *from, struct buf *out, struct err *e)
{
    enum { GZIP_WINDOW = 15 + 16, PIECE_BYTES = 64 * 1024 };
    unsigned char piece[PIECE_BYTES];
    z_stream z = {.next_in = (unsigned char *)from->data, .avail_in = (unsigned)from->len};
    if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
        return err_fail(e, ERR_INTERNAL, "no memory to inflate a body");
    int status = Z_OK;
    while (status == Z_OK && out->len <= LIMIT_TABLE_RESULT) {
        z.next_out = piece;
        z.avail_out = sizeof piece;
        status = inflate(&z, Z_NO_FLUSH);
        buf_add(out, (char *)piece, sizeof piece - z.avail_out);
        if (status == Z_OK && !z.avail_in && z.avail_out)
            break;
    }
    inflateEnd(&z);
    if (out->len > LIMIT_TABLE_RESULT)
        return err_refuse(e, ERR_TOO_LARGE, "the body inflates to more than %d bytes", LIMIT_TABLE_RESULT);
    return status == Z_STREAM_END ? 0 : err_refuse(e, ERR_BAD_REQUEST, "the body is not gzip, as Content-Encoding says");
}

int tables_body(struct request *r, struct err *e)
{
    const char *coding = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_ENCODING);
    bool plain = !coding || !*coding || strcasecmp(coding, "identity") == 0;
    if (plain || r->inflated)
        return 0;
    if (strcasecmp(coding, "gzip") != 0 && strcasecmp(coding, "x-gzip") != 0)
        return err_refuse(e, ERR_MEDIA_TYPE, "the body may be compressed by gzip, and by nothing else");
    struct buf out = {0};
    int bad = inflate_into(&r->body, &out, e);
    if (bad) {
        buf_done(&out);
        return bad;
    }
    buf_done(&r->body);
    r->body = out;
    r->inflated = true;
    return 0;
}

const enum target_kind tables_told[TABLES_TOLD] = {TARGET_CEA, TARGET_CPA, TARGET_CTA};

void tables_attachment(struct request *r, const char *name)
{
    char *safe = arena_strdup(&r->arena, name);
    for (char *c = safe; *c; c++)
        if (!((*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z') || strchr("._-", *c)))
            *c = '_';
    request_header(r, "Content-Disposition", arena_printf(&r->arena, "attachment; filename=%s", safe));
}

int tables_done(struct request *r)
{
    request_answer_text(r, 200);
    r->content_type = "text/html; charset=utf-8";
    return 0;
}
