/* Submissions (contract C.5.12): a line a target, unquoted, as the challenge takes them. */
#include <string.h>

#include "base/cleanup.h"
#include "core/table_reading.h"
#include "web/tables.h"

enum { STEP_LINES = 500 };

struct lines_making {
    struct making making; /* first */
    struct table_reading reading;
    bool col_row;
    const char *prefix; /* "": none is put before what is mapped */
    int told;           /* lines of the table that is there */
};

/* What is not mapped is the word None, as ever. */
static void put_line(const struct lines_making *m, const struct target_row *target, struct buf *out)
{
    bool swap = target->kind == TARGET_CEA && m->col_row;
    buf_puts(out, m->reading.name);
    buf_putc(out, ',');
    buf_int(out, swap ? target->b : target->a);
    if (target->kind != TARGET_CTA) {
        buf_putc(out, ',');
        buf_int(out, swap ? target->a : target->b);
    }
    buf_putc(out, ',');
    buf_puts(out, m->prefix);
    buf_puts(out, target->mapped ? target->mapped : "None");
    buf_putc(out, '\n');
}

static int put_lines(struct making *making, struct turn *t, struct buf *out, bool *out_over, struct err *e)
{
    struct lines_making *m = (struct lines_making *)making;
    const struct table_reading *g = &m->reading;
    if (!g->whole || m->told == g->count) {
        m->told = 0;
        int bad = table_reading_step(t, &m->reading, e);
        *out_over = g->over;
        return bad;
    }
    for (int i = 0; i < STEP_LINES && m->told < g->count; i++)
        put_line(m, &g->targets[m->told++], out);
    return 0;
}

static void lines_done(struct making *making) { table_reading_done(&((struct lines_making *)making)->reading); }

static int submission(struct request *r, struct turn *t, bool missing, struct err *e)
{
    struct dataset d;
    enum target_kind kind = dataset_kind_from(r->values.kind);
    if (!kind)
        return err_refuse(e, ERR_NOT_FOUND, "a submission is cea, cta or cpa");
    int bad = tables_any_dataset(r, t, &d, e);
    if (bad)
        return bad;
    struct lines_making *m = arena_alloc(&r->arena, sizeof *m);
    *m = (struct lines_making){
        .making = {.next = put_lines, .done = lines_done},
        .reading = {.queue = d.queue.id, .kind = kind, .wish = missing ? TABLE_WISH_MISSING : TABLE_WISH_MAPPED},
        .col_row = d.row.col_row,
        .prefix = d.row.add_prefix ? arena_strdup(&r->arena, d.row.prefix) : "",
    };
    tables_attachment(r, arena_printf(&r->arena, "%s%s.csv", dataset_kind_word(kind), missing ? "Missing" : ""));
    return request_make(r, &m->making, "text/csv; charset=utf-8");
}

int tables_get_submission(struct request *r, struct turn *t, struct err *e) { return submission(r, t, false, e); }
int tables_get_unmapped(struct request *r, struct turn *t, struct err *e) { return submission(r, t, true, e); }

const struct request_names api_dataset_submission_query = REQUEST_NAMES("missing");

int api_dataset_submission(struct request *r, struct turn *t, struct err *e)
{
    const char *values[1] = {NULL};
    int64_t missing;
    int bad = request_query(r, &api_dataset_submission_query, values, e);
    if (!bad)
        bad = request_number("missing", values[0] ? values[0] : "0", 0, 1, &missing, e);
    return bad ? bad : submission(r, t, missing != 0, e);
}
