/* Each file has two contents: what everyone sees (now) and what is safe on the disk (safe), and marks the sectors in
 * which they may differ. A sync makes them equal. When the power goes, chance decides for each marked sector on its own
 * whether it is kept, lost or torn (mostly kept at one cut, mostly not at another), for each unsynced size whether it
 * is the old one, the new one or one in between, and for each file made or deleted without a sync of the directory
 * whether it is there. The operation in progress is done first and then subject to the same chance (a sync in progress
 * is not done), which tears it. From then on the disk is off until disk_on.
 *
 * What a torn sector holds depends on what the disk promises: if it is powersafe, a new beginning and an old end, which
 * changes no byte that was not written; else junk, all of it. */
#include "power_disk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "power_chance.h"

enum { FIRST_BYTES = 64 * 1024 };

static uint64_t chance(struct disk *d, uint64_t bound) { return power_chance(&d->chance, bound); }

static void *allocate(size_t n)
{
    void *p = calloc(1, n);
    if (!p)
        abort();
    return p;
}

/* Entries. --------------------------------------------------------------------------------------------------------- */

static void forget_unused(struct disk *d)
{
    for (struct disk_file **at = &d->files; *at;) {
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

void disk_sync_dir(struct disk *d)
{
    for (struct disk_file *f = d->files; f; f = f->next)
        f->listed_safe = f->listed;
    forget_unused(d);
}

struct disk_file *disk_find(const struct disk *d, const char *name)
{
    for (struct disk_file *f = d->files; f; f = f->next)
        if (f->listed && strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

void disk_open(struct disk_file *f) { f->handles++; }

void disk_close(struct disk *d, struct disk_file *f, bool forget)
{
    f->handles--;
    if (forget && d->on)
        f->listed = false;
    forget_unused(d);
}

/* A cut: what is left. --------------------------------------------------------------------------------------------- */

/* The first marked sector from `sector` on; -1: none. */
static int64_t next_mark(const struct disk_file *f, int64_t sector)
{
    int64_t sectors = f->capacity / DISK_SECTOR;
    const uint8_t *mark = sector < sectors ? memchr(f->marks + sector, 1, (size_t)(sectors - sector)) : NULL;
    return mark ? mark - f->marks : -1;
}

static void keep_sector(struct disk_file *f, int64_t s)
{
    memcpy(f->safe + s * DISK_SECTOR, f->now + s * DISK_SECTOR, DISK_SECTOR);
}

static void tear_sector(struct disk *d, struct disk_file *f, int64_t s)
{
    uint8_t *safe = f->safe + s * DISK_SECTOR;
    if (d->powersafe)
        memcpy(safe, f->now + s * DISK_SECTOR, chance(d, DISK_SECTOR));
    else
        for (int i = 0; i < DISK_SECTOR; i++)
            safe[i] = (uint8_t)chance(d, 256);
}

static int64_t size_left(struct disk *d, const struct disk_file *f)
{
    int64_t low = f->size < f->safe_size ? f->size : f->safe_size, high = f->size + f->safe_size - low;
    switch (chance(d, 4)) {
    case 0: return f->size;
    case 1: return low + (int64_t)chance(d, (uint64_t)(high - low) / DISK_SECTOR + 1) * DISK_SECTOR;
    default: return chance(d, 2) ? low : high;
    }
}

static void lose_contents(struct disk *d, struct disk_file *f, uint64_t kept_percent)
{
    for (int64_t s = next_mark(f, 0); s >= 0; s = next_mark(f, s + 1)) {
        if (chance(d, 100) < kept_percent)
            keep_sector(f, s);
        else if (chance(d, 2))
            tear_sector(d, f, s);
        f->marks[s] = 0;
    }
    f->size = f->safe_size = size_left(d, f);
    memset(f->safe + f->size, 0, (size_t)(f->capacity - f->size));
    memcpy(f->now, f->safe, (size_t)f->capacity);
}

/* Each unsynced entry is there or not; of two with one name the newer. */
static void lose_entries(struct disk *d)
{
    for (struct disk_file *f = d->files; f; f = f->next) {
        if (f->listed != f->listed_safe)
            f->listed = chance(d, 2);
        struct disk_file *older = f->listed ? disk_find(d, f->name) : f;
        if (older != f)
            older->listed = older->listed_safe = false;
        f->listed_safe = f->listed;
    }
}

void disk_cut(struct disk *d)
{
    static const uint64_t KEPT_PERCENT[] = {0, 20, 50, 95, 100};
    uint64_t kept_percent = KEPT_PERCENT[chance(d, sizeof KEPT_PERCENT / sizeof KEPT_PERCENT[0])];
    d->on = false;
    for (struct disk_file *f = d->files; f; f = f->next)
        lose_contents(d, f, kept_percent);
    lose_entries(d);
}

bool disk_change(struct disk *d)
{
    if (++d->operations == d->cut_at)
        disk_cut(d);
    return d->on;
}

/* Contents. -------------------------------------------------------------------------------------------------------- */

static void grow(struct disk_file *f, int64_t size)
{
    int64_t capacity = f->capacity ? f->capacity : FIRST_BYTES;
    while (capacity < size)
        capacity *= 2;
    uint8_t **parts[] = {&f->now, &f->safe, &f->marks};
    for (int i = 0; i < 3 && capacity > f->capacity; i++) {
        int64_t unit = i == 2 ? DISK_SECTOR : 1;
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
        memset(f->marks + from / DISK_SECTOR, 1, (size_t)((to - 1) / DISK_SECTOR - from / DISK_SECTOR + 1));
}

bool disk_make(struct disk *d, const char *name, struct disk_file **out_file)
{
    struct disk_file *f = allocate(sizeof *f), **end = &d->files;
    assert(strlen(name) < sizeof f->name);
    strcpy(f->name, name);
    f->listed = name[0] != '\0';
    grow(f, FIRST_BYTES);
    while (*end)
        end = &(*end)->next;
    *end = f;
    if (!disk_change(d))
        return false;
    *out_file = f;
    return true;
}

bool disk_remove(struct disk *d, struct disk_file *f)
{
    f->listed = false;
    return disk_change(d);
}

int disk_read(const struct disk_file *f, void *out, int n, int64_t from)
{
    int64_t there = f->size > from ? f->size - from : 0;
    int got = there < n ? (int)there : n;
    if (got)
        memcpy(out, f->now + from, (size_t)got);
    memset((char *)out + got, 0, (size_t)(n - got));
    return got;
}

bool disk_write(struct disk *d, struct disk_file *f, const void *bytes, int n, int64_t from)
{
    grow(f, from + n);
    memcpy(f->now + from, bytes, (size_t)n);
    mark(f, from, from + n);
    f->size = f->size > from + n ? f->size : from + n;
    return disk_change(d);
}

bool disk_truncate(struct disk *d, struct disk_file *f, int64_t size)
{
    if (size < f->size) {
        memset(f->now + size, 0, (size_t)(f->size - size));
        mark(f, size, f->size);
        f->size = size;
    }
    return disk_change(d);
}

bool disk_sync(struct disk *d, struct disk_file *f)
{
    if (!disk_change(d))
        return false;
    for (int64_t s = next_mark(f, 0); s >= 0; s = next_mark(f, s + 1)) {
        keep_sector(f, s);
        f->marks[s] = 0;
    }
    f->safe_size = f->size;
    return true;
}

void disk_sync_falsely(struct disk_file *f) { memset(f->marks, 0, (size_t)(f->capacity / DISK_SECTOR)); }

/* The whole of it. ------------------------------------------------------------------------------------------------- */

struct disk *disk_new(uint64_t seed, bool powersafe)
{
    struct disk *d = allocate(sizeof *d);
    *d = (struct disk){.on = true, .chance = seed, .powersafe = powersafe};
    return d;
}

void disk_free(struct disk *d)
{
    for (struct disk_file *f = d->files; f; f = f->next) {
        assert(!f->handles);
        f->listed = f->listed_safe = false;
    }
    forget_unused(d);
    free(d);
}

void disk_cut_in(struct disk *d, long n) { d->cut_at = n ? d->operations + n : 0; }
void disk_leave(struct disk *d) { d->on = false; }
bool disk_is_on(const struct disk *d) { return d->on; }
long disk_operations(const struct disk *d) { return d->operations; }

void disk_on(struct disk *d)
{
    for (struct disk_file *f = d->files; f; f = f->next)
        assert(!f->handles);
    d->on = true;
    d->cut_at = 0;
    forget_unused(d);
}
