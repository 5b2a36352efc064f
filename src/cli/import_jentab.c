/* docket import jentab: a dataset from a table work manager that was at work, with what it knows of each table. */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/tables_course.h"
#include "cli/tables_mend.h"
#include "cli/verb.h"
#include "store/jentab.h"

enum { ERROR_BYTES = 4 * 1024 * 1024, AUDIT_AT_ONCE = 1000 };

struct jentab_options {
    struct connect_options connect;
    const char *queue, *tables, *errors, *audit_db, *order, *prefix;
    bool no_audit, analyze, open, dry_run, json;
};

static const struct jentab_options DEFAULTS = {.prefix = "http://www.wikidata.org/entity/"};

#define AT(member) offsetof(struct jentab_options, member)
static const struct option OPTIONS[] = {
    {"queue", 0, OPTION_TEXT, "QUEUE", AT(queue), 0, 0, "what the dataset is called; needed"},
    {"tables", 0, OPTION_TEXT, "DIR", AT(tables), 0, 0, "the folder of the tables, or the one above; needed"},
    {"errors", 0, OPTION_TEXT, "DIR", AT(errors), 0, 0, "the manager's folder of errors: what went wrong, in full"},
    {"audit-db", 0, OPTION_TEXT, "FILE", AT(audit_db), 0, 0, "the manager's Audit.db3"},
    {"order", 0, OPTION_TEXT, "ORDER", AT(order), 0, 0, "how cells are to be exported: col-row (as it did) or row-col"},
    {"prefix", 0, OPTION_TEXT, "URL", AT(prefix), 0, 0, "of what is mapped; else http://www.wikidata.org/entity/"},
    {"no-audit", 0, OPTION_FLAG, NULL, AT(no_audit), 0, 0, "do not ask runners for audit records"},
    {"analyze", 0, OPTION_FLAG, NULL, AT(analyze), 0, 0, "ask runners for the data of the analysis"},
    {"open", 0, OPTION_FLAG, NULL, AT(open), 0, 0, "runners need no account, only a name"},
    {"dry-run", 0, OPTION_FLAG, NULL, AT(dry_run), 0, 0, "read and check everything, send nothing"},
    CONNECT_OPTIONS(AT(connect)),
    {"json", 0, OPTION_FLAG, NULL, AT(json), 0, 0, "print the summary as JSON"},
};

static int run_jentab(struct verb_call *call, struct err *e);

const struct verb import_jentab = {
    .name = "import jentab",
    .arguments = "FILE",
    .summary = "take over a table work manager of JenTab, with its state",
    .help = "FILE is the manager's database, such as cache/db_Y2022_R3.1.db3. It is read and never\n"
            "changed. Its tables, targets and mappings become a dataset; what it took from runners\n"
            "becomes attempts with their own times. Tables that it had back are succeeded if a\n"
            "result came, else failed; all others are to be worked on.\n\n"
            "  docket import jentab cache/db_Y2022_R3.1.db3 --queue round31 --tables 'assets/2022/Round 3.1'\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct jentab_options),
    .defaults = &DEFAULTS,
    .args_min = 1,
    .args_max = 1,
    .run = run_jentab,
};

/* Where a table of the database stands in the folder. */
struct place {
    int64_t id;
    uint32_t table;
};

struct taking {
    struct tables_course course;
    struct jentab *db;
    const char *path, *errors;
    struct jentab_table *tables; /* in the order of the folder */
    struct place *places;        /* by id */
    size_t count;
    struct jentab_past *past;
    int past_count;
    json_t *audit; /* records not yet sent */
    int64_t audited;
    struct connection *to;
};

static void taking_done(struct taking *t)
{
    tables_course_done(&t->course);
    jentab_close(t->db);
    json_decref(t->audit);
}

/* ---- what is read */

static int by_id(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static const struct place *place_of(const struct taking *t, int64_t id)
{
    const struct place wanted = {.id = id};
    return bsearch(&wanted, t->places, t->count, sizeof *t->places, by_id);
}

static int read_tables(struct taking *t, struct err *e)
{
    struct tables_course *c = &t->course;
    int count, r = jentab_tables(t->db, &c->arena, &t->tables, &count, e);
    if (r)
        return r;
    t->count = (size_t)count;
    t->places = arena_array(&c->arena, t->count + 1, sizeof *t->places);
    const char **names = arena_array(&c->arena, t->count + 1, sizeof *names);
    for (size_t i = 0; i < t->count; i++) {
        t->places[i] = (struct place){t->tables[i].id, (uint32_t)i};
        names[i] = t->tables[i].name;
    }
    qsort(t->places, t->count, sizeof *t->places, by_id);
    return tables_folder_keep(&c->folder, names, t->count, e);
}

static int refuse_target(const struct taking *t, const char *what, struct err *e)
{
    return err_refuse(e, ERR_BAD_LINE, "%s: a target %s", t->path, what);
}

static int take_target(void *arg, int64_t table, const struct target_row *target, struct err *e)
{
    struct taking *t = arg;
    CLEANUP(buf_done) struct buf mapped = {0};
    const struct place *place = place_of(t, table);
    if (!place)
        return refuse_target(t, "is of a table that is not there", e);
    if (target->a < 0 || target->a > INT32_MAX || target->b < 0 || target->b > INT32_MAX)
        return refuse_target(t, "has a row or a column that can be none", e);
    if (target->mapped && strlen(target->mapped) > LIMIT_MAPPED)
        return refuse_target(t, "is mapped to more than can be kept", e);
    if (target->mapped)
        t->course.targets.replaced += tables_mend(&mapped, target->mapped, strlen(target->mapped));
    if (tables_cells_add(&t->course.targets.cells[target->kind], place->table, (int32_t)target->a, (int32_t)target->b,
                         target->mapped ? buf_text(&mapped) : NULL, 0))
        return refuse_target(t, "is one too many", e);
    return 0;
}

static int read_targets(struct taking *t, struct err *e)
{
    struct tables_targets *targets = &t->course.targets;
    int r = 0;
    for (int kind = 1; r == 0 && kind < TARGET_KINDS; kind++) {
        targets->files.of[kind] = t->path;
        r = jentab_targets(t->db, (enum target_kind)kind, take_target, t, e);
        tables_cells_sort(&targets->cells[kind], t->count);
    }
    return r;
}

static bool is_folder(const char *path)
{
    CLEANUP(cleanup_dir) DIR *dir = opendir(path);
    return dir != NULL;
}

static int read_all(struct taking *t, const struct jentab_options *o, struct err *e)
{
    struct tables_course *c = &t->course;
    const char *below = arena_printf(&c->arena, "%s/tables", o->tables);
    int r = jentab_open(t->path, o->audit_db, &t->db, e);
    if (r == 0)
        r = tables_folder_open(&c->folder, is_folder(below) ? below : o->tables, e);
    if (r == 0)
        r = read_tables(t, e);
    if (r == 0)
        r = read_targets(t, e);
    if (r == 0)
        r = jentab_past(t->db, &c->arena, &t->past, &t->past_count, e);
    for (int kind = 1; kind < TARGET_KINDS; kind++) {
        tables_cells_sort(&c->gt.cells[kind], t->count);
        tables_cells_sort(&c->solution.cells[kind], t->count);
    }
    return r ? r : tables_course_measure(c, e);
}

/* ---- what a line says of its table's past */

/* The text of an error, mended; of one whose file is not there its name. */
static int put_error(const struct taking *t, const char *name, struct buf *b, struct err *e)
{
    CLEANUP(arena_done) struct arena a = {0};
    CLEANUP(buf_done) struct buf bytes = {0};
    CLEANUP(buf_done) struct buf mended = {0};
    const char *path = t->errors && *name && !strchr(name, '/') ? arena_printf(&a, "%s/%s", t->errors, name) : NULL;
    int r = path && file_exists(path) ? file_read(path, ERROR_BYTES, &bytes, e) : (buf_puts(&bytes, name), 0);
    tables_mend(&mended, buf_text(&bytes), bytes.len);
    json_put_text(b, buf_text(&mended));
    return r;
}

/* A name as runners may have one. */
static void put_client(const char *name, struct buf *b)
{
    CLEANUP(buf_done) struct buf safe = {0};
    size_t n = strlen(name);
    text_safe(&safe, name, n < LIMIT_NAME / 8 ? n : LIMIT_NAME / 8, false);
    json_put_text(b, safe.len ? buf_text(&safe) : "?");
}

static int put_one(const struct taking *t, const struct jentab_past *p, struct buf *b, struct err *e)
{
    buf_puts(b, "{\"client\":");
    put_client(p->client, b);
    buf_printf(b, ",\"started\":%.6f,\"finished\":", (double)p->started / CLOCK_SECOND);
    if (p->finished == NONE)
        buf_puts(b, "null");
    else
        buf_printf(b, "%.6f", (double)(p->finished < p->started ? p->started : p->finished) / CLOCK_SECOND);
    buf_printf(b, ",\"result\":%s,\"error\":", p->result ? "true" : "false");
    int r = p->error ? put_error(t, p->error, b, e) : (buf_puts(b, "null"), 0);
    buf_putc(b, '}');
    return r;
}

/* The first row of the past of a table, or behind it. */
static int first_of(const struct taking *t, int64_t table)
{
    int from = 0, to = t->past_count;
    while (from < to) {
        int middle = from + (to - from) / 2;
        if (t->past[middle].table < table)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static int put_past(void *arg, size_t table, struct buf *b, struct err *e)
{
    const struct taking *t = arg;
    int64_t id = t->tables[table].id;
    const char *between = "";
    int r = 0;
    buf_printf(b, ",\"returned\":%s,\"past\":[", t->tables[table].returned ? "true" : "false");
    for (int i = first_of(t, id); r == 0 && i < t->past_count && t->past[i].table == id; i++) {
        if (t->past[i].started == NONE)
            continue; /* nobody knows when */
        buf_puts(b, between);
        between = ",";
        r = put_one(t, &t->past[i], b, e);
    }
    buf_putc(b, ']');
    return r;
}

/* ---- audit records follow the dataset */

static int send_audit(struct taking *t, struct err *e)
{
    struct arena *a = &t->to->arena;
    const char *queue = t->course.queue, *slash = strchr(queue, '/');
    const char *path = arena_printf(a, "/tables/%s/audit_lst", client_encode(a, slash ? slash + 1 : queue));
    if (slash)
        path = arena_printf(a, "/users/%s%s", client_encode(a, arena_copy(a, queue, (size_t)(slash - queue))), path);
    int r = json_array_size(t->audit) ? client_call(t->to->client, "POST", path, t->audit, NULL, e) : 0;
    t->audited += (int64_t)json_array_size(t->audit);
    json_array_clear(t->audit);
    return r ? err_widen(e, r, "the dataset is there, but of its audit records only %lld: ", (long long)t->audited) : 0;
}

static json_t *text_of(const char *bytes)
{
    CLEANUP(buf_done) struct buf b = {0};
    tables_mend(&b, bytes ? bytes : "", bytes ? strlen(bytes) : 0);
    return json_string(buf_text(&b));
}

static json_t *rest_of(const char *text)
{
    struct err unused;
    json_t *rest;
    return text && !json_parse(text, strlen(text), &rest, &unused) ? rest : text_of(text);
}

static int take_audit(void *arg, const struct audit_row *r, struct err *e)
{
    struct taking *t = arg;
    json_array_append_new(t->audit, json_pack("{s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:o, s:o}", "task", text_of(r->task), "step",
                                              text_of(r->step), "method", text_of(r->method), "tablename", text_of(r->name), "approach",
                                              text_of(r->approach), "solved_cnt", (json_int_t)(r->solved < 0 ? 0 : r->solved),
                                              "remaining_cnt", (json_int_t)(r->remaining < 0 ? 0 : r->remaining), "remaining",
                                              rest_of(r->rest), "timestamp", text_of(r->told)));
    return json_array_size(t->audit) < AUDIT_AT_ONCE ? 0 : send_audit(t, e);
}

static int copy_audit(struct taking *t, struct connection *to, struct err *e)
{
    t->to = to;
    t->audit = json_array();
    int r = jentab_audit(t->db, take_audit, t, e);
    return r ? r : send_audit(t, e);
}

static int check_options(const struct jentab_options *o, struct err *e)
{
    if (!o->queue || !o->tables)
        return err_refuse(e, ERR_USAGE, "%s", o->queue ? "where are the tables? --tables DIR" : "what is the dataset to be called? --queue NAME");
    if (!text_is_utf8(o->prefix, strlen(o->prefix)))
        return err_refuse(e, ERR_USAGE, "--prefix must be UTF-8");
    return connect_check_queue(o->queue, e);
}

static int run_jentab(struct verb_call *call, struct err *e)
{
    const struct jentab_options *o = call->options;
    CLEANUP(connect_close) struct connection connection = {0};
    CLEANUP(taking_done) struct taking t = {
        .path = call->args[0], .errors = o->errors,
        .course = {.loop = call->loop, .queue = o->queue, .began_us = clock_mono_us(), .order = TABLES_ROW_COL, .more = put_past,
                   .settings = {.prefix = o->prefix, .audit = !o->no_audit, .analyze = o->analyze, .open = o->open}}};
    enum tables_order said = TABLES_ORDER_UNSAID;
    struct tables_course *c = &t.course;
    c->more_arg = &t;
    int r = check_options(o, e);
    if (r == 0)
        r = tables_order_from(o->order, &said, e);
    if (r == 0 && !o->dry_run)
        r = connect_open(&connection, call, &o->connect, e);
    if (r == 0 && !o->dry_run)
        r = tables_course_look(c, &connection, e);
    if (r == 0)
        r = read_all(&t, o, e);
    c->settings.order = said ? said : TABLES_COL_ROW;
    if (r == 0)
        r = tables_course_send(c, o->dry_run ? NULL : &connection, e);
    if (r == 0 && !o->dry_run)
        r = copy_audit(&t, &connection, e);
    if (r == 0)
        tables_summary(c, o->json);
    return r;
}
