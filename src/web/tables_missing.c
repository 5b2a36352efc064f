/* Tables that lack mappings (contract C.5.8): found in slices, and told while they are sent, for each name is a look at the store. */
#include "base/cleanup.h"
#include "base/json.h"
#include "base/limits.h"
#include "core/dataset_missing.h"
#include "web/tables.h"

struct missing_making {
    struct making making; /* first */
    struct missing *found;
    int list, row; /* the next to be told: of tables_told × the two lists */
    bool any;
};

static void put_heads(struct missing_making *m, struct buf *out)
{
    enum target_kind kind = tables_told[m->list / MISSING_WHICHES];
    if (m->list % MISSING_WHICHES == MISSING_ALL)
        buf_printf(out, "%s\"%s\":{\"missingAll\":[", m->list ? "," : "{", dataset_kind_word(kind));
    else
        buf_puts(out, "\"missingPart\":[");
    m->any = false;
}

static void put_row(struct missing_making *m, const char *name, const struct missing_table *row, struct buf *out)
{
    buf_puts(out, m->any ? "," : "");
    m->any = true;
    if (m->list % MISSING_WHICHES == MISSING_ALL)
        buf_puts(out, "{\"table_name\":");
    else
        buf_printf(out, "{\"done\":%lld,\"missing\":%lld,\"total\":%lld,\"table_name\":", (long long)row->done,
                   (long long)(row->total - row->done), (long long)row->total);
    json_put_text(out, name);
    buf_putc(out, '}');
}

static int put_next(struct making *making, struct turn *t, struct buf *out, bool *out_over, struct err *e)
{
    struct missing_making *m = (struct missing_making *)making;
    enum target_kind kind = tables_told[m->list / MISSING_WHICHES];
    enum missing_which which = (enum missing_which)(m->list % MISSING_WHICHES);
    const char *name;
    if (m->row == 0)
        put_heads(m, out);
    if (m->row < m->found->counts[kind][which]) {
        const struct missing_table *row = &missing_list(m->found, kind, which)[m->row++];
        int r = store_table_name(t->store, row->task, t->arena, &name, e);
        if (r == 0)
            put_row(m, name, row, out);
        return r < 0 ? r : 0; /* one that was removed meanwhile lacks nothing */
    }
    m->list++;
    m->row = 0;
    *out_over = m->list == TABLES_TOLD * MISSING_WHICHES;
    buf_puts(out, *out_over ? "]}}\n" : which == MISSING_ALL ? "]," : "]}");
    return 0;
}

static int missing(struct request *r, struct turn *t, int most, struct err *e)
{
    struct dataset d;
    int bad = tables_any_dataset(r, t, &d, e);
    if (bad)
        return bad;
    struct missing *m = request_slice(r, missing_bytes(most));
    m->max = most;
    bad = missing_slice(t, &d, m, e);
    if (bad || !m->done)
        return bad ? bad : TURN_AGAIN;
    struct missing_making *making = arena_alloc(&r->arena, sizeof *making);
    *making = (struct missing_making){.making.next = put_next, .found = m};
    return request_make(r, &making->making, "application/json");
}

int tables_get_missing(struct request *r, struct turn *t, struct err *e)
{
    enum { AS_EVER = 10 };
    return missing(r, t, AS_EVER, e);
}

const struct request_names api_dataset_missing_query = REQUEST_NAMES("limit");

int api_dataset_missing(struct request *r, struct turn *t, struct err *e)
{
    const char *values[1] = {NULL};
    int64_t limit;
    int bad = request_query(r, &api_dataset_missing_query, values, e);
    if (!bad)
        bad = request_number("limit", values[0] ? values[0] : "10", 1, LIMIT_PAGE, &limit, e);
    return bad ? bad : missing(r, t, (int)limit, e);
}
