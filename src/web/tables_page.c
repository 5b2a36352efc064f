/* The root of a listener for tables: how far its dataset is, for people. Who may see it is who may ask for its figures; a browser that is
 * not signed in is asked to. What a dataset is called is text, whatever stands in it. */
#include "base/cleanup.h"
#include "base/text.h"
#include "web/face.h"
#include "web/html.h"
#include "web/http_inner.h"
#include "web/tables.h"

static void begin_row(struct buf *b, const char *name)
{
    buf_puts(b, "<tr><th>");
    html_text(b, name);
    buf_puts(b, "</th><td>");
}

static void end_row(struct buf *b) { buf_puts(b, "</td></tr>\n"); }

static void put_count(struct buf *b, const char *name, int64_t count)
{
    begin_row(b, name);
    text_count(b, count);
    end_row(b);
}

static void put_coverage(struct buf *b, const char *name, int64_t mapped, int64_t total)
{
    begin_row(b, name);
    text_count(b, mapped);
    buf_puts(b, " of ");
    text_count(b, total);
    buf_printf(b, ", %.1f %%", total ? 100.0 * (double)mapped / (double)total : 0.0);
    end_row(b);
}

static void put_time_left(struct buf *b, const struct dataset_figures *f, const struct queue_view *v)
{
    begin_row(b, "Time left");
    if (!f->unfinished) {
        buf_puts(b, "none, it is finished");
    } else if (v->eta_us == NONE) {
        buf_puts(b, v->row.paused ? "not known: it is paused" : "not known yet");
    } else {
        text_span(b, v->eta_us);
        buf_puts(b, ", between ");
        text_span(b, v->eta_low_us);
        buf_puts(b, " and ");
        text_span(b, v->eta_high_us);
    }
    end_row(b);
}

static void put_clients(struct buf *b, const int64_t clients[4])
{
    static const char *const WITHIN[] = {"a minute", "a quarter of an hour", "an hour", "a day"};
    begin_row(b, "Clients");
    for (int i = 0; i < 4; i++) {
        text_count(b, clients[i]);
        buf_printf(b, " within %s%s", WITHIN[i], i < 3 ? ", " : "");
    }
    end_row(b);
}

static int show(struct request *r, const struct dataset *d, const struct dataset_figures *f, const struct queue_view *v)
{
    static const struct {
        const char *name;
        enum target_kind kind;
    } TASKS[] = {{"CEA", TARGET_CEA}, {"CTA", TARGET_CTA}, {"CPA", TARGET_CPA}};
    struct buf *b = html_begin(r, 200, d->queue.name);
    buf_puts(b, "<p>A dataset of <b>");
    html_text(b, d->queue.owner);
    buf_puts(b, "</b>.</p>\n<table>\n");
    put_count(b, "Tables", f->total);
    put_count(b, "with a result", f->result);
    put_count(b, "with an error", f->error);
    put_count(b, "unfinished", f->unfinished);
    for (size_t i = 0; i < COUNT_OF(TASKS); i++)
        put_coverage(b, TASKS[i].name, d->row.sums.mapped[TASKS[i].kind], d->row.sums.total[TASKS[i].kind]);
    put_time_left(b, f, v);
    put_clients(b, f->clients);
    buf_puts(b, "</table>\n");
    html_button(r, b, "/logout", NULL, NULL, "Sign out");
    return html_end(r);
}

int tables_home(struct request *r, struct turn *t, struct err *e)
{
    struct dataset_figures figures;
    struct queue_view view = {0};
    struct dataset d;
    int bad = auth_identify(r, t, e);
    if (bad == ERR_UNAUTHORIZED || (!bad && !r->who.user))
        return html_ask_who(r);
    if (!bad)
        bad = auth_permit(r, ROLE_USER, e);
    if (!bad)
        bad = tables_dataset(r, t, &d, e);
    if (!bad)
        bad = dataset_look(t, &d, &figures, e);
    if (bad)
        return bad;
    view.row = d.queue;
    bad = queue_look(t, t->arena, &view, e);
    return bad ? bad : show(r, &d, &figures, &view);
}
