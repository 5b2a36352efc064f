/* The old manager's database, made of a dataset for whoever wants to go back. It is a file without a name: open here and for
 * whoever reads it, gone with both, so nothing is left behind whatever happens. It needs neither a journal nor a sync: one that was
 * not finished is worth nothing anyway. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "store/store_inner.h"

struct store_jentab {
    struct db *db;
    int fd;
};

/* What SQLite is to open, by a name that nobody else has. */
static int make_file(const char *directory, char *path, size_t room, int *out_fd, struct err *e)
{
    char cause[TEXT_CAUSE_BYTES];
    snprintf(path, room, "%s/tables.part.XXXXXX", directory);
    *out_fd = mkostemp(path, O_CLOEXEC);
    if (*out_fd < 0)
        return err_fail(e, errno == ENOSPC || errno == EDQUOT ? ERR_STORAGE_FULL : ERR_INTERNAL, "could not make '%s': %s", path,
                        text_cause(errno, cause));
    return 0;
}

int store_jentab_new(const char *directory, struct store_jentab **out, struct err *e)
{
    enum { PATH_ROOM = 4200 };
    char path[PATH_ROOM];
    struct store_jentab *j = calloc(1, sizeof *j);
    if (!j)
        abort();
    j->fd = -1;
    int r = make_file(directory, path, sizeof path, &j->fd, e);
    if (r == 0)
        r = db_open_scratch(path, &j->db, e);
    if (r == 0)
        r = db_script(j->db, SQL_TEXT[SQL_JENTAB_SCHEMA], e);
    if (j->fd >= 0)
        unlink(path);
    if (r) {
        store_jentab_free(j);
        return r;
    }
    *out = j;
    return 0;
}

void store_jentab_free(struct store_jentab *j)
{
    if (!j)
        return;
    db_close(j->db);
    if (j->fd >= 0)
        close(j->fd);
    free(j);
}

/* Some of the disk is left to the store itself. */
static int check_room(const struct store_jentab *j, struct err *e)
{
    struct statvfs disk;
    if (fstatvfs(j->fd, &disk) || (int64_t)disk.f_bavail * (int64_t)disk.f_frsize >= LIMIT_COPY_ROOM)
        return 0;
    return err_fail(e, ERR_STORAGE_FULL, "the disk of the server has no room for the tables' database");
}

int store_jentab_begin(struct store_jentab *j, struct err *e)
{
    int r = check_room(j, e);
    return r ? r : db_do(j->db, e, NULL, SQL_BEGIN, "");
}

int store_jentab_commit(struct store_jentab *j, struct err *e) { return db_do(j->db, e, NULL, SQL_COMMIT, ""); }

int store_jentab_table(struct store_jentab *j, int64_t id, const char *name, bool returned, struct err *e)
{
    return db_do(j->db, e, NULL, SQL_JENTAB_TABLE, "iti", id, name, (int64_t)returned);
}

int store_jentab_assignment(struct store_jentab *j, const struct jentab_assignment_row *row, struct err *e)
{
    return db_do(j->db, e, NULL, SQL_JENTAB_ASSIGNMENT, "itiitt", row->table, row->client, row->requested, row->returned,
                 row->result, row->error);
}

int store_jentab_target(struct store_jentab *j, int64_t table, const struct target_row *row, struct err *e)
{
    if (row->kind == TARGET_CTA)
        return db_do(j->db, e, NULL, SQL_JENTAB_CTA, "iit", table, row->a, row->mapped);
    return db_do(j->db, e, NULL, row->kind == TARGET_CEA ? SQL_JENTAB_CEA : SQL_JENTAB_CPA, "iiit", table, row->a, row->b,
                 row->mapped);
}

int store_jentab_read(struct store_jentab *j, int64_t at, void *out, size_t room, size_t *out_n, struct err *e)
{
    char cause[TEXT_CAUSE_BYTES];
    ssize_t n = pread(j->fd, out, room, (off_t)at);
    if (n < 0)
        return err_fail(e, ERR_INTERNAL, "the tables' database cannot be read: %s", text_cause(errno, cause));
    *out_n = (size_t)n;
    return 0;
}
