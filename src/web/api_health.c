/* /healthz: is the server well? Open to anyone, so it tells nothing of what is in the queues. */
#include "base/clock.h"
#include "core/stats.h"
#include "core/warning.h"
#include "web/http_inner.h"
#include "web/request.h"

static int read_warnings(struct turn *t, json_t *array, struct err *e)
{
    struct store_size size;
    int bad = store_size(t->store, &size, e);
    for (int w = 0; !bad && w < WARNING_COUNT; w++)
        if (warning_holds(w, &size))
            json_array_append_new(array, json_pack("{s:s, s:s}", "code", warning_code(w), "text", warning_text(w)));
    return bad;
}

int api_health(struct request *r, struct turn *t, struct err *e)
{
    const struct http *h = r->http;
    const struct stats_histogram *turns = stats_turns(t->engine->stats);
    const char *status = h->draining ? "stopping" : t->full ? "full" : "ok";
    bool well = !h->draining && !t->full;
    json_t *warnings = json_array();
    int bad = read_warnings(t, warnings, e);
    json_t *answer = json_pack("{s:s, s:s, s:f, s:o, s:I, s:f}", "status", status, "version", DOCKET_VERSION, "uptime",
                               (double)(t->now_us - h->o.started_us) / CLOCK_SECOND, "warnings", warnings, "turns",
                               (json_int_t)turns->count, "turn_seconds", (double)turns->sum_us / CLOCK_SECOND);
    if (!bad)
        return request_answer(r, well ? 200 : 503, answer);
    json_decref(answer);
    return bad;
}
