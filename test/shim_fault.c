/* A disk that fills up and fails, and one that calls itself shared: LD_PRELOAD library for the scenarios' `disk`, `sync_fails`
 * and `shared`.
 *
 * The file $TEST_FAULT holds three decimal numbers of 20 digits, each with one byte behind it, mapped and shared with
 * whoever steers: how many bytes all files directly in $TEST_FAULT_DIR may hold together (0: no bound); how many syncs
 * there are until one fails with EIO (0: none fails); how many syncs there were. A write, truncation or
 * allocation that would make a file there larger than the bound allows fails with ENOSPC and does nothing; one that
 * fits in part is written in part, as a disk does. What lies elsewhere is not looked at.
 *
 * Four more numbers, where the file holds them, are for the store's own files (docket.db and what stands beside it): how many calls
 * there were (open, read, write, truncate, sync); the how manieth fails (0: none); how: with EIO, with ENOSPC, or a write in the
 * middle and then with EIO (enum how); and whether all of its kind that follow fail, too. Behind them a letter per call says which it
 * was, as far as the file reaches.
 *
 * Each sync takes $TEST_SLOW_SYNC ms longer, each flock $TEST_SLOW_LOCK.
 *
 * Below $TEST_SHARED every file system is NFS; with $TEST_NO_LOCKS it has no locks there, neither flock's nor fcntl's, and
 * with $TEST_SLOW a rename takes up to so many ms. The host is called $TEST_HOST. */
#undef _FILE_OFFSET_BITS /* else pwrite and pwrite64 would be one name */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { DIGITS = 20, CELL = DIGITS + 1 };
enum cell { CELL_BOUND, CELL_FAIL, CELL_SYNCS, CELL_CALLS, CELL_AT, CELL_HOW, CELL_ON, CELL_COUNT };
enum how { HOW_FINE, HOW_EIO, HOW_ENOSPC, HOW_HALF };

/* The next definition of a symbol behind this library. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static size_t cells_bytes; /* of the file, from the first use on */

static char *cells(void)
{
    static char *map;
    const char *path = getenv("TEST_FAULT");
    struct stat st;
    if (map || !path)
        return map;
    int fd = REAL(open)(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st))
        return NULL;
    cells_bytes = (size_t)st.st_size;
    char *p = mmap(NULL, cells_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return map = p == MAP_FAILED ? NULL : p;
}

static bool has_cell(enum cell c) { return cells() && cells_bytes >= (size_t)(c + 1) * CELL; }

static int64_t cell_get(enum cell c)
{
    int64_t value = 0;
    const char *p = cells();
    for (int i = 0; has_cell(c) && i < DIGITS; i++)
        value = value * 10 + (p[c * CELL + i] - '0');
    return value;
}

static void cell_set(enum cell c, int64_t value)
{
    char *p = cells();
    for (int i = DIGITS - 1; has_cell(c) && i >= 0; i--, value /= 10)
        p[c * CELL + i] = (char)('0' + value % 10);
}

static int64_t held(const struct stat *st)
{
    int64_t blocks = (int64_t)st->st_blocks * 512;
    return S_ISREG(st->st_mode) ? (blocks > st->st_size ? blocks : st->st_size) : 0;
}

/* Up to where a file has blocks already. Not from st_blocks: that counts what the file system keeps for itself, too. */
static int64_t reach(const struct stat *st) { return (st->st_size + 4095) / 4096 * 4096; }

static bool watched(int fd, const char *dir)
{
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path);
    size_t len = dir ? strlen(dir) : 0;
    return dir && n > (ssize_t)len && !memcmp(path, dir, len) && path[len] == '/';
}

/* What becomes of the next call on a file of the store: enum how. */
static enum how count_call(char letter)
{
    static char struck; /* the kind of the one that failed */
    int64_t n = cell_get(CELL_CALLS) + 1, at = cell_get(CELL_AT);
    size_t place = CELL * CELL_COUNT + (size_t)n;
    cell_set(CELL_CALLS, n);
    if (place < cells_bytes)
        cells()[place] = letter;
    if (at && n == at)
        struck = letter;
    return at && (n == at || (n > at && letter == struck && cell_get(CELL_ON))) ? (enum how)cell_get(CELL_HOW) : HOW_FINE;
}

static bool is_store(const char *path)
{
    const char *dir = getenv("TEST_FAULT_DIR"), *name = strrchr(path, '/');
    return dir && name && (size_t)(name - path) == strlen(dir) && !strncmp(path, dir, strlen(dir)) && !strncmp(name, "/docket.db", 10);
}

/* The same for a descriptor; HOW_FINE for others. Sets errno. */
static enum how judge(int fd, char letter)
{
    char link[64], path[PATH_MAX];
    if (!has_cell(CELL_ON))
        return HOW_FINE;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0)
        return HOW_FINE;
    path[n] = '\0';
    enum how how = is_store(path) ? count_call(letter) : HOW_FINE;
    errno = how == HOW_ENOSPC ? ENOSPC : EIO;
    return how;
}

/* What open files without a name hold. */
static int64_t used_nameless(const char *dir)
{
    int64_t sum = 0;
    DIR *d = opendir("/proc/self/fd");
    struct stat st;
    for (struct dirent *e; d && (e = readdir(d));) {
        int fd = atoi(e->d_name);
        if (!fstat(fd, &st) && st.st_nlink == 0 && watched(fd, dir))
            sum += held(&st);
    }
    if (d)
        closedir(d);
    return sum;
}

/* What all files in the directory hold. */
static int64_t used(const char *dir)
{
    int64_t sum = used_nameless(dir);
    DIR *d = opendir(dir);
    struct stat st;
    for (struct dirent *e; d && (e = readdir(d));)
        if (!fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW))
            sum += held(&st);
    if (d)
        closedir(d);
    return sum;
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
    int64_t fits = reach(&st) + left - offset;
    if (fits >= (int64_t)n)
        return (ssize_t)n;
    if (fits > 0)
        return (ssize_t)fits;
    errno = ENOSPC;
    return -1;
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t offset) { return pwrite64(fd, bytes, n, offset); }

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t offset)
{
    static int broken = -1; /* the rest of a half write fails when it is tried */
    enum how how = broken == fd ? HOW_EIO : judge(fd, 'w');
    broken = how == HOW_HALF && n > 1 ? fd : -1;
    if (how == HOW_HALF && n > 1)
        return REAL(pwrite64)(fd, bytes, n / 2, offset);
    if (how != HOW_FINE) {
        errno = how == HOW_ENOSPC ? ENOSPC : EIO;
        return -1;
    }
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
    if (left == INT64_MAX || fstat(fd, &st) || end - reach(&st) <= left)
        return true;
    errno = ENOSPC;
    return false;
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }
int ftruncate64(int fd, off64_t size)
{
    return judge(fd, 't') == HOW_FINE && may_reach(fd, size) ? REAL(ftruncate64)(fd, size) : -1;
}

ssize_t pread(int fd, void *bytes, size_t n, off_t offset) { return pread64(fd, bytes, n, offset); }
ssize_t pread64(int fd, void *bytes, size_t n, off64_t offset)
{
    return judge(fd, 'r') == HOW_FINE ? REAL(pread64)(fd, bytes, n, offset) : -1;
}

static int open_store(const char *path, int flags, mode_t mode)
{
    enum how how = has_cell(CELL_ON) && is_store(path) ? count_call('o') : HOW_FINE;
    errno = how == HOW_ENOSPC ? ENOSPC : EIO;
    return how == HOW_FINE ? REAL(open64)(path, flags, mode) : -1;
}

static mode_t mode_of(int flags, va_list args) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0; }

int open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = mode_of(flags, args);
    va_end(args);
    return open_store(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = mode_of(flags, args);
    va_end(args);
    return open_store(path, flags, mode);
}

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

/* What the disk says it has room for is what is left of the bound. */
int statvfs64(const char *path, struct statvfs64 *out)
{
    int r = REAL(statvfs64)(path, out);
    int fd = r ? -1 : open(path, O_PATH | O_CLOEXEC);
    int64_t left = fd < 0 ? INT64_MAX : room(fd);
    if (fd >= 0)
        close(fd);
    if (left != INT64_MAX)
        out->f_bavail = (fsblkcnt64_t)left / out->f_frsize;
    return r;
}

static bool shared(const char *path)
{
    const char *dir = getenv("TEST_SHARED");
    char real[PATH_MAX];
    return dir && realpath(path, real) && !strncmp(real, dir, strlen(dir));
}

int statfs64(const char *path, struct statfs64 *out)
{
    enum { NFS = 0x6969 };
    int r = REAL(statfs64)(path, out);
    if (r == 0 && shared(path))
        out->f_type = NFS;
    return r;
}

int statfs(const char *path, struct statfs *out) { return statfs64(path, (struct statfs64 *)out); }

static bool without_locks(int fd)
{
    errno = ENOLCK;
    return getenv("TEST_NO_LOCKS") && watched(fd, getenv("TEST_SHARED"));
}

int flock(int fd, int how)
{
    const char *ms = getenv("TEST_SLOW_LOCK");
    if (ms)
        usleep((useconds_t)atoi(ms) * 1000);
    return without_locks(fd) ? -1 : REAL(flock)(fd, how);
}

int fcntl64(int fd, int what, ...)
{
    va_list args;
    va_start(args, what);
    void *arg = va_arg(args, void *);
    va_end(args);
    bool locks = what == F_SETLK || what == F_SETLKW || what == F_GETLK;
    return locks && without_locks(fd) ? -1 : REAL(fcntl64)(fd, what, arg);
}

int rename(const char *from, const char *to)
{
    const char *slow = getenv("TEST_SLOW");
    if (slow && shared(from))
        usleep((useconds_t)(getpid() % 8 * atoi(slow) * 1000 / 8));
    return REAL(rename)(from, to);
}

int gethostname(char *name, size_t room)
{
    const char *given = getenv("TEST_HOST");
    if (!given)
        return REAL(gethostname)(name, room);
    snprintf(name, room, "%s", given);
    return 0;
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

/* A disk that takes its time, so that a kill in the middle of a commit is no matter of luck. */
static void take_time(void)
{
    const char *ms = getenv("TEST_SLOW_SYNC");
    if (ms)
        usleep((useconds_t)atoi(ms) * 1000);
}

int fsync(int fd)
{
    take_time();
    return judge(fd, 's') != HOW_FINE || sync_fails(fd) ? -1 : REAL(fsync)(fd);
}

int fdatasync(int fd)
{
    take_time();
    return judge(fd, 's') != HOW_FINE || sync_fails(fd) ? -1 : REAL(fdatasync)(fd);
}
