/* The store on its disk as a server has it, opened through the VFS of power_vfs.c, and what is found wrong with it. A
 * world goes on after a failure only to be taken down: the first fault is the one that is told. */
#include "power_world.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/clock.h"

void world_fail(struct world *w, enum fault fault, const char *format, ...)
{
    va_list args;
    if (w->fault)
        return;
    w->fault = fault;
    va_start(args, format);
    vsnprintf(w->why, sizeof w->why, format, args);
    va_end(args);
}

void world_tell(const struct world *w, const char *format, ...)
{
    va_list args;
    if (!w->aloud)
        return;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
}

int world_open(struct world *w, struct err *e)
{
    struct store_options o = {.path = "store.db", .vfs = "power", .no_sync = w->no_sync};
    int r = store_open(&o, &w->store, e);
    if (r)
        return r;
    w->engine = (struct engine){0};
    w->now_us += CLOCK_SECOND;
    r = engine_init(&w->engine, w->store, w->now_us, e);
    if (r == 0)
        disk_sync_dir(w->disk);
    return r;
}

void world_close(struct world *w)
{
    if (w->engine.parking)
        engine_done(&w->engine);
    store_close(MOVE(w->store));
}

static int on_value(void *out, int n, char **values, char **names)
{
    snprintf(out, SAID_BYTES, "%s", values[0] ? values[0] : "");
    return 1; /* the first row is enough */
}

void world_ask(const char *sql, char out[SAID_BYTES])
{
    sqlite3 *db = NULL;
    out[0] = '\0';
    int r = sqlite3_open_v2("store.db", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "power");
    if (r == SQLITE_OK)
        r = sqlite3_exec(db, sql, on_value, out, NULL);
    if (r && !out[0])
        on_value(out, 1, (char *[]){(char *)sqlite3_errmsg(db)}, NULL);
    sqlite3_close(db);
}
