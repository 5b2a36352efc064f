/* See foreign.h. SQL is made here, for a table nobody knew before, out of quoted names and numbered values; it is what SQLite and
 * PostgreSQL have in common. A row is looked at before it is written: what is as it should be is left alone, so that no trigger of
 * theirs runs and no page is touched for nothing. */
#include "store/foreign_inner.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"

static const struct foreign_driver *const DRIVERS[] = {&foreign_sqlite, &foreign_postgres};

static const struct foreign_driver *driver_of(const char *url)
{
    if (strncmp(url, "postgres://", strlen("postgres://")) == 0)
        return &foreign_postgres;
    for (size_t i = 0; i < COUNT_OF(DRIVERS); i++)
        if (strncmp(url, DRIVERS[i]->scheme, strlen(DRIVERS[i]->scheme)) == 0)
            return DRIVERS[i];
    return NULL;
}

int foreign_open(const char *url, struct foreign **out, struct err *e)
{
    const struct foreign_driver *driver = driver_of(url);
    if (!driver) {
        int r = err_refuse(e, ERR_USAGE, "this is no database to write to: it begins neither with sqlite: nor with postgresql:");
        err_hint(e, "for example sqlite:jobs.db or postgresql://me@host/database");
        return r;
    }
    struct foreign *f = NULL;
    int r = driver->open(url, &f, e);
    if (r)
        foreign_close(f);
    else
        *out = f;
    return r;
}

void foreign_close(struct foreign *f)
{
    if (!f)
        return;
    f->driver->close(f);
    arena_done(&f->arena);
    free(f);
}

const char *foreign_name(const struct foreign *f) { return f->name; }

void foreign_quote(struct buf *b, const char *name)
{
    buf_putc(b, '"');
    for (; *name; name++) {
        if (*name == '"')
            buf_putc(b, '"');
        buf_putc(b, *name);
    }
    buf_putc(b, '"');
}

void foreign_quote_table(struct buf *b, const struct foreign *f, const char *name)
{
    CLEANUP(arena_done) struct arena a = {0};
    const char *dot = f->driver->schemas ? strchr(name, '.') : NULL;
    if (dot) {
        foreign_quote(b, arena_copy(&a, name, (size_t)(dot - name)));
        buf_putc(b, '.');
    }
    foreign_quote(b, dot ? dot + 1 : name);
}

int foreign_refuse(const struct foreign *f, const char *words, struct err *e)
{
    CLEANUP(buf_done) struct buf line = {0};
    size_t n = strlen(words);
    while (n && (words[n - 1] == '\n' || words[n - 1] == ' '))
        n--;
    for (size_t i = 0; i < n; i++)
        if (words[i] == '\n')
            buf_puts(&line, "; ");
        else if (words[i] != '\t' && words[i] != '\r')
            buf_putc(&line, words[i]);
    return err_refuse(e, ERR_DATABASE, "%.300s: %.600s", f->name, buf_text(&line));
}

/* ---- SQL for the table */

static void put_marker(struct buf *b, const struct foreign *f, int column) { buf_printf(b, "%c%d", f->driver->marker, column + 1); }

/* "NAME<between>$1" for each column, or only the names. */
static void put_columns(struct buf *b, const struct foreign *f, const struct foreign_table *t, const char *is, const char *joint)
{
    for (int i = 0; i < t->count; i++) {
        buf_puts(b, i ? joint : "");
        foreign_quote(b, t->columns[i].name);
        if (!is)
            continue;
        buf_puts(b, is);
        put_marker(b, f, i);
    }
}

static void put_where_key(struct buf *b, const struct foreign *f, const struct foreign_table *t)
{
    buf_puts(b, " WHERE ");
    foreign_quote(b, t->columns[t->key].name);
    buf_puts(b, " = ");
    put_marker(b, f, t->key);
}

static void put_look(struct buf *b, const struct foreign *f, const struct foreign_table *t)
{
    buf_puts(b, "SELECT ");
    put_columns(b, f, t, " IS NOT DISTINCT FROM ", " AND ");
    buf_puts(b, " FROM ");
    foreign_quote_table(b, f, t->name);
    put_where_key(b, f, t);
}

static void put_insert(struct buf *b, const struct foreign *f, const struct foreign_table *t)
{
    buf_puts(b, "INSERT INTO ");
    foreign_quote_table(b, f, t->name);
    buf_puts(b, " (");
    put_columns(b, f, t, NULL, ", ");
    buf_puts(b, ") VALUES (");
    for (int i = 0; i < t->count; i++) {
        buf_puts(b, i ? ", " : "");
        put_marker(b, f, i);
    }
    buf_putc(b, ')');
}

static void put_update(struct buf *b, const struct foreign *f, const struct foreign_table *t)
{
    buf_puts(b, "UPDATE ");
    foreign_quote_table(b, f, t->name);
    buf_puts(b, " SET ");
    put_columns(b, f, t, " = ", ", ");
    put_where_key(b, f, t);
}

typedef void put_fn(struct buf *b, const struct foreign *f, const struct foreign_table *t);

static int prepare(struct foreign *f, const struct foreign_table *t, struct err *e)
{
    static put_fn *const PUT[FOREIGN_STATEMENTS] = {
        [FOREIGN_LOOK] = put_look, [FOREIGN_INSERT] = put_insert, [FOREIGN_UPDATE] = put_update};
    int r = 0;
    for (int which = 0; r == 0 && which < FOREIGN_STATEMENTS; which++) {
        CLEANUP(buf_done) struct buf sql = {0};
        PUT[which](&sql, f, t);
        r = f->driver->prepare(f, (enum foreign_statement)which, buf_text(&sql), t->count, e);
    }
    if (r == 0)
        f->table = t;
    return r;
}

static int create(struct foreign *f, const struct foreign_table *t, struct err *e)
{
    CLEANUP(buf_done) struct buf sql = {0};
    buf_puts(&sql, "CREATE TABLE ");
    foreign_quote_table(&sql, f, t->name);
    buf_puts(&sql, " (");
    for (int i = 0; i < t->count; i++) {
        buf_puts(&sql, i ? ", " : "");
        foreign_quote(&sql, t->columns[i].name);
        buf_printf(&sql, " %s%s", f->driver->types[t->columns[i].kind], i == t->key ? " PRIMARY KEY" : "");
    }
    buf_putc(&sql, ')');
    return f->driver->run(f, buf_text(&sql), e);
}

/* ---- the door */

int foreign_begin(struct foreign *f, const struct foreign_table *t, struct err *e) { return f->driver->begin(f, t, e); }
int foreign_commit(struct foreign *f, struct err *e) { return f->driver->run(f, "COMMIT", e); }

static bool has(const char **names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static int check_columns(const struct foreign *f, const struct foreign_table *t, const char **names, int count, struct err *e)
{
    CLEANUP(buf_done) struct buf there = {0};
    int lacks = 0;
    while (lacks < t->count && has(names, count, t->columns[lacks].name))
        lacks++;
    if (lacks == t->count)
        return 0;
    for (int i = 0; i < count; i++)
        buf_printf(&there, "%s%s", i ? ", " : "", names[i]);
    int r = err_refuse(e, ERR_USAGE, "%.300s: table '%.128s' has no column '%.128s'", f->name, t->name, t->columns[lacks].name);
    err_hint(e, "it has: %.200s; --map FIELD=COLUMN says which is which", buf_text(&there));
    return r;
}

int foreign_ready(struct foreign *f, const struct foreign_table *t, bool *out_made, struct err *e)
{
    CLEANUP(arena_done) struct arena a = {0};
    const char **names;
    int count = 0;
    int r = f->driver->columns(f, t->name, &a, &names, &count, e);
    *out_made = r == 0 && !count;
    if (r == 0)
        r = count ? check_columns(f, t, names, count, e) : create(f, t, e);
    return r || f->table == t ? r : prepare(f, t, e);
}

int foreign_put(struct foreign *f, const char *const *values, enum foreign_put *out, struct err *e)
{
    struct foreign_answer answer, unused;
    int r = f->driver->ask(f, FOREIGN_LOOK, values, &answer, e);
    if (r)
        return r;
    *out = !answer.rows ? FOREIGN_NEW : answer.truth ? FOREIGN_SAME : FOREIGN_CHANGED;
    if (*out == FOREIGN_SAME)
        return 0;
    return f->driver->ask(f, *out == FOREIGN_NEW ? FOREIGN_INSERT : FOREIGN_UPDATE, values, &unused, e);
}

int foreign_remove(struct foreign *f, int at, const char *value, int64_t *out_rows, struct err *e)
{
    CLEANUP(buf_done) struct buf sql = {0};
    struct foreign_answer answer = {0};
    buf_puts(&sql, "DELETE FROM ");
    foreign_quote_table(&sql, f, f->table->name);
    buf_puts(&sql, " WHERE ");
    foreign_quote(&sql, f->table->columns[at].name);
    buf_puts(&sql, " = ");
    put_marker(&sql, f, 0);
    int r = f->driver->once(f, buf_text(&sql), value, &answer, e);
    *out_rows = answer.rows;
    return r;
}
