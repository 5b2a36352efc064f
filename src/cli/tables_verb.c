/* See tables_verb.h. */
#include "cli/tables_verb.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"

const char *const TABLES_KIND[TABLES_KINDS] = {"cea", "cta", "cpa"};

int tables_connect(struct verb_call *call, const struct tables_options *o, struct connection *c, const char **out_queue,
                struct err *e)
{
    int r = connect_queue(call, &o->connect, out_queue, e);
    return r ? r : connect_open(c, call, &o->connect, e);
}

int tables_get(struct connection *c, const char *queue, const char *tail, json_t **out, struct err *e)
{
    return client_call(c->client, "GET", client_queue_path(&c->arena, queue, tail), NULL, out, e);
}

int tables_tell(struct verb_call *call, const char *tail, void (*print)(struct arena *a, const json_t *answer), struct err *e)
{
    const struct tables_plain *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *answer = NULL;
    const char *queue;
    int r = tables_connect(call, &o->base, &c, &queue, e);
    if (!r)
        r = tables_get(&c, queue, tail, &answer, e);
    if (!r && o->base.json)
        out_json(answer);
    else if (!r)
        print(&c.arena, answer);
    return r;
}

int tables_each(struct connection *c, const char *queue, const char *filter, ask_item_fn *fn, void *arg, struct err *e)
{
    const char *path = client_queue_path(&c->arena, queue, arena_printf(&c->arena, "/tables?limit=%d%s", LIMIT_PAGE, filter));
    return ask_pages_by(c->client, path, "after", "tables", fn, arg, e);
}

void tables_percent(const json_t *mapped, struct buf *b)
{
    int64_t total = out_int(mapped, "total"), done = out_int(mapped, "mapped");
    if (total)
        buf_printf(b, "%.1f %%", 100.0 * (double)done / (double)total);
    else
        buf_puts(b, "-");
}

void tables_bar(const json_t *mapped, struct buf *b)
{
    enum { INSIDE = 30 };
    int64_t total = out_int(mapped, "total"), done = out_int(mapped, "mapped");
    if (!total) {
        buf_puts(b, "no targets");
        return;
    }
    int full = (int)(INSIDE * (double)done / (double)total);
    buf_putc(b, '[');
    for (int i = 0; i < INSIDE; i++)
        buf_putc(b, i < full ? '=' : i == full ? '>' : ' ');
    buf_printf(b, "] %5.1f %%  ", 100.0 * (double)done / (double)total);
    text_count(b, done);
    buf_puts(b, " of ");
    text_count(b, total);
}

static bool is_on(const json_t *dataset, const char *name) { return json_is_true(json_object_get(dataset, name)); }

void tables_settings_words(const json_t *dataset, struct buf *b)
{
    const char *order = json_string_value(json_object_get(dataset, "order"));
    const char *prefix = json_string_value(json_object_get(dataset, "prefix"));
    buf_printf(b, "order %s, audit %s, analysis %s", order ? order : "-", is_on(dataset, "audit") ? "on" : "off",
               is_on(dataset, "analyze") ? "on" : "off");
    if (is_on(dataset, "open"))
        buf_puts(b, ", open to runners without an account");
    if (!prefix || !*prefix)
        return;
    buf_puts(b, ", prefix ");
    text_cut(b, prefix, 60);
    if (is_on(dataset, "add_prefix"))
        buf_puts(b, " (put before what is exported)");
}
