/* Each file has two contents: what everyone sees (now) and what is safe on the disk (safe), and marks the sectors in
 * which they may differ. A sync makes them equal. When the power goes, chance decides for each marked sector on its own
 * whether it is kept, lost or torn (mostly kept at one cut, mostly not at another), for each unsynced size whether it
 * is the old one, the new one or one in between, and for each file made or deleted without a sync of the directory
 * whether it is there. The operation in progress is done first and then subject to the same chance (a sync in progress
 * is not done), which tears it. From then on everything fails with SQLITE_IOERR until power_on.
 *
 * What SQLite takes into account is what xDeviceCharacteristics says. 0 promises nothing: pages may be torn (no ATOMIC:
 * every page is journalled), a file may grow before its bytes arrive (no SAFE_APPEND: the journal's count of pages is
 * written after a sync of its own), writes arrive in any order (no SEQUENTIAL: it syncs between steps, also after a new
 * header of the log), and a write may spoil the rest of its sector (no POWERSAFE_OVERWRITE: a commit fills its last
 * sector in the log with copies of its last page, so that the next write touches no synced sector). There a torn sector
 * is junk, all of it. SQLite's own VFS for Linux claims POWERSAFE_OVERWRITE and then does not fill up sectors; a disk
 * made so tears a sector into a new beginning and an old end, which changes no byte that was not written.
 *
 * Filling up does not cover everything: where a cut loses the copies but not the commit before them, SQLite goes on
 * writing right behind that commit, in the middle of its last sector, and a second cut may spoil it. Moving the log
 * into the database before anything is written to an opened store closes that gap.
 *
 * As in SQLite's own VFS, the first sync of a journal or log that was opened to be made syncs the directory, and so
 * does a deletion when asked to; the database's own entry is the caller's business (power_sync_dir). There is one
 * directory and one thread. Shared memory is memory; the last to leave forgets it. */
#include "power_vfs.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECTOR = 512, FIRST_BYTES = 64 * 1024, REGIONS = 64 };

struct disk_file {
    struct disk_file *next; /* older ones first */
    char name[64];          /* empty: a temporary file */
    bool listed, listed_safe;
    uint8_t *now, *safe;    /* capacity bytes each, zero behind their size */
    uint8_t *marks;         /* 1 per sector that is not synced */
    int64_t size, safe_size, capacity;
    int handles;

    int readers;            /* handles with a lock on the file */
    struct handle *writer;  /* the one with more than a shared lock */
    void *regions[REGIONS]; /* shared memory, while anyone maps it */
    int mapped, shared[SQLITE_SHM_NLOCK];
    unsigned exclusive;     /* a bit per slot */
};

struct power {
    sqlite3_vfs vfs;
    uint64_t chance;
    bool on, powersafe;
    long operations, cut_at;
    struct disk_file *files;
};

struct handle {
    sqlite3_file base;
    struct power *power;
    struct disk_file *file;
    int lock;
    bool sync_dir, forget;      /* with the next sync; when closed */
    bool mapped;
    unsigned shared, exclusive; /* slots of shared memory it has locked */
};

uint64_t power_chance(uint64_t *state, uint64_t bound)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return (x ^ (x >> 31)) % bound;
}

static uint64_t chance(struct power *p, uint64_t bound) { return power_chance(&p->chance, bound); }

static void *allocate(size_t n)
{
    void *p = calloc(1, n);
    if (!p)
        abort();
    return p;
}

/* The disk: what is safe, and what is left after a cut. ------------------------------------------------------------ */

static void forget_unused(struct power *p)
{
    for (struct disk_file **at = &p->files; *at;) {
        struct disk_file *f = *at;
        if (f->listed || f->listed_safe || f->handles) {
            at = &f->next;
            continue;
        }
        *at = f->next;
        free(f->now);
        free(f->safe);
        free(f->marks);
        free(f);
    }
}

void power_sync_dir(struct power *p)
{
    for (struct disk_file *f = p->files; f; f = f->next)
        f->listed_safe = f->listed;
    forget_unused(p);
}

/* The first marked sector from `sector` on; -1: none. */
static int64_t next_mark(const struct disk_file *f, int64_t sector)
{
    int64_t sectors = f->capacity / SECTOR;
    const uint8_t *mark = sector < sectors ? memchr(f->marks + sector, 1, (size_t)(sectors - sector)) : NULL;
    return mark ? mark - f->marks : -1;
}

static void sync_contents(struct disk_file *f)
{
    for (int64_t s = next_mark(f, 0); s >= 0; s = next_mark(f, s + 1)) {
        memcpy(f->safe + s * SECTOR, f->now + s * SECTOR, SECTOR);
        f->marks[s] = 0;
    }
    f->safe_size = f->size;
}

static void tear_sector(struct power *p, uint8_t *safe, const uint8_t *now)
{
    if (p->powersafe)
        memcpy(safe, now, chance(p, SECTOR));
    else
        for (int i = 0; i < SECTOR; i++)
            safe[i] = (uint8_t)chance(p, 256);
}

static int64_t size_left(struct power *p, const struct disk_file *f)
{
    int64_t low = f->size < f->safe_size ? f->size : f->safe_size, high = f->size + f->safe_size - low;
    switch (chance(p, 4)) {
    case 0: return f->size;
    case 1: return low + (int64_t)chance(p, (uint64_t)(high - low) / SECTOR + 1) * SECTOR;
    default: return chance(p, 2) ? low : high;
    }
}

static void lose_contents(struct power *p, struct disk_file *f, uint64_t kept_percent)
{
    for (int64_t s = next_mark(f, 0); s >= 0; s = next_mark(f, s + 1)) {
        if (chance(p, 100) < kept_percent)
            memcpy(f->safe + s * SECTOR, f->now + s * SECTOR, SECTOR);
        else if (chance(p, 2))
            tear_sector(p, f->safe + s * SECTOR, f->now + s * SECTOR);
        f->marks[s] = 0;
    }
    f->size = f->safe_size = size_left(p, f);
    memset(f->safe + f->size, 0, (size_t)(f->capacity - f->size));
    memcpy(f->now, f->safe, (size_t)f->capacity);
}

static struct disk_file *find(struct power *p, const char *name)
{
    for (struct disk_file *f = p->files; f; f = f->next)
        if (f->listed && strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

/* Each unsynced entry is there or not; of two with one name the newer. */
static void lose_entries(struct power *p)
{
    for (struct disk_file *f = p->files; f; f = f->next) {
        if (f->listed != f->listed_safe)
            f->listed = chance(p, 2);
        struct disk_file *older = f->listed ? find(p, f->name) : f;
        if (older != f)
            older->listed = older->listed_safe = false;
        f->listed_safe = f->listed;
    }
}

static void cut(struct power *p)
{
    static const uint64_t KEPT_PERCENT[] = {0, 20, 50, 95, 100};
    uint64_t kept_percent = KEPT_PERCENT[chance(p, sizeof KEPT_PERCENT / sizeof KEPT_PERCENT[0])];
    p->on = false;
    for (struct disk_file *f = p->files; f; f = f->next)
        lose_contents(p, f, kept_percent);
    lose_entries(p);
}

/* Counts a changing operation; SQLITE_IOERR if the power goes in it. */
static int changing(struct power *p)
{
    if (++p->operations != p->cut_at)
        return SQLITE_OK;
    cut(p);
    return SQLITE_IOERR;
}

/* Files. ----------------------------------------------------------------------------------------------------------- */

static struct handle *handle_of(sqlite3_file *file) { return (struct handle *)file; }
static bool is_off(sqlite3_file *file) { return !handle_of(file)->power->on; }

static void grow(struct disk_file *f, int64_t size)
{
    int64_t capacity = f->capacity ? f->capacity : FIRST_BYTES;
    while (capacity < size)
        capacity *= 2;
    uint8_t **parts[] = {&f->now, &f->safe, &f->marks};
    for (int i = 0; i < 3 && capacity > f->capacity; i++) {
        int64_t unit = i == 2 ? SECTOR : 1;
        uint8_t *more = allocate((size_t)(capacity / unit));
        if (f->capacity)
            memcpy(more, *parts[i], (size_t)(f->capacity / unit));
        free(*parts[i]);
        *parts[i] = more;
    }
    f->capacity = capacity;
}

static void mark(struct disk_file *f, int64_t from, int64_t to)
{
    if (to > from)
        memset(f->marks + from / SECTOR, 1, (size_t)((to - 1) / SECTOR - from / SECTOR + 1));
}

static int on_read(sqlite3_file *file, void *out, int n, sqlite3_int64 from)
{
    const struct disk_file *f = handle_of(file)->file;
    if (is_off(file))
        return SQLITE_IOERR;
    int64_t there = f->size > from ? f->size - from : 0;
    int got = there < n ? (int)there : n;
    if (got)
        memcpy(out, f->now + from, (size_t)got);
    memset((char *)out + got, 0, (size_t)(n - got));
    return got == n ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int on_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 from)
{
    struct disk_file *f = handle_of(file)->file;
    if (is_off(file))
        return SQLITE_IOERR;
    grow(f, from + n);
    memcpy(f->now + from, bytes, (size_t)n);
    mark(f, from, from + n);
    f->size = f->size > from + n ? f->size : from + n;
    return changing(handle_of(file)->power);
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct disk_file *f = handle_of(file)->file;
    if (is_off(file))
        return SQLITE_IOERR;
    if (size < f->size) {
        memset(f->now + size, 0, (size_t)(f->size - size));
        mark(f, size, f->size);
        f->size = size;
    }
    return changing(handle_of(file)->power);
}

static int on_sync(sqlite3_file *file, int flags)
{
    struct handle *h = handle_of(file);
    int r = is_off(file) ? SQLITE_IOERR : changing(h->power);
    if (r)
        return r;
    sync_contents(h->file);
    if (h->sync_dir)
        power_sync_dir(h->power);
    h->sync_dir = false;
    return SQLITE_OK;
}

static int on_size(sqlite3_file *file, sqlite3_int64 *out_size)
{
    *out_size = handle_of(file)->file->size;
    return is_off(file) ? SQLITE_IOERR : SQLITE_OK;
}

static int on_unlock(sqlite3_file *file, int level)
{
    struct handle *h = handle_of(file);
    if (level < h->lock && h->file->writer == h)
        h->file->writer = NULL;
    if (level == SQLITE_LOCK_NONE && h->lock > SQLITE_LOCK_NONE)
        h->file->readers--;
    h->lock = level < h->lock ? level : h->lock;
    return SQLITE_OK;
}

static int on_lock(sqlite3_file *file, int level)
{
    struct handle *h = handle_of(file), *writer = h->file->writer;
    if (is_off(file))
        return SQLITE_IOERR;
    if (level <= h->lock)
        return SQLITE_OK;
    if (writer && writer != h && (level > SQLITE_LOCK_SHARED || writer->lock > SQLITE_LOCK_RESERVED))
        return SQLITE_BUSY;
    if (level == SQLITE_LOCK_EXCLUSIVE && h->file->readers > 1)
        return SQLITE_BUSY;
    h->file->readers += h->lock == SQLITE_LOCK_NONE;
    if (level > SQLITE_LOCK_SHARED)
        h->file->writer = h;
    h->lock = level;
    return SQLITE_OK;
}

static int on_check_lock(sqlite3_file *file, int *out_reserved)
{
    *out_reserved = handle_of(file)->file->writer != NULL;
    return is_off(file) ? SQLITE_IOERR : SQLITE_OK;
}

static int on_control(sqlite3_file *file, int op, void *arg) { return SQLITE_NOTFOUND; }
static int on_sector_size(sqlite3_file *file) { return SECTOR; }

static int on_characteristics(sqlite3_file *file)
{
    return handle_of(file)->power->powersafe ? SQLITE_IOCAP_POWERSAFE_OVERWRITE : 0;
}

/* Shared memory. --------------------------------------------------------------------------------------------------- */

static int on_map(sqlite3_file *file, int region, int bytes, int extend, void volatile **out_memory)
{
    struct handle *h = handle_of(file);
    *out_memory = NULL;
    if (is_off(file))
        return SQLITE_IOERR;
    assert(region < REGIONS);
    h->file->mapped += !h->mapped;
    h->mapped = true;
    if (!h->file->regions[region] && extend)
        h->file->regions[region] = allocate((size_t)bytes);
    *out_memory = h->file->regions[region];
    return SQLITE_OK;
}

static void unlock_slot(struct handle *h, int slot)
{
    unsigned bit = 1u << slot;
    h->file->shared[slot] -= (h->shared & bit) != 0;
    h->file->exclusive &= ~(h->exclusive & bit);
    h->shared &= ~bit;
    h->exclusive &= ~bit;
}

static bool slot_is_free(const struct handle *h, int slot, bool exclusive)
{
    unsigned bit = 1u << slot;
    int others = h->file->shared[slot] - ((h->shared & bit) != 0);
    return !(h->file->exclusive & ~h->exclusive & bit) && !(exclusive && others);
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
            h->exclusive |= 1u << slot, h->file->exclusive |= 1u << slot;
        else if (lock)
            h->shared |= 1u << slot, h->file->shared[slot]++;
    }
    return SQLITE_OK;
}

static void on_barrier(sqlite3_file *file) {}

static int on_unmap(sqlite3_file *file, int forget)
{
    struct handle *h = handle_of(file);
    for (int slot = 0; slot < SQLITE_SHM_NLOCK; slot++)
        unlock_slot(h, slot);
    if (h->mapped && --h->file->mapped == 0)
        for (int i = 0; i < REGIONS; i++) {
            free(h->file->regions[i]);
            h->file->regions[i] = NULL;
        }
    h->mapped = false;
    return SQLITE_OK;
}

static int on_close(sqlite3_file *file)
{
    struct handle *h = handle_of(file);
    on_unlock(file, SQLITE_LOCK_NONE);
    on_unmap(file, 0);
    h->file->handles--;
    if (h->forget && h->power->on)
        h->file->listed = false;
    forget_unused(h->power);
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

static struct power *power_of(sqlite3_vfs *vfs) { return vfs->pAppData; }

static struct disk_file *make(struct power *p, const char *name)
{
    struct disk_file *f = allocate(sizeof *f), **end = &p->files;
    assert(strlen(name) < sizeof f->name);
    strcpy(f->name, name);
    f->listed = name[0] != '\0';
    grow(f, FIRST_BYTES);
    while (*end)
        end = &(*end)->next;
    *end = f;
    return f;
}

static int on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
    enum { JOURNALS = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL };
    struct power *p = power_of(vfs);
    struct handle *h = handle_of(file);
    struct disk_file *f = name ? find(p, name) : NULL;
    *h = (struct handle){.power = p};
    int r = !p->on ? SQLITE_IOERR : f || (flags & SQLITE_OPEN_CREATE) ? SQLITE_OK : SQLITE_CANTOPEN;
    if (r == SQLITE_OK && !f) {
        f = make(p, name ? name : "");
        r = changing(p);
    }
    if (r)
        return r;
    f->handles++;
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
    struct power *p = power_of(vfs);
    struct disk_file *f = find(p, name);
    if (!p->on)
        return SQLITE_IOERR;
    if (!f)
        return SQLITE_IOERR_DELETE_NOENT;
    f->listed = false;
    int r = changing(p);
    if (r == SQLITE_OK && sync_dir)
        r = changing(p);
    if (r == SQLITE_OK && sync_dir)
        power_sync_dir(p);
    return r;
}

static int on_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    const struct disk_file *f = find(power_of(vfs), name);
    *out = f && (flags != SQLITE_ACCESS_EXISTS || f->size > 0);
    return power_of(vfs)->on ? SQLITE_OK : SQLITE_IOERR;
}

static int on_full_name(sqlite3_vfs *vfs, const char *name, int bytes, char *out)
{
    snprintf(out, (size_t)bytes, "%s", name);
    return SQLITE_OK;
}

static int on_randomness(sqlite3_vfs *vfs, int n, char *out)
{
    for (int i = 0; i < n; i++)
        out[i] = (char)chance(power_of(vfs), 256);
    return n;
}

static int on_sleep(sqlite3_vfs *vfs, int us) { return us; }

static int on_time(sqlite3_vfs *vfs, double *out_days)
{
    *out_days = 2460000.5;
    return SQLITE_OK;
}

struct power *power_new(uint64_t seed, bool powersafe)
{
    struct power *p = allocate(sizeof *p);
    *p = (struct power){.on = true, .chance = seed, .powersafe = powersafe};
    p->vfs = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = sizeof(struct handle),
        .mxPathname = 60,
        .zName = "power",
        .pAppData = p,
        .xOpen = on_open,
        .xDelete = on_delete,
        .xAccess = on_access,
        .xFullPathname = on_full_name,
        .xRandomness = on_randomness,
        .xSleep = on_sleep,
        .xCurrentTime = on_time,
    };
    sqlite3_vfs_register(&p->vfs, 1);
    sqlite3_randomness(0, NULL);
    return p;
}

void power_free(struct power *p)
{
    sqlite3_vfs_unregister(&p->vfs);
    for (struct disk_file *f = p->files; f; f = f->next) {
        assert(!f->handles);
        f->listed = f->listed_safe = false;
    }
    forget_unused(p);
    free(p);
}

void power_cut_in(struct power *p, long n) { p->cut_at = n ? p->operations + n : 0; }
bool power_is_on(const struct power *p) { return p->on; }
long power_operations(const struct power *p) { return p->operations; }

void power_on(struct power *p)
{
    for (struct disk_file *f = p->files; f; f = f->next)
        assert(!f->handles);
    p->on = true;
    p->cut_at = 0;
    forget_unused(p);
}
