/* Handing out tasks; a claim that finds none may wait. */
#include "base/cleanup.h"
#include "base/limits.h"
#include "core/claim.h"
#include "web/render_claimed.h"
#include "web/request.h"

struct sent_claim {
    struct claim_ask ask;
    int64_t wait_us;
};

#define ASK(member, kind, min, max, flags) \
    {#member, kind, offsetof(struct sent_claim, ask) + offsetof(struct claim_ask, member), min, max, flags}

static const struct json_field CLAIM_FIELDS[] = {
    ASK(worker, JSON_KIND_TEXT, 1, LIMIT_NAME, JSON_REQUIRED),
    ASK(nonce, JSON_KIND_TEXT, 1, LIMIT_NONCE, 0),
    ASK(max, JSON_KIND_INT, 1, LIMIT_CLAIM, 0),
    ASK(begin, JSON_KIND_INT, 0, LIMIT_CLAIM, 0),
    JSON_LEASE_SECONDS(struct sent_claim, ask.lease_us),
    {"wait", JSON_KIND_SECONDS, offsetof(struct sent_claim, wait_us), 0, LIMIT_WAIT_SECONDS, 0},
};

const struct json_shape api_claim_body = JSON_SHAPE("Claim", CLAIM_FIELDS);

static int park(struct request *r, struct turn *t, const struct queue_row *q, const struct sent_claim *s)
{
    int64_t until_us = r->work.parked_until_us ? r->work.parked_until_us : t->now_us + s->wait_us;
    r->work.effects.queue = q->id;
    r->work.effects.park_worker = s->ask.worker;
    r->work.effects.park_until_us = until_us;
    return TURN_PARK;
}

/* A claim that waits is run again and again: what it reads lives in the turn's arena, not in the request's. */
int api_claim(struct request *r, struct turn *t, struct err *e)
{
    struct sent_claim s = {.ask = {.max = 1}};
    struct claim_answer claimed = {0};
    struct queue_ref ref = request_queue(r);
    struct queue_row queue;
    const json_t *body;
    int bad = request_json(r, &body, e);
    if (!bad)
        bad = json_read(body, CLAIM_FIELDS, COUNT_OF(CLAIM_FIELDS), (struct json_place){0}, &s, e);
    if (!bad)
        bad = queue_find(t, &r->who, &ref, t->arena, &queue, e);
    bool over = r->work.over || (s.wait_us && r->work.gone(&r->work)); /* one that waits may have left already */
    if (!bad && !over)
        bad = claim_tasks(t, &queue, &s.ask, t->arena, &claimed, e);
    if (bad)
        return bad;
    if (!claimed.count && !claimed.again && s.wait_us && !over)
        return park(r, t, &queue, &s);
    struct buf *out = request_answer_text(r, 200);
    buf_putc(out, '{');
    render_claimed(out, &claimed);
    buf_puts(out, "}\n");
    return 0;
}
