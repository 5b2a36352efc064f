/* See backup.h. Asked for, a copy is an effect of the turn like any other: run() only parks, and the file is made after
 * the commit. Its steps stand between turns, on the store's own connection and never inside a transaction. Then the
 * wait of the work is ended, so the next turn answers it. The file has no name once it is whole: it goes with its
 * descriptor, whatever happens. */
#include "core/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "core/parking.h"

enum { BACKUP_LANE = -1 }; /* no queue has this id */
enum { PATIENCE_DAYS = 365, FILE_MODE = 0600, DOUBLINGS = 8 };
static const char LANE_WORKER[] = "backup";

struct backup {
    struct work *owner;
    struct store_backup *making; /* NULL: not any more */
    bool whole;
    int fd;         /* -1: none */
    struct err err; /* why there will be no copy */
};

static int park(struct turn *t, struct work *w)
{
    t->backup_asked = true;
    w->effects.backup = true;
    w->effects.queue = BACKUP_LANE;
    w->effects.park_worker = LANE_WORKER;
    w->effects.park_until_us = t->now_us + PATIENCE_DAYS * 86400 * CLOCK_SECOND;
    return TURN_PARK;
}

/* Our own: it is asked again once there is something to say, or because the server stops. */
static int answer(const struct backup *b, struct backup_copy *out, struct err *e)
{
    struct stat st;
    if (b->err.code) {
        *e = b->err;
        return (int)e->code;
    }
    if (!b->whole)
        return err_refuse(e, ERR_STOPPING, "the server is stopping; the backup was not finished");
    if (fstat(b->fd, &st))
        return err_refuse(e, ERR_INTERNAL, "the copy of the store cannot be read");
    *out = (struct backup_copy){b->fd, st.st_size};
    return 0;
}

int backup_ask(struct turn *t, struct work *w, struct backup_copy *out, struct err *e)
{
    const struct backup *b = t->engine->backup;
    if (b && b->owner == w)
        return answer(b, out, e);
    if (b || t->backup_asked) {
        int r = err_refuse(e, ERR_BACKUP_RUNNING, "a backup is being made already");
        err_hint(e, "ask again when it is done");
        return r;
    }
    return park(t, w);
}

static void stop_making(struct engine *c, struct backup *b)
{
    if (b->making)
        unlink(c->backup_path);
    store_backup_end(MOVE(b->making));
}

/* It ends here, well or not: whoever waits is run again in the next turn. */
static void settle(struct engine *c, struct backup *b, const struct err *e)
{
    if (e) {
        b->err = *e;
        if (e->code != ERR_STORAGE_FULL && c->complain)
            c->complain(c->arg, e);
    }
    b->whole = !e;
    stop_making(c, b);
    parking_end(c->parking, b->owner);
}

/* SQLite opens the file by its name; made here, it is ours alone from the beginning. */
static int begin(struct engine *c, struct backup *b, struct err *e)
{
    char cause[TEXT_CAUSE_BYTES];
    unlink(c->backup_path);
    b->fd = open(c->backup_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (b->fd < 0)
        return err_fail(e, errno == ENOSPC || errno == EDQUOT ? ERR_STORAGE_FULL : ERR_INTERNAL,
                        "could not make '%s': %s", c->backup_path, text_cause(errno, cause));
    int r = store_backup_start(c->store, c->backup_path, &b->making, e);
    if (r)
        unlink(c->backup_path);
    return r;
}

void backup_begin(struct engine *c, struct work *w)
{
    struct err e = {0};
    struct backup *b = calloc(1, sizeof *b);
    if (!b)
        abort();
    c->backup = b;
    b->owner = w;
    b->fd = -1;
    if (begin(c, b, &e))
        settle(c, b, &e);
}

enum backup_progress backup_step(struct engine *c)
{
    struct err e = {0};
    struct backup *b = c->backup;
    if (!b || !b->making)
        return BACKUP_NONE;
    int r = store_backup_step(b->making, &e);
    if (r == 1)
        return BACKUP_MORE;
    settle(c, b, r < 0 ? &e : NULL);
    return BACKUP_OVER;
}

int64_t backup_budget_us(const struct engine *c)
{
    int times = c->backup && c->backup->making ? store_backup_restarts(c->backup->making) : 0;
    return CLOCK_MS << (times < DOUBLINGS ? times : DOUBLINGS);
}

void backup_end(struct engine *c, const struct work *w)
{
    struct backup *b = c->backup;
    if (!b || b->owner != w)
        return;
    stop_making(c, b);
    if (b->fd >= 0)
        close(b->fd);
    free(MOVE(c->backup));
}

bool backup_give_way(struct engine *c)
{
    struct backup *b = c->backup;
    struct stat st;
    struct err e;
    if (!b || b->fd < 0 || fstat(b->fd, &st) || st.st_size == 0)
        return false;
    if (b->making) {
        err_fail(&e, ERR_STORAGE_FULL, "the disk of the server filled up while the store was copied");
        settle(c, b, &e);
    }
    return ftruncate(b->fd, 0) == 0; /* who reads from it finds its end too early, and says so */
}
