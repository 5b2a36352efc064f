/* What a job has printed, and its files: only its site has them. They come by way of a file, so a client may take as long as it likes. */
#include "base/cleanup.h"
#include "base/limits.h"
#include "core/errand.h"
#include "web/openapi.h"
#include "web/request.h"

enum { WAIT_SECONDS = 60 };

const struct request_names api_job_output_query = REQUEST_NAMES("from");

static int find(struct request *r, struct turn *t, struct job_row *out, struct err *e)
{
    int64_t id;
    int bad = request_job(r, &id, e);
    if (!bad)
        bad = job_find(t, &r->who, id, t->arena, out, e);
    if (bad)
        return bad;
    if (out->cleaned)
        return err_refuse(e, ERR_OUTPUT_NOT_FOUND, "what job %lld left was cleaned away", (long long)id);
    if (out->wanted == JOB_WANT_START)
        return err_refuse(e, ERR_OUTPUT_NOT_FOUND, "job %lld is not started yet", (long long)id);
    return 0;
}

static int send(struct request *r, struct turn *t, enum errand_kind kind, int64_t from, const char *media_type, struct err *e)
{
    struct errand_answer told;
    struct job_row j;
    int bad = find(r, t, &j, e);
    if (bad)
        return bad;
    struct errand_ask ask = {.kind = kind, .site = j.site, .job = j.id, .from = from, .max = LIMIT_RAW_BODY, .waiter = request_waiter(r), .wait_s = WAIT_SECONDS};
    bad = errand_ask(t, &r->work, &ask, &told, e);
    return bad ? bad : request_answer_file(r, told.fd, told.bytes, media_type);
}

static int send_printed(struct request *r, struct turn *t, enum errand_kind kind, struct err *e)
{
    const char *given = NULL;
    int64_t from;
    int bad = request_query(r, &api_job_output_query, &given, e);
    if (!bad)
        bad = request_number("from", given ? given : "0", 0, INT64_MAX, &from, e);
    return bad ? bad : send(r, t, kind, from, "application/octet-stream", e);
}

int api_job_stdout(struct request *r, struct turn *t, struct err *e) { return send_printed(r, t, ERRAND_STDOUT, e); }
int api_job_stderr(struct request *r, struct turn *t, struct err *e) { return send_printed(r, t, ERRAND_STDERR, e); }

int api_job_files(struct request *r, struct turn *t, struct err *e)
{
    int bad = request_query(r, &openapi_no_query, NULL, e);
    return bad ? bad : send(r, t, ERRAND_FILES, 0, "application/x-tar", e);
}
