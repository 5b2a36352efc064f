/* The state of a dataset as the old manager's database (contract C.3), so that one may go back: made while its client waits, a table at a
 * time, then sent. */
#include <libgen.h>
#include <string.h>

#include "core/table_history.h"
#include "core/table_reading.h"
#include "web/tables.h"

enum { STEP_TARGETS = 250, SOME_BYTES = 32 * 1024, LOOK_TABLES = 256 };

struct database_making {
    struct making making; /* first */
    const char *directory;
    struct store_jentab *base; /* NULL: not begun */
    struct table_reading reading;
    int64_t table; /* its number there */
    int told;      /* targets of it */
    int64_t sent;
};

static int put_assignments(struct turn *t, struct database_making *m, struct err *e)
{
    struct history_attempt *past;
    int count = 0, r = table_history(t, m->reading.task, m->reading.name, t->arena, &past, &count, e);
    for (int i = 0; r == 0 && i < count; i++) {
        struct jentab_assignment_row row = {.table = m->table, .client = past[i].client, .requested = past[i].started,
                                            .returned = past[i].stored, .result = past[i].result ? past[i].file : NULL,
                                            .error = past[i].error ? past[i].file : NULL};
        r = store_jentab_assignment(m->base, &row, e);
    }
    return r;
}

/* A table with all but its targets. Now and then what was written is let out, and the disk looked at. */
static int put_table(struct turn *t, struct database_making *m, struct err *e)
{
    int r = 0;
    if (++m->table % LOOK_TABLES == 0)
        r = store_jentab_commit(m->base, e);
    if (r == 0 && m->table % LOOK_TABLES == 0)
        r = store_jentab_begin(m->base, e);
    if (r == 0)
        r = store_jentab_table(m->base, m->table, m->reading.name, m->reading.state.state >= TASK_SUCCEEDED, e);
    return r ? r : put_assignments(t, m, e);
}

static int put_targets(struct database_making *m, struct err *e)
{
    int r = 0;
    for (int i = 0; r == 0 && i < STEP_TARGETS && m->told < m->reading.count; i++)
        r = store_jentab_target(m->base, m->table, &m->reading.targets[m->told++], e);
    return r;
}

static int next_table(struct turn *t, struct database_making *m, struct err *e)
{
    int r = table_reading_step(t, &m->reading, e);
    m->told = 0;
    if (r == 0 && m->reading.over)
        return store_jentab_commit(m->base, e);
    return r || !m->reading.whole ? r : put_table(t, m, e);
}

static int begin(struct database_making *m, struct err *e)
{
    int r = store_jentab_new(m->directory, &m->base, e);
    return r ? r : store_jentab_begin(m->base, e);
}

static int send_some(struct database_making *m, struct buf *out, bool *out_over, struct err *e)
{
    size_t n = 0;
    int r = store_jentab_read(m->base, m->sent, buf_reserve(out, SOME_BYTES), SOME_BYTES, &n, e);
    out->len += n;
    m->sent += (int64_t)n;
    *out_over = r == 0 && !n;
    return r;
}

static int put_some(struct making *making, struct turn *t, struct buf *out, bool *out_over, struct err *e)
{
    struct database_making *m = (struct database_making *)making;
    if (!m->base)
        return begin(m, e);
    if (m->reading.over)
        return send_some(m, out, out_over, e);
    return m->reading.whole && m->told < m->reading.count ? put_targets(m, e) : next_table(t, m, e);
}

static void database_done(struct making *making)
{
    struct database_making *m = (struct database_making *)making;
    store_jentab_free(m->base);
    table_reading_done(&m->reading);
}

int tables_database(struct request *r, struct turn *t, struct err *e)
{
    struct dataset d;
    int bad = tables_dataset(r, t, &d, e);
    if (bad)
        return bad;
    struct database_making *m = arena_alloc(&r->arena, sizeof *m);
    *m = (struct database_making){
        .making = {.next = put_some, .done = database_done},
        .directory = dirname(arena_strdup(&r->arena, t->engine->backup_path)),
        .reading = {.queue = d.queue.id, .wish = TABLE_WISH_ALL},
    };
    tables_attachment(r, arena_printf(&r->arena, "db_%s.db3", d.queue.name));
    return request_make(r, &m->making, "application/vnd.sqlite3");
}
