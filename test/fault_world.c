/* The store as a server has it, with a reserve to give up, on a disk whose calls are counted and, from the planned one on, fail.
 * A picture of the store leaves out moments and revisions, which a repeat may change; ids, attempts, counts and every byte
 * handed in must be the same however often the disk failed. */
#include "fault.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"

void world_fail(struct world *w, const char *format, ...)
{
    va_list args;
    if (w->broken)
        return;
    w->broken = true;
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

/* The fault. ------------------------------------------------------------------------------------------------------- */

static bool strikes(const struct world *w, enum disk_call call)
{
    const struct fault_plan *p = &w->plan;
    if (w->mended || !p->at || w->calls < p->at)
        return false;
    switch (p->span) {
    case FAULT_ONCE: return w->calls == p->at;
    case FAULT_KIND: return w->calls == p->at || call == w->kind;
    case FAULT_ALL: return true;
    default: return w->reserve && (call == DISK_WRITE || call == DISK_SYNC);
    }
}

static enum disk_fate on_call(void *arg, enum disk_call call)
{
    struct world *w = arg;
    if (w->blind)
        return DISK_FINE;
    w->calls++;
    if (!w->plan.at && !w->mended) {
        w->known->calls[w->calls % FAULT_CALLS_MAX] = (uint8_t)call;
        w->known->call_count = w->calls;
    }
    if (!strikes(w, call))
        return DISK_FINE;
    if (w->calls == w->plan.at)
        w->kind = call;
    w->struck++;
    return w->plan.fate;
}

static void free_reserve(void *arg)
{
    enum { FULL_SECONDS = 5 };
    struct world *w = arg;
    w->reserve = false;
    w->room_us = w->now_us + FULL_SECONDS * CLOCK_SECOND;
}

static bool restore_reserve(void *arg)
{
    struct world *w = arg;
    if (w->now_us < w->room_us)
        return false;
    w->mended = w->mended || w->plan.span == FAULT_RESERVE;
    return w->reserve = true;
}

/* The store. ------------------------------------------------------------------------------------------------------- */

void world_init(struct world *w, struct fault_known *known, const struct fault_plan *plan, bool powersafe)
{
    *w = (struct world){.plan = *plan, .known = known, .now_us = 1700000000 * CLOCK_SECOND, .reserve = true,
                        .disk = disk_new(7, powersafe)};
    w->disk->fate = on_call;
    w->disk->fate_arg = w;
}

void world_done(struct world *w)
{
    world_close(w);
    disk_free(w->disk);
}

static int open_even_if_full(struct world *w, struct err *e)
{
    struct store_options o = {.path = "store.db", .vfs = "power"};
    int r = store_open(&o, &w->store, e);
    if (r != -ERR_STORAGE_FULL)
        return r;
    free_reserve(w);
    w->engine.full = true;
    return store_open(&o, &w->store, e);
}

int world_open(struct world *w, struct err *e)
{
    w->engine = (struct engine){.turn_rows = 4, .slice_rows = 3, .free_reserve = free_reserve,
                                .restore_reserve = restore_reserve, .arg = w};
    w->now_us += CLOCK_SECOND;
    int r = open_even_if_full(w, e);
    if (r == 0)
        r = engine_init(&w->engine, w->store, w->now_us, e);
    if (r == 0)
        disk_sync_dir(w->disk);
    return r;
}

void world_close(struct world *w)
{
    struct err stopped = {.code = ERR_STOPPING};
    if (w->engine.parking) {
        engine_abandon(&w->engine, &stopped);
        engine_done(&w->engine);
    }
    store_close(MOVE(w->store));
}

/* As the server does: a log that could not be moved is tried again later. */
int world_turn(struct world *w, struct work **works, int count, struct err *e)
{
    enum { FRAMES = 60 };
    int taken;
    bool moved;
    struct err unheard;
    int r = engine_run(&w->engine, works, count, w->now_us, &taken, e);
    if (w->engine.failed)
        return r;
    if (taken != count)
        world_fail(w, "a turn took %d of %d requests", taken, count);
    store_tidy(w->store, w->engine.full ? FRAMES / 4 : FRAMES, &moved, &unheard);
    return r;
}

void world_restart(struct world *w, bool killed)
{
    struct err e;
    if (killed)
        disk_leave(w->disk);
    world_close(w);
    w->mended = true;
    w->reserve = true;
    w->restarts++;
    disk_on(w->disk);
    if (world_open(w, &e))
        world_fail(w, "the store could not be opened on a disk that works: %s", e.text);
}

void world_power_cut(struct world *w)
{
    disk_cut(w->disk);
    world_restart(w, false);
}

/* What it holds. --------------------------------------------------------------------------------------------------- */

static const struct table {
    const char *name, *sql;
} TABLES[] = {
    {"queue", "SELECT id, name, paused, lease_us, max_attempts, max_crashes FROM queue ORDER BY id"},
    {"task", "SELECT id, queue, state, event, priority, leases, open, failures, crashes, unmet, needed, lease, exitcode"
             " FROM task ORDER BY id"},
    {"spec", "SELECT * FROM spec ORDER BY task"},
    {"key", "SELECT queue, key, task FROM task_key ORDER BY queue, key"},
    {"counter", "SELECT queue, state, n FROM counter WHERE n <> 0 ORDER BY queue, state"},
    {"lease", "SELECT id, task, n, prev, worker, begun > 0 FROM lease ORDER BY id"},
    {"attempt", "SELECT lease, task, n, prev, worker, outcome, exitcode, message, stdout_size, stderr_size, late_exitcode"
                " FROM attempt ORDER BY lease"},
    {"body", "SELECT * FROM body ORDER BY kind, ref, 3"},
    {"upload", "SELECT name, lines, added FROM upload ORDER BY name"},
    {"payload", "SELECT id, name FROM payload ORDER BY id"},
    {"dependency", "SELECT task, needs, met FROM dependency ORDER BY task, needs"},
    {"announcement", "SELECT task FROM announcement ORDER BY task"},
    {"operation", "SELECT queue, event FROM operation ORDER BY id"},
    {"tombstone", "SELECT task FROM tombstone ORDER BY task"},
};
static_assert(sizeof TABLES / sizeof TABLES[0] <= FAULT_TABLES, "a number per table");

/* FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
static void mix(uint64_t *sum, const void *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        *sum = (*sum ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3u;
}

static uint64_t sum_rows(struct world *w, sqlite3 *db, const char *sql)
{
    sqlite3_stmt *rows = NULL;
    uint64_t sum = 0xcbf29ce484222325u;
    int r = sqlite3_prepare_v2(db, sql, -1, &rows, NULL);
    while (r == SQLITE_OK && (r = sqlite3_step(rows)) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(rows); i++) {
            mix(&sum, "|", 1);
            mix(&sum, sqlite3_column_blob(rows, i), (size_t)sqlite3_column_bytes(rows, i));
        }
        r = SQLITE_OK;
    }
    if (r != SQLITE_DONE)
        world_fail(w, "'%s' fails: %s", sql, sqlite3_errmsg(db));
    sqlite3_finalize(rows);
    return sum;
}

static sqlite3 *look(struct world *w)
{
    sqlite3 *db = NULL;
    w->blind = true;
    if (sqlite3_open_v2("store.db", &db, SQLITE_OPEN_READWRITE, "power"))
        world_fail(w, "the store could not be looked at: %s", sqlite3_errmsg(db));
    return db;
}

static void end_look(struct world *w, sqlite3 *db)
{
    sqlite3_close(db);
    w->blind = false;
}

void world_picture(struct world *w, struct fault_picture *out)
{
    sqlite3 *db = look(w);
    *out = (struct fault_picture){0};
    for (size_t i = 0; i < sizeof TABLES / sizeof TABLES[0]; i++)
        out->of[i] = sum_rows(w, db, TABLES[i].sql);
    end_look(w, db);
}

bool world_is(struct world *w, int step, const char **out_table)
{
    struct fault_picture now;
    const char *unused;
    world_picture(w, &now);
    out_table = out_table ? out_table : &unused;
    for (size_t i = 0; i < sizeof TABLES / sizeof TABLES[0]; i++)
        if (now.of[i] != w->known->after[step].of[i]) {
            *out_table = TABLES[i].name;
            return false;
        }
    return true;
}

static int on_check(void *arg, int columns, char **values, char **names)
{
    if (strcmp(values[0], "ok") != 0)
        world_fail(arg, "integrity_check: %s", values[0]);
    return 0;
}

void world_judge(struct world *w)
{
    const char *name;
    int64_t broken;
    struct err e = {0};
    sqlite3 *db = look(w);
    if (sqlite3_exec(db, "PRAGMA integrity_check", on_check, w, NULL))
        world_fail(w, "integrity_check fails: %s", sqlite3_errmsg(db));
    for (int i = 0; i < store_check_count() && !w->broken; i++)
        if (store_check(w->store, i, &name, &broken, &e) || broken)
            world_fail(w, "check '%s' finds %lld rows; %s", name, (long long)broken, e.text);
    end_look(w, db);
}
