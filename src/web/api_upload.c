/* Adding tasks by upload: lines of JSON in a stream that may be cut anywhere and taken up again. */
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "web/lines.h"
#include "web/request.h"

static int check_upload_name(const char *name, struct err *e)
{
    size_t n = strlen(name);
    if (n < 1 || n > LIMIT_NAME || text_has_control(name) || !text_is_utf8(name, n))
        return err_refuse(e, ERR_BAD_NAME, "the name of an upload has 1 to %d bytes of UTF-8 without control characters",
                          LIMIT_NAME);
    return 0;
}

const struct request_names api_upload_put_query = REQUEST_NAMES("from");

/* The first piece says with which line the body begins. */
static int read_start(struct request *r, struct err *e)
{
    const char *from = NULL;
    if (r->stream.was.begun)
        return 0;
    int bad = request_query(r, &api_upload_put_query, &from, e);
    if (!bad)
        bad = request_number("from", from ? from : "1", 1, INT64_C(1) << 53, &r->stream.now.line, e);
    return bad ? bad : check_upload_name(r->values.upload, e);
}

static int answer(struct request *r, const struct upload *u)
{
    return request_answer(r, 200, json_pack("{s:s, s:I, s:I, s:I, s:o}", "upload", r->values.upload, "lines",
                                            (json_int_t)u->lines, "added", (json_int_t)u->added, "existed",
                                            (json_int_t)u->existed, "error", lines_error(u)));
}

int api_upload_put(struct request *r, struct turn *t, struct err *e)
{
    struct queue_ref ref = request_queue(r);
    struct queue_row queue;
    bool ended = false;
    int bad = read_start(r, e);
    if (!bad)
        bad = queue_ensure(t, &r->who, &ref, t->arena, &queue, NULL, e);
    if (!bad)
        bad = lines_take(r, t, &queue, r->values.upload, &ended, e);
    return bad || !ended || r->status ? bad : answer(r, &r->stream.now.upload);
}

int api_upload_get(struct request *r, struct turn *t, struct err *e)
{
    struct queue_ref ref = request_queue(r);
    struct queue_row queue;
    struct upload upload;
    int bad = queue_find(t, &r->who, &ref, &r->arena, &queue, e);
    if (!bad)
        bad = upload_look(t, &queue, r->values.upload, &upload, e);
    return bad ? bad : answer(r, &upload);
}
