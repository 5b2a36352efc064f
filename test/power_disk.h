/* A disk in memory that loses power: one directory of files, each with what everyone sees and what is safe. Knows
 * nothing of SQLite; power_vfs.c puts it below one. Tests steer it by the first group of functions. */
#ifndef DOCKET_TEST_POWER_DISK_H
#define DOCKET_TEST_POWER_DISK_H

#include <stdbool.h>
#include <stdint.h>

enum { DISK_SECTOR = 512, DISK_REGIONS = 64, DISK_SLOTS = 8 };

struct disk_file {
    struct disk_file *next; /* older ones first */
    char name[64];          /* empty: a temporary file */
    bool listed, listed_safe;
    uint8_t *now, *safe;    /* capacity bytes each, zero behind their size */
    uint8_t *marks;         /* 1 per sector that is not synced */
    int64_t size, safe_size, capacity;
    int handles;

    /* What those who have it open keep of each other; the disk does not look at it. */
    struct {
        int readers;                 /* handles with a lock on the file */
        struct handle *writer;       /* the one with more than a shared lock */
        void *regions[DISK_REGIONS]; /* shared memory, while anyone maps it */
        int mapped, shared[DISK_SLOTS];
        unsigned exclusive;          /* a bit per slot */
    } sharing;
};

/* What may be done on it, and what may become of that: tests hand in who decides (power_test decides nothing). */
enum disk_call {
    DISK_READ,
    DISK_WRITE,
    DISK_SYNC,
    DISK_TRUNCATE,
    DISK_SIZE,
    DISK_OPEN,
    DISK_DELETE,
    DISK_LOOK,
    DISK_LOCK,
    DISK_MAP,
    DISK_CALLS
};
enum disk_fate {
    DISK_FINE,
    DISK_FAILS,         /* an I/O error; nothing was done */
    DISK_TEARS,         /* an I/O error in the middle of a write */
    DISK_LOSES,         /* an I/O error of a sync; what it should have kept counts as synced from now on, and is not */
    DISK_HAS_NO_ROOM,   /* nothing was done */
    DISK_RUNS_FULL,     /* the first half of a write still had room */
    DISK_FATES
};
typedef enum disk_fate disk_fate_fn(void *arg, enum disk_call call);

struct disk {
    uint64_t chance;
    bool on, powersafe;
    long operations, cut_at;
    struct disk_file *files;
    disk_fate_fn *fate; /* NULL: all is fine */
    void *fate_arg;
};

/* An empty disk with the power on. powersafe: it promises what SQLite believes of a usual Linux file system
 * (SQLITE_IOCAP_POWERSAFE_OVERWRITE: a write never harms bytes beside it); else it promises nothing. */
struct disk *disk_new(uint64_t seed, bool powersafe);
void disk_free(struct disk *d); /* no file may be open */

/* The power goes in the n-th changing operation from now: a write, truncation, sync, creation or deletion. 0: it
 * stays. */
void disk_cut_in(struct disk *d, long n);

/* The power is back, with what the disk has kept. Files opened before it went must have been closed. */
void disk_on(struct disk *d);

/* The power goes at once; or whoever used the disk is gone, and what they wrote stays. */
void disk_cut(struct disk *d);
void disk_leave(struct disk *d);

bool disk_is_on(const struct disk *d);
long disk_operations(const struct disk *d); /* changing ones, so far */

/* As fsync of the directory: files made and deleted until now stay so. Not counted as an operation. */
void disk_sync_dir(struct disk *d);

/* Files, while the power is on. What returns bool is a changing operation, false if the power went in it. */

struct disk_file *disk_find(const struct disk *d, const char *name); /* borrowed; NULL: there is none */
bool disk_make(struct disk *d, const char *name, struct disk_file **out_file); /* name "": a temporary file */
bool disk_remove(struct disk *d, struct disk_file *f);
bool disk_write(struct disk *d, struct disk_file *f, const void *bytes, int n, int64_t from);
bool disk_truncate(struct disk *d, struct disk_file *f, int64_t size);
bool disk_sync(struct disk *d, struct disk_file *f);
void disk_sync_falsely(struct disk_file *f); /* nothing is kept, and the next sync will not keep it either */
bool disk_change(struct disk *d); /* nothing but the count: before a sync of the directory that is to be one */

/* Fills out with n bytes, zeros where the file has none. Returns how many it had. */
int disk_read(const struct disk_file *f, void *out, int n, int64_t from);

/* A file that is open stays, whatever becomes of its entry. forget: the entry goes with this handle. */
void disk_open(struct disk_file *f);
void disk_close(struct disk *d, struct disk_file *f, bool forget);

#endif
