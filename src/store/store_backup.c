/* Copies of the store: made while it is written to, and judged before anything is entrusted to one. The copy takes no room that
 * the store itself needs: LIMIT_COPY_ROOM stays free, or the copy is given up. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "store/migrate.h"
#include "store/store_inner.h"

enum { STEP_PAGES = 32, LOOK_STEPS = 64, TABLES = 8 };

struct store_backup {
    struct db_copy *copy;
    char *path;
    int steps;
};

int store_backup_start(struct store *s, const char *path, struct store_backup **out_backup, struct err *e)
{
    struct store_backup *b = calloc(1, sizeof *b);
    if (!b || !(b->path = strdup(path)))
        abort();
    int r = db_copy_start(s->db, path, &b->copy, e);
    if (r) {
        store_backup_end(b);
        return r;
    }
    *out_backup = b;
    return 0;
}

/* A file system that does not say how much room it has is taken to have it. */
static int check_room(const struct store_backup *b, struct err *e)
{
    struct statvfs disk;
    if (statvfs(b->path, &disk))
        return 0;
    int64_t room = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
    if (room >= db_copy_left(b->copy) + LIMIT_COPY_ROOM)
        return 0;
    CLEANUP(buf_done) struct buf text = {0};
    text_bytes(&text, db_copy_left(b->copy) + LIMIT_COPY_ROOM - room);
    return err_fail(e, ERR_STORAGE_FULL, "the disk of the server lacks %s for a copy of the store", buf_text(&text));
}

int store_backup_step(struct store_backup *b, struct err *e)
{
    int r = db_copy_step(b->copy, STEP_PAGES, e);
    int no_room = r == 1 && b->steps++ % LOOK_STEPS == 0 ? check_room(b, e) : 0;
    return no_room ? no_room : r;
}

int store_backup_restarts(const struct store_backup *b) { return db_copy_restarts(b->copy); }

void store_backup_end(struct store_backup *b)
{
    if (!b)
        return;
    db_copy_end(b->copy);
    free(b->path);
    free(b);
}

static int ask_number(struct db *db, enum sql sql, int64_t *out, struct err *e)
{
    struct db_query *q = db_start(db, sql, "");
    int r = db_next(q, e);
    if (r == 1)
        *out = db_int(q, 0);
    db_end(q);
    return r < 0 ? r : 0;
}

static int check_whole(struct db *db, struct err *e)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct db_query *q = db_start(db, SQL_COPY_WHOLE, "");
    int r = db_next(q, e);
    const char *said = r == 1 ? db_text(q, 0, &a) : "";
    if (r == 1 && strcmp(said, "ok") != 0)
        r = err_fail(e, ERR_FILE, "%.200s", said);
    db_end(q);
    return r < 0 ? r : 0;
}

static int read_copy(struct db *db, struct store_copy *out, struct err *e)
{
    int64_t tables = 0;
    int r = ask_number(db, SQL_COPY_TABLES, &tables, e);
    if (r == 0 && tables != TABLES)
        return err_fail(e, ERR_FILE, "it is no docket store");
    if (r == 0)
        r = ask_number(db, SQL_SCHEMA_VERSION, &out->schema, e);
    if (r == 0)
        r = migrate_check(out->schema, e);
    if (r == 0)
        r = check_whole(db, e);
    if (r)
        return r;
    struct db_query *q = db_start(db, SQL_COPY_MARK, "");
    r = db_next(q, e);
    out->rev = r == 1 ? db_int(q, 0) : 0;
    out->newest_us = r == 1 ? db_int(q, 1) : 0;
    db_end(q);
    return r < 0 ? r : 0;
}

int store_copy_check(const char *path, struct store_copy *out, struct err *e)
{
    struct stat st;
    char cause[TEXT_CAUSE_BYTES];
    struct db *db = NULL;
    struct store_copy copy = {0};
    if (stat(path, &st))
        return err_fail(e, ERR_FILE, "could not open '%s': %s", path, text_cause(errno, cause));
    int r = db_open_still(path, &db, e);
    if (r == 0)
        r = read_copy(db, &copy, e);
    db_close(db);
    if (r && r != -ERR_NEWER_SCHEMA)
        e->code = ERR_FILE;
    if (r)
        return err_widen(e, -(int)e->code, "'%s' cannot be used as a store: ", path);
    copy.bytes = st.st_size;
    *out = copy;
    return 0;
}

int store_settle(const struct store_options *o, struct err *e)
{
    struct db_options options = {.path = o->path, .vfs = o->vfs, .exclusive = o->exclusive};
    struct db *db = NULL;
    int r = db_open(&options, &db, e);
    db_close(db);
    return r;
}

int store_copy_adopt(const struct store_options *o, struct err *e)
{
    const int64_t beyond = INT64_C(1) << 40; /* at 100,000 changes a second four months of them */
    struct store *s;
    int r = store_open(o, &s, e);
    if (r)
        return r;
    r = store_begin(s, e);
    if (r == 0) {
        s->rev += beyond;
        r = db_do(s->db, e, NULL, SQL_MARK_FORGET, "i", s->rev);
    }
    if (r == 0)
        r = store_commit(s, s->newest_us, e);
    else
        store_rollback(s);
    store_close(s);
    return r;
}
