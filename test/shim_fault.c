/* A disk that fills up and fails: LD_PRELOAD library for the scenarios' `disk` and `sync_fails`.
 *
 * The file $TEST_FAULT holds three decimal numbers of 20 digits, each with one byte behind it, mapped and shared with
 * whoever steers: how many bytes all files directly in $TEST_FAULT_DIR may hold together (0: no bound); how many syncs
 * there are until one fails with EIO (0: none fails); how many syncs there were. A write, truncation or
 * allocation that would make a file there larger than the bound allows fails with ENOSPC and does nothing; one that
 * fits in part is written in part, as a disk does. What lies elsewhere is not looked at. */
#undef _FILE_OFFSET_BITS /* else pwrite and pwrite64 would be one name */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIGITS = 20, CELL = DIGITS + 1 };
enum cell { CELL_BOUND, CELL_FAIL, CELL_SYNCS, CELL_COUNT };

/* The next definition of a symbol behind this library. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static char *cells(void)
{
    static char *map;
    const char *path = getenv("TEST_FAULT");
    if (map || !path)
        return map;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    char *p = mmap(NULL, CELL * CELL_COUNT, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return map = p == MAP_FAILED ? NULL : p;
}

static int64_t cell_get(enum cell c)
{
    int64_t value = 0;
    const char *p = cells();
    for (int i = 0; p && i < DIGITS; i++)
        value = value * 10 + (p[c * CELL + i] - '0');
    return value;
}

static void cell_set(enum cell c, int64_t value)
{
    char *p = cells();
    for (int i = DIGITS - 1; p && i >= 0; i--, value /= 10)
        p[c * CELL + i] = (char)('0' + value % 10);
}

static int64_t held(const struct stat *st)
{
    int64_t blocks = (int64_t)st->st_blocks * 512;
    return S_ISREG(st->st_mode) ? (blocks > st->st_size ? blocks : st->st_size) : 0;
}

/* What all files in the directory hold. */
static int64_t used(const char *dir)
{
    int64_t sum = 0;
    DIR *d = opendir(dir);
    struct stat st;
    for (struct dirent *e; d && (e = readdir(d));)
        if (!fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW))
            sum += held(&st);
    if (d)
        closedir(d);
    return sum;
}

static bool watched(int fd, const char *dir)
{
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path);
    size_t len = dir ? strlen(dir) : 0;
    return dir && n > (ssize_t)len && !memcmp(path, dir, len) && path[len] == '/';
}

/* How far fd may grow beyond its present size: a number of bytes, or INT64_MAX where nothing bounds it. */
static int64_t room(int fd)
{
    const char *dir = getenv("TEST_FAULT_DIR");
    int64_t bound = cell_get(CELL_BOUND);
    if (!bound || !watched(fd, dir))
        return INT64_MAX;
    int64_t left = bound - used(dir);
    return left > 0 ? left : 0;
}

/* How many of n bytes at offset may be written: n, fewer, or -1 with ENOSPC. */
static ssize_t allowed(int fd, size_t n, int64_t offset)
{
    int64_t left = room(fd);
    struct stat st;
    if (left == INT64_MAX || fstat(fd, &st))
        return (ssize_t)n;
    int64_t fits = held(&st) + left - offset;
    if (fits >= (int64_t)n)
        return (ssize_t)n;
    if (fits > 0)
        return (ssize_t)fits;
    errno = ENOSPC;
    return -1;
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t offset)
{
    ssize_t fits = allowed(fd, n, offset);
    return fits < 0 ? -1 : REAL(pwrite)(fd, bytes, (size_t)fits, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t offset)
{
    ssize_t fits = allowed(fd, n, offset);
    return fits < 0 ? -1 : REAL(pwrite64)(fd, bytes, (size_t)fits, offset);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    off_t at = lseek(fd, 0, SEEK_CUR);
    ssize_t fits = at < 0 ? (ssize_t)n : allowed(fd, n, at);
    return fits < 0 ? -1 : REAL(write)(fd, bytes, (size_t)fits);
}

/* May fd reach the size end? */
static bool may_reach(int fd, int64_t end)
{
    int64_t left = room(fd);
    struct stat st;
    if (left == INT64_MAX || fstat(fd, &st) || end - held(&st) <= left)
        return true;
    errno = ENOSPC;
    return false;
}

int ftruncate(int fd, off_t size) { return may_reach(fd, size) ? REAL(ftruncate)(fd, size) : -1; }
int ftruncate64(int fd, off64_t size) { return may_reach(fd, size) ? REAL(ftruncate64)(fd, size) : -1; }

int fallocate(int fd, int mode, off_t offset, off_t n)
{
    return may_reach(fd, offset + n) ? REAL(fallocate)(fd, mode, offset, n) : -1;
}

int fallocate64(int fd, int mode, off64_t offset, off64_t n)
{
    return may_reach(fd, offset + n) ? REAL(fallocate64)(fd, mode, offset, n) : -1;
}

int posix_fallocate(int fd, off_t offset, off_t n)
{
    return may_reach(fd, offset + n) ? REAL(posix_fallocate)(fd, offset, n) : ENOSPC;
}

int posix_fallocate64(int fd, off64_t offset, off64_t n)
{
    return may_reach(fd, offset + n) ? REAL(posix_fallocate64)(fd, offset, n) : ENOSPC;
}

/* Counts a sync; true if it is the one that fails. */
static bool sync_fails(int fd)
{
    if (!watched(fd, getenv("TEST_FAULT_DIR")))
        return false;
    cell_set(CELL_SYNCS, cell_get(CELL_SYNCS) + 1);
    int64_t until = cell_get(CELL_FAIL);
    if (until)
        cell_set(CELL_FAIL, until - 1);
    errno = EIO;
    return until == 1;
}

int fsync(int fd) { return sync_fails(fd) ? -1 : REAL(fsync)(fd); }
int fdatasync(int fd) { return sync_fails(fd) ? -1 : REAL(fdatasync)(fd); }
