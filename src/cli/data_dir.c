/* See data_dir.h. The lock is the kernel's (flock), so it ends with its process, however that ends; the file's text only
 * tells people who has it. Where hosts share the file system, that lock may hold nobody back, or not be there at all:
 * host_lock.c decides first. */
#include "cli/data_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/file_system.h"
#include "base/limits.h"
#include "base/log.h"

enum { TOKEN_BYTES = 24, TOKEN_TEXT_MAX = 1024, DIR_MODE = 0700, SECRET_MODE = 0600, GROUP_SECRET_MODE = 0640 };

static char *inside(const struct data_dir *d, struct arena *a, const char *name)
{
    return arena_printf(a, "%s/%s", d->path, name);
}

static int refuse_in_use(const struct data_dir *d, struct err *e)
{
    char pid[32] = "";
    ssize_t n = pread(d->lock_fd, pid, sizeof pid - 1, 0);
    long number = n > 0 ? strtol(pid, NULL, 10) : 0;
    if (number > 0)
        return err_fail(e, ERR_IN_USE, "'%s' is in use by process %ld", d->path, number);
    return err_fail(e, ERR_IN_USE, "'%s' is in use by another process", d->path);
}

static int lock(struct data_dir *d, struct arena *a, struct err *e)
{
    char pid[32];
    const char *path = inside(d, a, "lock");
    d->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, SECRET_MODE);
    if (d->lock_fd < 0)
        return err_fail(e, ERR_FILE, "could not open '%s': %s", path, strerror(errno));
    if (flock(d->lock_fd, LOCK_EX | LOCK_NB)) {
        d->no_locks = d->shared && errno != EWOULDBLOCK;
        if (!d->no_locks)
            return refuse_in_use(d, e);
    }
    int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(d->lock_fd, 0) || pwrite(d->lock_fd, pid, (size_t)n, 0) < 0)
        return 0; /* on a full disk the lock holds all the same; only its text is missing */
    return 0;
}

/* Is it shared with its group? A umask of 022 leaves directories that everyone may look into, by no decision of anybody: those
 * are not. New files must get that very group, else their group's members are not those the directory was shared with. */
static int learn_mode(struct data_dir *d, struct err *e)
{
    struct stat st;
    if (stat(d->path, &st))
        return err_fail(e, ERR_FILE, "could not open '%s': %s", d->path, strerror(errno));
    bool theirs = (st.st_mode & 057) == 050 && ((st.st_mode & S_ISGID) || st.st_gid == getegid());
    d->secret_mode = theirs ? GROUP_SECRET_MODE : SECRET_MODE;
    d->group = st.st_gid;
    return 0;
}

static int make_token(const struct data_dir *d, const char *path, struct arena *a, char **out, struct err *e)
{
    unsigned char secret[TOKEN_BYTES];
    char text[TOKEN_BYTES * 2 + 2];
    randombytes_buf(secret, sizeof secret);
    sodium_bin2hex(text, sizeof text, secret, sizeof secret);
    *out = arena_strdup(a, text);
    strcat(text, "\n");
    return file_write(path, text, strlen(text), d->secret_mode, e);
}

/* A token that others can read is theirs too: it is made private, and that is said. */
static void make_private(const struct data_dir *d, const char *path)
{
    struct stat st;
    if (stat(path, &st))
        return;
    unsigned wanted = st.st_gid == d->group ? d->secret_mode : SECRET_MODE;
    if ((st.st_mode & 0777) == wanted || chmod(path, wanted))
        return;
    if (st.st_mode & 077 & ~wanted)
        log_warning("'%s' could be read by others; now only by its owner%s", path, wanted & 040 ? " and its group" : "");
}

/* The store and its log, made under another umask than ours or by an older docket. */
static void hide_store(const struct data_dir *d, struct arena *a)
{
    static const char *const ENDINGS[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < COUNT_OF(ENDINGS); i++) {
        struct stat st;
        const char *path = arena_printf(a, "%s%s", d->store_path, ENDINGS[i]);
        if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077) && chmod(path, SECRET_MODE))
            log_warning("'%s' can be read by others: %s", path, strerror(errno));
    }
}

static int read_token(struct data_dir *d, struct arena *a, struct err *e)
{
    CLEANUP(buf_done) struct buf text = {0};
    const char *path = inside(d, a, "token");
    if (access(path, F_OK))
        return make_token(d, path, a, &d->token, e);
    make_private(d, path);
    int r = file_read(path, TOKEN_TEXT_MAX, &text, e);
    if (r)
        return r;
    d->token = arena_copy(a, text.data, strcspn(buf_text(&text), "\r\n"));
    if (!d->token || !*d->token)
        return err_fail(e, ERR_FILE, "'%s' holds no token", path);
    return 0;
}

/* What copies that were cut off by a kill have left. */
static void sweep(const struct data_dir *d)
{
    unlink(d->backup_path);
    unlink(d->restore_path);
}

/* On a full disk the reserve is given up for the mark, unless somebody has the directory, whose reserve it is. */
static int keep_hosts_out(struct data_dir *d, struct arena *a, struct err *e)
{
    int r = host_lock_take(&d->host_lock, a, d->path, e);
    if (r != -ERR_STORAGE_FULL || file_exists(inside(d, a, "holder")))
        return r;
    data_dir_free_reserve(d);
    return host_lock_take(&d->host_lock, a, d->path, e);
}

/* Both or none. */
static int lock_all(struct data_dir *d, struct arena *a, struct err *e)
{
    d->shared = file_system_shared(d->path);
    int r = d->shared ? keep_hosts_out(d, a, e) : 0;
    if (r == 0)
        r = lock(d, a, e);
    if (r && d->lock_fd >= 0) {
        close(d->lock_fd);
        d->lock_fd = -1;
    }
    if (r)
        host_lock_drop(&d->host_lock);
    return r;
}

/* Who cannot write there is told what would help: a volume or a mount that belongs to another user, as a rule. */
static int explain(const struct data_dir *d, struct arena *a, int r, struct err *e)
{
    bool no_directory = access(d->path, W_OK | X_OK) && (errno == EACCES || errno == EROFS || errno == ENOENT);
    bool not_ours = access(inside(d, a, "lock"), W_OK) && errno == EACCES;
    if (r == -ERR_FILE && (no_directory || not_ours))
        err_hint(e, "user id %ld must be able to write there: chown or chmod it, or name another directory with --data",
                 (long)geteuid());
    return r;
}

/* Root may write anywhere, but what it makes in another user's directory that user could not open. */
static int keep_root_out(const struct data_dir *d, struct arena *a, struct err *e)
{
    struct stat st;
    if (geteuid() != 0 || stat(d->store_path, &st) || st.st_uid == 0)
        return 0;
    const struct passwd *owner = getpwuid(st.st_uid);
    const char *name = owner ? owner->pw_name : arena_printf(a, "#%ld", (long)st.st_uid);
    int r = err_fail(e, ERR_FILE, "the store in '%s' belongs to %s, who could not use what root leaves there", d->path, name);
    err_hint(e, "do it as that user: runuser -u %s -- docket …", name);
    return r;
}

int data_dir_lock(struct data_dir *d, struct arena *a, const char *path, struct err *e)
{
    *d = (struct data_dir){.path = arena_strdup(a, path), .lock_fd = -1, .host_lock.fd = -1};
    d->store_path = inside(d, a, "docket.db");
    d->backup_path = inside(d, a, "backup.part");
    d->restore_path = inside(d, a, "restore.part");
    int r = file_make_dirs(path, DIR_MODE, e);
    if (r == 0)
        r = learn_mode(d, e);
    if (r == 0)
        r = keep_root_out(d, a, e);
    if (r == 0)
        r = lock_all(d, a, e);
    if (r == 0)
        sweep(d);
    return explain(d, a, r, e);
}

int data_dir_open(struct data_dir *d, struct arena *a, const char *path, struct err *e)
{
    int r = data_dir_lock(d, a, path, e);
    if (r == 0)
        r = read_token(d, a, e);
    if (r == 0)
        hide_store(d, a);
    if (r)
        data_dir_close(d);
    return r;
}

/* Is the directory of that name still the one that was locked? Somebody may have put another in its place. */
static bool is_the_same(const struct data_dir *d, struct arena *a)
{
    struct stat locked, named;
    return fstat(d->lock_fd, &locked) == 0 && stat(inside(d, a, "lock"), &named) == 0 &&
           locked.st_ino == named.st_ino && locked.st_dev == named.st_dev;
}

void data_dir_close(struct data_dir *d)
{
    struct arena a = {0};
    if (d->lock_fd < 0)
        return;
    if (is_the_same(d, &a) && !d->host_lock.lost)
        unlink(inside(d, &a, "server"));
    host_lock_drop(&d->host_lock);
    close(d->lock_fd);
    d->lock_fd = -1;
    arena_done(&a);
}

struct store_options data_dir_store(const struct data_dir *d)
{
    return (struct store_options){
        .path = d->store_path, .exclusive = d->shared, .vfs = d->no_locks ? "unix-none" : NULL};
}

int data_dir_renew(struct data_dir *d, struct err *e)
{
    return d->shared ? host_lock_renew(&d->host_lock, e) : 0;
}

int data_dir_announce(const struct data_dir *d, const char *url, const char *pin, struct err *e)
{
    struct arena a = {0};
    const char *pinned = pin ? arena_printf(&a, ", \"pin\": \"%s\"", pin) : "";
    const char *text = arena_printf(&a, "{\"url\": \"%s\", \"pid\": %ld%s}\n", url, (long)getpid(), pinned);
    int r = file_write(inside(d, &a, "server"), text, strlen(text), d->secret_mode, e);
    arena_done(&a);
    return r;
}

bool data_dir_reserve(const struct data_dir *d)
{
    struct arena a = {0};
    struct stat st;
    const char *path = inside(d, &a, "reserve");
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, SECRET_MODE);
    bool there = fd >= 0 && posix_fallocate(fd, 0, LIMIT_RESERVE) == 0 && fstat(fd, &st) == 0 &&
                 st.st_size >= LIMIT_RESERVE;
    if (fd >= 0)
        close(fd);
    if (!there)
        unlink(path); /* half a reserve only takes room away */
    arena_done(&a);
    return there;
}

void data_dir_free_reserve(const struct data_dir *d)
{
    struct arena a = {0};
    unlink(inside(d, &a, "reserve"));
    arena_done(&a);
}
