/* Tasks and queues as qdo's clients know them, written as text: lists of them have no end. */
#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "core/task.h"
#include "web/qdo.h"

static void put_state(struct buf *out, enum task_state state)
{
    const char *word = task_state_word(state);
    buf_putc(out, (char)toupper((unsigned char)*word));
    buf_puts(out, word + 1);
}

int qdo_state(const char *word, enum task_state *out, struct err *e)
{
    CLEANUP(buf_done) struct buf all = {0};
    for (int state = 0; state < TASK_STATES; state++) {
        buf_puts(&all, !state ? "" : state + 1 < TASK_STATES ? ", " : " or ");
        put_state(&all, (enum task_state)state);
        if (strcasecmp(word, task_state_word((enum task_state)state)) == 0) {
            *out = (enum task_state)state;
            return 0;
        }
    }
    return err_refuse(e, ERR_BAD_FIELD, "state must be %s", buf_text(&all));
}

static void put_number(struct buf *out, const char *name, int64_t n)
{
    buf_puts(out, name);
    if (n == NONE)
        buf_puts(out, "null");
    else
        buf_int(out, n);
}

static void put_time(struct buf *out, const char *name, int64_t us)
{
    char text[CLOCK_TEXT_BYTES];
    buf_puts(out, name);
    json_put_text(out, us == NONE ? NULL : clock_format(us, text));
}

/* The command as text, or the payload as JSON; one that was uploaded as bytes is neither. */
static void put_work(struct buf *out, const struct spec_row *s)
{
    if (s->command)
        json_put_text(out, s->command);
    else
        buf_puts(out, s->payload ? s->payload : "null");
}

void qdo_put_task(struct buf *out, const struct walk_task *t)
{
    const struct task_row *row = &t->full.task;
    put_number(out, "{\"id\":", row->id);
    buf_puts(out, ",\"task\":");
    put_work(out, &t->full.spec);
    buf_puts(out, ",\"state\":\"");
    put_state(out, row->state);
    put_number(out, "\",\"err\":", row->exitcode);
    buf_puts(out, ",\"message\":");
    json_put_text(out, t->full.message);
    buf_puts(out, ",\"jobid\":null");
    put_number(out, ",\"priority\":", row->priority);
    buf_puts(out, ",\"requires\":[");
    for (int i = 0; i < t->need_count; i++)
        put_number(out, i ? "," : "", t->needs[i].needs);
    put_time(out, "],\"created\":", row->created);
    put_time(out, ",\"started\":", row->started);
    put_time(out, ",\"finished\":", row->finished);
    put_number(out, ",\"attempts\":", row->leases);
    buf_putc(out, '}');
}

void qdo_put_queue(struct buf *out, const struct queue_row *q, const int64_t counts[TASK_STATES])
{
    buf_puts(out, "{\"name\":");
    json_put_text(out, q->name);
    buf_puts(out, ",\"user\":");
    json_put_text(out, q->owner);
    buf_printf(out, ",\"state\":\"%s\",\"ntasks\":{", q->paused ? "Paused" : "Active");
    for (int state = 0; state < TASK_STATES; state++) {
        buf_puts(out, state ? ",\"" : "\"");
        put_state(out, (enum task_state)state);
        put_number(out, "\":", counts[state]);
    }
    buf_puts(out, "}}");
}
