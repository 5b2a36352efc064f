/* See export.h. The order of things is what makes it safe to be killed at any moment: the table is locked, then the server is asked how
 * far this consumer is, then the feed is read and written, then the database commits, and only then the server is told. Whoever dies in
 * between has the next run read the same changes again, which change nothing; and of two runs at once the second reads what the first
 * has left, so that no row goes back to an older state.
 *
 * A table that had to be made is empty, whatever the consumer has read: it gets everything. */
#include "cli/export.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/place.h"

struct exporting {
    const struct export_options *o;
    const struct export_kind *kind;
    const char *queue; /* NULL: all */
    struct connection c;
    struct foreign *db;
    struct export_map map;
    const char *consumer;
    bool known;        /* the consumer was there before */
    int64_t since, began; /* began -1: not needed any more */
    bool more;
    int64_t rows;      /* of this transaction */
    int64_t put[FOREIGN_SAME + 1], removed;
};

static void exporting_done(struct exporting *x)
{
    foreign_close(x->db);
    connect_close(&x->c);
}

/* ---- what is asked */

static int check_options(const struct export_options *o, struct err *e)
{
    size_t n = o->table ? strlen(o->table) : 0;
    if (!o->to || !o->table) {
        int r = err_refuse(e, ERR_USAGE, "%s", o->to ? "into which table? --table TABLE" : "into which database? --to URL");
        err_hint(e, "for example --to sqlite:work.db --table work");
        return r;
    }
    if (n < 1 || n > LIMIT_NAME || text_has_control(o->table) || !text_is_utf8(o->table, n))
        return err_refuse(e, ERR_USAGE, "--table has 1 to %d bytes of UTF-8 without control characters", LIMIT_NAME);
    if (o->consumer && (!*o->consumer || strlen(o->consumer) > LIMIT_NAME || strchr(o->consumer, '/') || text_has_control(o->consumer)))
        return err_refuse(e, ERR_USAGE, "--consumer has 1 to %d bytes without '/' and control characters", LIMIT_NAME);
    return 0;
}

/* What is removed with its queue is found by the name of that. */
static int check_mirror(const struct exporting *x, struct err *e)
{
    if (!x->o->mirror || !x->queue || export_map_find(&x->map, "queue") >= 0)
        return 0;
    int r = err_refuse(e, ERR_USAGE, "with --mirror the map needs the field queue: by it the rows of a queue are found");
    err_hint(e, "add queue to --map, or queue=COLUMN");
    return r;
}

/* Of the table and this host, as far as there is room, and a hash of all that makes two exports different. */
static const char *default_consumer(struct exporting *x)
{
    enum { PART = 30 };
    CLEANUP(buf_done) struct buf all = {0};
    CLEANUP(buf_done) struct buf name = {0};
    char host[PART + 1] = "";
    gethostname(host, sizeof host - 1);
    buf_printf(&all, "%s\n%s\n%s\n%s\n%s\n%s\n%s", x->kind->verb, foreign_name(x->db), x->o->table, x->queue ? x->queue : "",
               x->o->site ? x->o->site : "", x->o->map ? x->o->map : "", host);
    buf_printf(&name, "%s ", x->kind->verb);
    text_cut(&name, x->o->table, PART / 2);
    buf_printf(&name, " %s %.12s", host, place_hash(&x->c.arena, buf_text(&all), all.len));
    for (char *at = name.data; *at; at++)
        if (*at == '/' || *at == ' ')
            *at = '-';
    return arena_strdup(&x->c.arena, buf_text(&name));
}

/* ---- the consumer at the server */

static const char *consumer_path(struct exporting *x)
{
    return arena_printf(&x->c.arena, "/api/v1/consumers/%s", client_encode(&x->c.arena, x->consumer));
}

static int consumer_set(struct exporting *x, int64_t rev, struct err *e)
{
    CLEANUP(json_drop) json_t *body = json_pack("{s:I}", "rev", (json_int_t)rev);
    return client_call(x->c.client, "PUT", consumer_path(x), body, NULL, e);
}

/* It begins again; what a mirror has of the queue goes, for what was removed meanwhile is not told of any more. */
static int begin_again(struct exporting *x, struct err *e)
{
    const char *slash = x->queue ? strchr(x->queue, '/') : NULL;
    int64_t removed = 0;
    int r = consumer_set(x, 0, e);
    if (r == 0 && x->o->mirror && x->queue)
        r = foreign_remove(x->db, export_map_find(&x->map, "queue"), slash ? slash + 1 : x->queue, &removed, e);
    x->removed += removed;
    return r;
}

static int consumer_ready(struct exporting *x, bool again, struct err *e)
{
    struct err unknown = {0};
    int r = client_call(x->c.client, "GET", consumer_path(x), NULL, NULL, &unknown);
    x->known = r == 0;
    if (r == ERR_CONSUMER_NOT_FOUND || (r == 0 && again))
        return begin_again(x, e);
    if (r)
        *e = unknown;
    return r;
}

/* ---- changes into rows */

static int put_row(struct exporting *x, const json_t *row, struct arena *a, struct err *e)
{
    enum foreign_put put;
    const char *site = json_string_value(json_object_get(row, "site"));
    if (x->o->site && (!site || strcmp(site, x->o->site) != 0))
        return 0;
    const char **values = export_map_values(&x->map, row, a);
    int key = x->map.table.key;
    if (!values[key])
        return err_fail(e, ERR_SERVER_AWAY, "the server told of a %s without '%s'", x->kind->change, x->map.fields[key]->name);
    int r = foreign_put(x->db, values, &put, e);
    if (r == 0)
        x->put[put]++;
    return r;
}

/* A job whose folder was cleaned away is still told of: with --mirror it is gone. */
static bool is_gone(const struct exporting *x, const json_t *row) { return x->o->mirror && json_is_true(json_object_get(row, "cleaned")); }

static int remove_rows(struct exporting *x, const char *field, const char *value, struct err *e)
{
    int64_t rows = 0;
    int at = export_map_find(&x->map, field);
    int r = x->o->mirror && at >= 0 && value ? foreign_remove(x->db, at, value, &rows, e) : 0;
    x->removed += rows;
    return r;
}

static int take_change(struct exporting *x, const json_t *change, struct arena *a, struct err *e)
{
    const char *kind = json_string_value(json_object_get(change, "kind"));
    const json_t *row = json_object_get(change, x->kind->change);
    const struct export_field *key = x->map.fields[x->map.table.key];
    if (!kind)
        return 0;
    if (strcmp(kind, x->kind->change) == 0 && is_gone(x, row))
        return remove_rows(x, key->name, export_map_values(&x->map, row, a)[x->map.table.key], e);
    if (strcmp(kind, x->kind->change) == 0)
        return put_row(x, row, a, e);
    if (strcmp(kind, x->kind->gone) == 0)
        return remove_rows(x, key->name, out_field(a, change, key->member ? key->member : key->name), e);
    if (x->queue && strcmp(kind, "queue_deleted") == 0)
        return remove_rows(x, "queue", json_string_value(json_object_get(change, "queue")), e);
    return 0;
}

static int take_page(struct exporting *x, const json_t *page, struct err *e)
{
    CLEANUP(arena_done) struct arena a = {0};
    const json_t *changes = json_object_get(page, "changes"), *began = json_object_get(page, "began");
    int r = 0;
    size_t i;
    json_t *change;
    json_array_foreach(changes, i, change)
        if (r == 0)
            r = take_change(x, change, &a, e);
    x->rows += (int64_t)json_array_size(changes);
    x->since = out_int(page, "since");
    x->began = json_is_integer(began) ? json_integer_value(began) : -1;
    x->more = json_is_true(json_object_get(page, "more"));
    return r;
}

/* The first page of a transaction is read where the consumer stands, the others where the one before ended. */
static int read_page(struct exporting *x, bool first, struct err *e)
{
    CLEANUP(json_drop) json_t *page = NULL;
    CLEANUP(buf_done) struct buf path = {0};
    struct arena *a = &x->c.arena;
    buf_printf(&path, "/api/v1/changes?limit=%d", LIMIT_PAGE);
    if (first)
        buf_printf(&path, "&consumer=%s", client_encode(a, x->consumer));
    else
        buf_printf(&path, "&since=%lld", (long long)x->since);
    if (!first && x->began >= 0)
        buf_printf(&path, "&began=%lld", (long long)x->began);
    if (x->queue)
        buf_printf(&path, "&queue=%s", client_encode(a, x->queue));
    else
        buf_printf(&path, "&kind=%s", x->kind->change);
    int r = client_call(x->c.client, "GET", buf_text(&path), NULL, &page, e);
    return r ? r : take_page(x, page, e);
}

/* The consumer has lost its place: removals that it had not read were forgotten. */
static int read_first(struct exporting *x, struct err *e)
{
    int r = read_page(x, true, e);
    if (r != ERR_CHANGES_GONE)
        return r;
    *e = (struct err){0};
    fprintf(stderr, "docket: it has been too long since the last run: everything is read again\n");
    r = begin_again(x, e);
    return r ? r : read_page(x, true, e);
}

/* A queue that is gone, and that this consumer has read before: a mirror of it is empty. */
static int take_gone(struct exporting *x, int r, struct err *e)
{
    if (r != ERR_QUEUE_NOT_FOUND || !x->o->mirror || !x->known)
        return r;
    *e = (struct err){0};
    const char *slash = strchr(x->queue, '/');
    return remove_rows(x, "queue", slash ? slash + 1 : x->queue, e);
}

static int one_transaction(struct exporting *x, bool again, struct err *e)
{
    bool made = false;
    x->rows = 0;
    x->more = false;
    int r = foreign_begin(x->db, &x->map.table, e);
    if (r == 0)
        r = foreign_ready(x->db, &x->map.table, &made, e);
    if (r == 0)
        r = consumer_ready(x, again || made, e);
    if (r == 0)
        r = take_gone(x, read_first(x, e), e);
    while (r == 0 && x->more && x->rows < EXPORT_ROWS)
        r = read_page(x, false, e);
    if (r == 0)
        r = foreign_commit(x->db, e);
    return r || !x->since ? r : consumer_set(x, x->since, e);
}

static void print(const struct exporting *x)
{
    static const char *const WORDS[] = {[FOREIGN_NEW] = "new", [FOREIGN_CHANGED] = "changed", [FOREIGN_SAME] = "as they were"};
    CLEANUP(buf_done) struct buf b = {0};
    for (int i = 0; i <= FOREIGN_SAME; i++) {
        buf_puts(&b, i ? ", " : "");
        text_count(&b, x->put[i]);
        buf_printf(&b, " %s", WORDS[i]);
    }
    if (x->o->mirror) {
        buf_puts(&b, ", ");
        text_count(&b, x->removed);
        buf_puts(&b, " removed");
    }
    puts(buf_text(&b));
}

static void print_json(const struct exporting *x)
{
    CLEANUP(json_drop) json_t *told = json_pack(
        "{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "database", foreign_name(x->db), "table", x->o->table, "consumer", x->consumer,
        "new", (json_int_t)x->put[FOREIGN_NEW], "changed", (json_int_t)x->put[FOREIGN_CHANGED], "same",
        (json_int_t)x->put[FOREIGN_SAME], "removed", (json_int_t)x->removed, "rev", (json_int_t)x->since);
    out_json(told);
}

int export_run(struct verb_call *call, const struct export_kind *kind, const char *queue, struct err *e)
{
    CLEANUP(exporting_done) struct exporting x = {.o = call->options, .kind = kind, .queue = queue, .began = -1};
    int r = check_options(x.o, e);
    if (r == 0)
        r = export_map_read(kind, x.o->map, &x.c.arena, &x.map, e);
    if (r == 0)
        r = check_mirror(&x, e);
    if (r == 0)
        r = connect_open(&x.c, call, &x.o->connect, e);
    if (r == 0)
        r = foreign_open(x.o->to, &x.db, e);
    if (r)
        return r;
    x.map.table.name = x.o->table;
    x.consumer = x.o->consumer ? x.o->consumer : default_consumer(&x);
    r = one_transaction(&x, x.o->again, e);
    while (r == 0 && x.more)
        r = one_transaction(&x, false, e);
    if (r)
        return r;
    if (x.o->json)
        print_json(&x);
    else
        print(&x);
    return 0;
}
