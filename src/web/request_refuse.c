/* What is wrong, told to whoever asked: a problem document (RFC 9457) to programs, a page to people. */
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "web/html.h"

void request_refuse(struct request *r, const struct err *e) { request_refuse_with(r, e, NULL); }

void request_refuse_with(struct request *r, const struct err *e, json_t *members)
{
    r->header_count = 0; /* those of the answer that it will not be */
    if (r->route && r->route->flags & ROUTE_PAGE) {
        json_decref(members);
        html_refuse(r, e);
        return;
    }
    CLEANUP(buf_done) struct buf text = {0};
    text_safe(&text, e->text, strlen(e->text), false); /* it may have been cut inside a character */
    int status = err_http_status(e->code);
    json_t *problem = json_pack("{s:s, s:s, s:i, s:s, s:o}", "type", "about:blank", "title", err_title(e->code),
                                "status", status, "code", err_wire(e->code), "detail",
                                json_bytes(buf_text(&text), text.len));
    if (e->hint[0])
        json_object_set_new(problem, "hint", json_bytes(e->hint, strlen(e->hint)));
    json_object_update_missing(problem, members);
    json_decref(members);
    request_answer(r, status, problem);
    r->content_type = "application/problem+json";
}
