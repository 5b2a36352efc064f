/* The answers of claims and finishes, the only ones that are made a hundred thousand times a minute: written as text, for a
 * tree of values costs more than all else that is done for a claim but the store. What is text inside is written by the
 * library; stored JSON goes out as it was stored. */
#include "web/render_claimed.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "web/render.h"

static void put_member(struct buf *out, const char *name, int64_t n)
{
    buf_puts(out, name);
    buf_int(out, n);
}

/* What the task is to run: one of them. */
static void put_work(struct buf *out, const struct spec_row *s)
{
    if (s->command) {
        buf_puts(out, ",\"command\":");
        json_put_text(out, s->command);
    } else if (!s->payload && s->payload_size != NONE) {
        put_member(out, ",\"payload_size\":", s->payload_size);
    } else {
        buf_puts(out, ",\"payload\":");
        buf_puts(out, s->payload ? s->payload : "null");
    }
}

static void put_seconds(struct buf *out, int64_t us)
{
    CLEANUP(json_drop) json_t *value = render_seconds(us);
    json_write(value, out);
}

static void put_place(struct buf *out, const struct spec_row *s)
{
    if (!s->cwd && !s->env && s->time_limit_us == NONE) {
        buf_puts(out, ",\"cwd\":null,\"env\":null,\"time_limit\":null");
        return;
    }
    buf_puts(out, ",\"cwd\":");
    json_put_text(out, s->cwd);
    buf_puts(out, ",\"env\":");
    buf_puts(out, s->env ? s->env : "null");
    buf_puts(out, ",\"time_limit\":");
    put_seconds(out, s->time_limit_us);
}

void render_claimed(struct buf *out, const struct claim_answer *claimed)
{
    char until[CLOCK_TEXT_BYTES];
    buf_puts(out, "\"tasks\":[");
    for (int i = 0; i < claimed->count; i++) {
        const struct lease_row *l = &claimed->leases[i];
        if (i == 0 || l->until != l[-1].until)
            clock_format(l->until, until);
        put_member(out, i ? ",{\"id\":" : "{\"id\":", l->task);
        put_member(out, ",\"lease\":", l->id);
        put_member(out, ",\"attempt\":", l->n);
        buf_puts(out, ",\"until\":\"");
        buf_puts(out, until);
        buf_putc(out, '"');
        put_work(out, &claimed->tasks[i].spec);
        put_place(out, &claimed->tasks[i].spec);
        buf_putc(out, '}');
    }
    buf_putc(out, ']');
}

void render_outcome(struct buf *out, int64_t lease, enum finish_outcome outcome, const char *first)
{
    put_member(out, "{\"lease\":", lease);
    buf_puts(out, ",\"outcome\":\"");
    buf_puts(out, finish_outcome_word(outcome));
    if (first) {
        buf_puts(out, "\",\"first\":\"");
        buf_puts(out, first);
    }
    buf_puts(out, "\"}");
}
