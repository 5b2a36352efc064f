/* The methods SQLite asks for, over power_disk.c, with locks and shared memory as its own VFS has them. When the power
 * is off everything fails with SQLITE_IOERR, but for unlocking and closing.
 *
 * What SQLite takes into account is what xDeviceCharacteristics says. 0 promises nothing: pages may be torn (no ATOMIC:
 * every page is journalled), a file may grow before its bytes arrive (no SAFE_APPEND: the journal's count of pages is
 * written after a sync of its own), writes arrive in any order (no SEQUENTIAL: it syncs between steps, also after a new
 * header of the log), and a write may spoil the rest of its sector (no POWERSAFE_OVERWRITE: a commit fills its last
 * sector in the log with copies of its last page, so that the next write touches no synced sector). SQLite's own VFS
 * for Linux claims POWERSAFE_OVERWRITE and then does not fill up sectors.
 *
 * Filling up does not cover everything: where a cut loses the copies but not the commit before them, SQLite goes on
 * writing right behind that commit, in the middle of its last sector, and a second cut may spoil it. Moving the log
 * into the database before anything is written to an opened store closes that gap.
 *
 * As in SQLite's own VFS, the first sync of a journal or log that was opened to be made syncs the directory, and so
 * does a deletion when asked to; the database's own entry is the caller's business (disk_sync_dir). There is one
 * directory and one thread. Shared memory is memory; the last to leave forgets it.
 *
 * Whoever tests faults decides before each call what becomes of it (disk->fate); it then fails as it does in SQLite's own VFS: a
 * write without room with SQLITE_FULL, everything else with SQLITE_IOERR_… and the errno that SQLite asks for later. */
#include "power_vfs.h"

#include <assert.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "power_chance.h"

static_assert(DISK_SLOTS == SQLITE_SHM_NLOCK, "a slot per lock of shared memory");

struct handle {
    sqlite3_file base;
    struct disk *disk;
    struct disk_file *file;
    int lock;
    bool sync_dir, forget;      /* with the next sync; when closed */
    bool mapped;
    unsigned shared, exclusive; /* slots of shared memory it has locked */
};

static void *allocate(size_t n)
{
    void *p = calloc(1, n);
    if (!p)
        abort();
    return p;
}

/* Files. ----------------------------------------------------------------------------------------------------------- */

static struct handle *handle_of(sqlite3_file *file) { return (struct handle *)file; }
static bool is_off(sqlite3_file *file) { return !disk_is_on(handle_of(file)->disk); }
static int done(bool still_on) { return still_on ? SQLITE_OK : SQLITE_IOERR; }

static enum disk_fate fate_of(struct disk *d, enum disk_call call)
{
    return d->fate && d->on ? d->fate(d->fate_arg, call) : DISK_FINE;
}

/* What SQLite is told of a call that was not fine, unless it is to be told something else. */
static int told(enum disk_fate fate, int code)
{
    bool no_room = fate == DISK_HAS_NO_ROOM || fate == DISK_RUNS_FULL;
    errno = no_room ? ENOSPC : EIO;
    return no_room && code == SQLITE_IOERR_WRITE ? SQLITE_FULL : code;
}

/* 0, or what SQLite is told. */
static int fails(struct disk *d, enum disk_call call, int code)
{
    enum disk_fate fate = fate_of(d, call);
    return fate == DISK_FINE ? SQLITE_OK : told(fate, code);
}

static int on_read(sqlite3_file *file, void *out, int n, sqlite3_int64 from)
{
    if (is_off(file))
        return SQLITE_IOERR;
    int r = fails(handle_of(file)->disk, DISK_READ, SQLITE_IOERR_READ);
    if (r)
        return r;
    return disk_read(handle_of(file)->file, out, n, from) == n ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int on_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 from)
{
    struct handle *h = handle_of(file);
    enum disk_fate fate = fate_of(h->disk, DISK_WRITE);
    if (fate == DISK_TEARS || fate == DISK_RUNS_FULL)
        disk_write(h->disk, h->file, bytes, n / 2, from);
    if (fate != DISK_FINE)
        return told(fate, SQLITE_IOERR_WRITE);
    return is_off(file) ? SQLITE_IOERR : done(disk_write(h->disk, h->file, bytes, n, from));
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct handle *h = handle_of(file);
    int r = fails(h->disk, DISK_TRUNCATE, SQLITE_IOERR_TRUNCATE);
    if (r)
        return r;
    return is_off(file) ? SQLITE_IOERR : done(disk_truncate(h->disk, h->file, size));
}

static int on_sync(sqlite3_file *file, int flags)
{
    struct handle *h = handle_of(file);
    enum disk_fate fate = fate_of(h->disk, DISK_SYNC);
    if (fate == DISK_LOSES)
        disk_sync_falsely(h->file);
    if (fate != DISK_FINE)
        return told(fate, SQLITE_IOERR_FSYNC);
    if (is_off(file) || !disk_sync(h->disk, h->file))
        return SQLITE_IOERR;
    if (h->sync_dir)
        disk_sync_dir(h->disk);
    h->sync_dir = false;
    return SQLITE_OK;
}

static int on_size(sqlite3_file *file, sqlite3_int64 *out_size)
{
    *out_size = handle_of(file)->file->size;
    return is_off(file) ? SQLITE_IOERR : fails(handle_of(file)->disk, DISK_SIZE, SQLITE_IOERR_FSTAT);
}

static int on_unlock(sqlite3_file *file, int level)
{
    struct handle *h = handle_of(file);
    if (level < h->lock && h->file->sharing.writer == h)
        h->file->sharing.writer = NULL;
    if (level == SQLITE_LOCK_NONE && h->lock > SQLITE_LOCK_NONE)
        h->file->sharing.readers--;
    h->lock = level < h->lock ? level : h->lock;
    return SQLITE_OK;
}

static int on_lock(sqlite3_file *file, int level)
{
    struct handle *h = handle_of(file), *writer = h->file->sharing.writer;
    if (is_off(file))
        return SQLITE_IOERR;
    if (level <= h->lock)
        return SQLITE_OK;
    int r = fails(h->disk, DISK_LOCK, SQLITE_IOERR_LOCK);
    if (r)
        return r;
    if (writer && writer != h && (level > SQLITE_LOCK_SHARED || writer->lock > SQLITE_LOCK_RESERVED))
        return SQLITE_BUSY;
    if (level == SQLITE_LOCK_EXCLUSIVE && h->file->sharing.readers > 1)
        return SQLITE_BUSY;
    h->file->sharing.readers += h->lock == SQLITE_LOCK_NONE;
    if (level > SQLITE_LOCK_SHARED)
        h->file->sharing.writer = h;
    h->lock = level;
    return SQLITE_OK;
}

static int on_check_lock(sqlite3_file *file, int *out_reserved)
{
    *out_reserved = handle_of(file)->file->sharing.writer != NULL;
    return is_off(file) ? SQLITE_IOERR : SQLITE_OK;
}

static int on_control(sqlite3_file *file, int op, void *arg) { return SQLITE_NOTFOUND; }
static int on_sector_size(sqlite3_file *file) { return DISK_SECTOR; }

static int on_characteristics(sqlite3_file *file)
{
    return handle_of(file)->disk->powersafe ? SQLITE_IOCAP_POWERSAFE_OVERWRITE : 0;
}

/* Shared memory. --------------------------------------------------------------------------------------------------- */

static int on_map(sqlite3_file *file, int region, int bytes, int extend, void volatile **out_memory)
{
    struct handle *h = handle_of(file);
    *out_memory = NULL;
    if (is_off(file))
        return SQLITE_IOERR;
    int r = fails(h->disk, DISK_MAP, SQLITE_IOERR_SHMMAP);
    if (r)
        return r;
    assert(region < DISK_REGIONS);
    h->file->sharing.mapped += !h->mapped;
    h->mapped = true;
    if (!h->file->sharing.regions[region] && extend)
        h->file->sharing.regions[region] = allocate((size_t)bytes);
    *out_memory = h->file->sharing.regions[region];
    return SQLITE_OK;
}

static void unlock_slot(struct handle *h, int slot)
{
    unsigned bit = 1u << slot;
    h->file->sharing.shared[slot] -= (h->shared & bit) != 0;
    h->file->sharing.exclusive &= ~(h->exclusive & bit);
    h->shared &= ~bit;
    h->exclusive &= ~bit;
}

static bool slot_is_free(const struct handle *h, int slot, bool exclusive)
{
    unsigned bit = 1u << slot;
    int others = h->file->sharing.shared[slot] - ((h->shared & bit) != 0);
    return !(h->file->sharing.exclusive & ~h->exclusive & bit) && !(exclusive && others);
}

static int on_lock_slots(sqlite3_file *file, int first, int n, int flags)
{
    struct handle *h = handle_of(file);
    bool exclusive = flags & SQLITE_SHM_EXCLUSIVE, lock = flags & SQLITE_SHM_LOCK;
    if (is_off(file) && lock)
        return SQLITE_IOERR;
    for (int slot = first; lock && slot < first + n; slot++)
        if (!slot_is_free(h, slot, exclusive))
            return SQLITE_BUSY;
    for (int slot = first; slot < first + n; slot++) {
        unlock_slot(h, slot);
        if (lock && exclusive)
            h->exclusive |= 1u << slot, h->file->sharing.exclusive |= 1u << slot;
        else if (lock)
            h->shared |= 1u << slot, h->file->sharing.shared[slot]++;
    }
    return SQLITE_OK;
}

static void on_barrier(sqlite3_file *file) {}

static int on_unmap(sqlite3_file *file, int forget)
{
    struct handle *h = handle_of(file);
    for (int slot = 0; slot < SQLITE_SHM_NLOCK; slot++)
        unlock_slot(h, slot);
    if (h->mapped && --h->file->sharing.mapped == 0)
        for (int i = 0; i < DISK_REGIONS; i++) {
            free(h->file->sharing.regions[i]);
            h->file->sharing.regions[i] = NULL;
        }
    h->mapped = false;
    return SQLITE_OK;
}

static int on_close(sqlite3_file *file)
{
    struct handle *h = handle_of(file);
    on_unlock(file, SQLITE_LOCK_NONE);
    on_unmap(file, 0);
    disk_close(h->disk, h->file, h->forget);
    return SQLITE_OK;
}

static const sqlite3_io_methods METHODS = {
    .iVersion = 2,
    .xClose = on_close,
    .xRead = on_read,
    .xWrite = on_write,
    .xTruncate = on_truncate,
    .xSync = on_sync,
    .xFileSize = on_size,
    .xLock = on_lock,
    .xUnlock = on_unlock,
    .xCheckReservedLock = on_check_lock,
    .xFileControl = on_control,
    .xSectorSize = on_sector_size,
    .xDeviceCharacteristics = on_characteristics,
    .xShmMap = on_map,
    .xShmLock = on_lock_slots,
    .xShmBarrier = on_barrier,
    .xShmUnmap = on_unmap,
};

/* The directory. --------------------------------------------------------------------------------------------------- */

static struct disk *disk_of(sqlite3_vfs *vfs) { return vfs->pAppData; }

static int on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
    enum { JOURNALS = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL };
    struct disk *d = disk_of(vfs);
    struct handle *h = handle_of(file);
    struct disk_file *f = name ? disk_find(d, name) : NULL;
    *h = (struct handle){.disk = d};
    if (!disk_is_on(d))
        return SQLITE_IOERR;
    int r = fails(d, DISK_OPEN, SQLITE_CANTOPEN);
    if (r)
        return r;
    if (!f && !(flags & SQLITE_OPEN_CREATE))
        return SQLITE_CANTOPEN;
    if (!f && !disk_make(d, name ? name : "", &f))
        return SQLITE_IOERR;
    disk_open(f);
    h->file = f;
    h->base.pMethods = &METHODS;
    h->sync_dir = (flags & SQLITE_OPEN_CREATE) && (flags & JOURNALS);
    h->forget = flags & SQLITE_OPEN_DELETEONCLOSE;
    if (out_flags)
        *out_flags = flags;
    return SQLITE_OK;
}

static int on_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
    struct disk *d = disk_of(vfs);
    struct disk_file *f = disk_find(d, name);
    if (!disk_is_on(d))
        return SQLITE_IOERR;
    int r = fails(d, DISK_DELETE, SQLITE_IOERR_DELETE);
    if (r)
        return r;
    if (!f)
        return SQLITE_IOERR_DELETE_NOENT;
    if (!disk_remove(d, f) || (sync_dir && !disk_change(d)))
        return SQLITE_IOERR;
    if (sync_dir)
        disk_sync_dir(d);
    return SQLITE_OK;
}

static int on_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    const struct disk_file *f = disk_find(disk_of(vfs), name);
    *out = f && (flags != SQLITE_ACCESS_EXISTS || f->size > 0);
    return disk_is_on(disk_of(vfs)) ? fails(disk_of(vfs), DISK_LOOK, SQLITE_IOERR_ACCESS) : SQLITE_IOERR;
}

static int on_full_name(sqlite3_vfs *vfs, const char *name, int bytes, char *out)
{
    snprintf(out, (size_t)bytes, "%s", name);
    return SQLITE_OK;
}

static int on_randomness(sqlite3_vfs *vfs, int n, char *out)
{
    for (int i = 0; i < n; i++)
        out[i] = (char)power_chance(&disk_of(vfs)->chance, 256);
    return n;
}

static int on_last_error(sqlite3_vfs *vfs, int bytes, char *out) { return errno; }
static int on_sleep(sqlite3_vfs *vfs, int us) { return us; }

static int on_time(sqlite3_vfs *vfs, double *out_days)
{
    *out_days = 2460000.5;
    return SQLITE_OK;
}

struct sqlite3_vfs *vfs_new(struct disk *disk)
{
    sqlite3_vfs *vfs = allocate(sizeof *vfs);
    *vfs = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = sizeof(struct handle),
        .mxPathname = 60,
        .zName = "power",
        .pAppData = disk,
        .xOpen = on_open,
        .xDelete = on_delete,
        .xAccess = on_access,
        .xFullPathname = on_full_name,
        .xRandomness = on_randomness,
        .xSleep = on_sleep,
        .xCurrentTime = on_time,
        .xGetLastError = on_last_error,
    };
    sqlite3_vfs_register(vfs, 1);
    sqlite3_randomness(0, NULL);
    return vfs;
}

void vfs_free(struct sqlite3_vfs *vfs)
{
    sqlite3_vfs_unregister(vfs);
    free(vfs);
}
