/* The mark is a small file that gets its name by link(2), which is atomic on every shared file system. Its age is taken from the
 * file system's own times (ours, just written, against the other's), so the clocks of the hosts need not agree.
 *
 * A stale mark is replaced under DIR/holder.taken, which only one can make: whoever has it looks at the mark once more and
 * then renames its own over it. The holder renews through the descriptor of its own mark, after looking whose the name
 * is now: it never writes over another's.
 *
 * What it cannot do: hold back a write of a host that stood still for longer than a minute inside one system call. */
#include "cli/host_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/place.h"

enum { MARK_MAX = 4096, TRIES = 5, GIVE_UP_SECONDS = 45, NAME_BYTES = 256 };

/* Whose mark it is. pid_space: a pid means something only within one. */
struct holder {
    const char *host, *machine, *boot, *pid_space, *nonce;
    int64_t pid;
    int64_t age_us; /* since it was renewed */
};

static const char *first_line(struct arena *a, const char *path)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct err unused;
    if (file_read(path, MARK_MAX, &text, &unused))
        return "";
    return arena_copy(a, buf_text(&text), strcspn(buf_text(&text), "\n"));
}

static struct holder ourselves(struct arena *a, const char *nonce)
{
    char name[NAME_BYTES] = "", space[NAME_BYTES] = "";
    if (gethostname(name, sizeof name - 1) || readlink("/proc/self/ns/pid", space, sizeof space - 1) < 0)
        space[0] = '\0';
    return (struct holder){.host = arena_strdup(a, name),
                           .machine = first_line(a, "/etc/machine-id"),
                           .boot = first_line(a, "/proc/sys/kernel/random/boot_id"),
                           .pid_space = arena_strdup(a, space),
                           .nonce = nonce,
                           .pid = getpid()};
}

/* Writes our mark, always as many bytes: a full disk does not hinder renewing it. */
static int write_mark(const struct host_lock *l)
{
    CLEANUP(arena_done) struct arena a = {0};
    CLEANUP(buf_done) struct buf text = {0};
    char renewed[CLOCK_TEXT_BYTES];
    struct clock clock;
    struct holder h = ourselves(&a, l->nonce);
    clock_init(&clock, 0);
    json_t *mark = json_pack("{s:o,s:I,s:s,s:s,s:s,s:s,s:s}", "host", json_bytes(h.host, strlen(h.host)), "pid",
                             (json_int_t)h.pid, "renewed", clock_format(clock_now_us(&clock), renewed), "machine",
                             h.machine, "boot", h.boot, "pid_space", h.pid_space, "nonce", h.nonce);
    json_write(mark, &text);
    json_decref(mark);
    buf_putc(&text, '\n');
    return pwrite(l->fd, text.data, text.len, 0) == (ssize_t)text.len && fsync(l->fd) == 0 ? 0 : -1;
}

static int fail(struct err *e, const char *doing, const char *path)
{
    char cause[TEXT_CAUSE_BYTES];
    if (errno == ENOSPC || errno == EDQUOT)
        return err_fail(e, ERR_STORAGE_FULL, "could not %s '%s': the disk is full", doing, path);
    return err_fail(e, ERR_FILE, "could not %s '%s': %s", doing, path, text_cause(errno, cause));
}

static const char *text_of(struct arena *a, const json_t *mark, const char *name)
{
    const char *text = json_string_value(json_object_get(mark, name));
    return text ? arena_strdup(a, text) : "";
}

/* Reads the mark under the lock's name. 0; -1 and errno. One that makes no sense is nobody's. */
static int read_holder(const struct host_lock *l, struct arena *a, struct holder *out)
{
    struct stat theirs, ours;
    char text[MARK_MAX];
    struct err unused;
    CLEANUP(json_drop) json_t *mark = NULL;
    CLEANUP(cleanup_fd) int fd = open(l->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
    if (n < 0 || fstat(fd, &theirs) || fstat(l->fd, &ours))
        return -1;
    json_parse(text, (size_t)n, &mark, &unused);
    int64_t age_us = (ours.st_mtim.tv_sec - theirs.st_mtim.tv_sec) * CLOCK_SECOND;
    *out = (struct holder){.host = text_of(a, mark, "host"),
                           .machine = text_of(a, mark, "machine"),
                           .boot = text_of(a, mark, "boot"),
                           .pid_space = text_of(a, mark, "pid_space"),
                           .nonce = text_of(a, mark, "nonce"),
                           .pid = json_integer_value(json_object_get(mark, "pid")),
                           .age_us = age_us > 0 ? age_us : 0};
    return 0;
}

/* Gone for certain: its machine has started anew since, or runs on without it. */
static bool is_dead(const struct holder *h, const struct holder *us)
{
    if (h->age_us >= HOST_LOCK_STALE_SECONDS * CLOCK_SECOND)
        return true;
    if (!*h->host || strcmp(h->host, us->host) || strcmp(h->machine, us->machine))
        return false;
    if (strcmp(h->boot, us->boot))
        return true;
    return strcmp(h->pid_space, us->pid_space) == 0 && h->pid > 0 &&
           (h->pid == us->pid || (kill((pid_t)h->pid, 0) && errno == ESRCH));
}

static int refuse(const char *dir, const struct holder *h, struct err *e)
{
    CLEANUP(buf_done) struct buf age = {0};
    text_span(&age, h->age_us);
    int r = err_fail(e, ERR_IN_USE, "'%s' is in use by process %lld on host '%s', whose last sign of life is %s old", dir,
                     (long long)h->pid, *h->host ? h->host : "?", buf_text(&age));
    err_hint(e, "if that host is down, the directory is free %d s after its last sign", HOST_LOCK_STALE_SECONDS);
    return r;
}

/* Gives our mark the lock's name, if nothing has it. 0; 1: something has; < 0 failure. A link's answer may get lost on the
 * way, so the count of names is what tells. */
static int put_mark(const struct host_lock *l, struct err *e)
{
    struct stat st;
    int r = link(l->own, l->path), error = errno;
    if (r == 0 || (fstat(l->fd, &st) == 0 && st.st_nlink == 2)) {
        unlink(l->own);
        return 0;
    }
    if (error != EEXIST && (r = renameat2(AT_FDCWD, l->own, AT_FDCWD, l->path, RENAME_NOREPLACE)))
        error = errno;
    errno = error;
    return r == 0 ? 0 : error == EEXIST ? 1 : fail(e, "make", l->path);
}

/* Takes the place of the mark with that nonce. 0; 1: look again; < 0 failure. */
static int take_over(const struct host_lock *l, const char *nonce, struct err *e)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct holder now;
    struct stat other, ours;
    const char *path = arena_printf(&a, "%s.taken", l->path);
    CLEANUP(cleanup_fd) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST) { /* somebody does just that, or died over it */
        if (stat(path, &other) || fstat(l->fd, &ours) ||
            ours.st_mtim.tv_sec - other.st_mtim.tv_sec < HOST_LOCK_STALE_SECONDS)
            return err_fail(e, ERR_IN_USE, "'%s' is being taken over by another process", l->path);
        return unlink(path) ? fail(e, "remove", path) : 1;
    }
    if (fd < 0)
        return fail(e, "make", path);
    int r = read_holder(l, &a, &now) || strcmp(now.nonce, nonce) ? 1 : 0;
    if (r == 0 && rename(l->own, l->path))
        r = fail(e, "replace", l->path);
    unlink(path);
    return r;
}

static int try_to_take(struct host_lock *l, const char *dir, struct err *e)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct holder h, us = ourselves(&a, l->nonce);
    int r = put_mark(l, e);
    if (r <= 0)
        return r;
    if (read_holder(l, &a, &h))
        return errno == ENOENT || errno == ESTALE ? 1 : fail(e, "read", l->path);
    if (!is_dead(&h, &us))
        return refuse(dir, &h, e);
    r = take_over(l, h.nonce, e);
    if (r == 0)
        log_info("'%s' is taken over from process %lld on host '%s', which is gone", dir, (long long)h.pid,
                 *h.host ? h.host : "?");
    return r;
}

int host_lock_take(struct host_lock *l, struct arena *a, const char *dir, struct err *e)
{
    const char *nonce = place_random(a);
    *l = (struct host_lock){.path = arena_printf(a, "%s/holder", dir), .nonce = arena_strdup(a, nonce),
                            .own = arena_printf(a, "%s/holder.%s", dir, nonce)};
    int r = 1;
    l->fd = open(l->own, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (l->fd < 0 || write_mark(l))
        r = fail(e, "make", l->own);
    for (int tries = 0; r == 1; tries++)
        r = tries < TRIES ? try_to_take(l, dir, e) : err_fail(e, ERR_IN_USE, "'%s' is fought over by others", dir);
    l->renewed_us = clock_mono_us();
    if (r == 0)
        return file_sync_dir(dir, e);
    if (l->fd >= 0) {
        unlink(l->own);
        close(l->fd);
    }
    l->fd = -1;
    return r;
}

/* 0: it is ours; 1: it cannot be told now; < 0 lost. */
static int look(struct host_lock *l, struct err *e)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct holder h;
    int r = read_holder(l, &a, &h);
    if (r == 0 && strcmp(h.nonce, l->nonce) == 0)
        return 0;
    if (r && errno != ENOENT && errno != ESTALE)
        return 1;
    l->lost = true;
    if (r || !*h.host)
        return err_fail(e, ERR_IN_USE, "'%s' is no longer there: the directory is somebody else's now", l->path);
    return err_fail(e, ERR_IN_USE, "the directory was taken over by process %lld on host '%s'", (long long)h.pid, h.host);
}

int host_lock_renew(struct host_lock *l, struct err *e)
{
    int64_t silent_us = clock_mono_us() - l->renewed_us;
    if (l->fd < 0 || silent_us < HOST_LOCK_RENEW_SECONDS * CLOCK_SECOND)
        return 0;
    int r = look(l, e);
    if (r == 0 && write_mark(l) == 0) {
        l->renewed_us = clock_mono_us();
        return 0;
    }
    if (r < 0 || silent_us < GIVE_UP_SECONDS * CLOCK_SECOND)
        return r < 0 ? r : 0; /* the next try may do */
    l->lost = true;
    return err_fail(e, ERR_IN_USE, "'%s' could not be renewed for %lld s: others may take the directory over", l->path,
                    (long long)(silent_us / CLOCK_SECOND));
}

void host_lock_drop(struct host_lock *l)
{
    struct err unused;
    if (l->fd < 0)
        return;
    if (!l->lost && look(l, &unused) == 0)
        unlink(l->path);
    close(l->fd);
    l->fd = -1;
}
