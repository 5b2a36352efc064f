/* Whole files. A replaced file is written under a temporary name in its own directory and renamed over the old one;
 * file and directory are synced, so after a power cut either the old or the new is there, whole. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"

enum { READ_BYTES = 64 * 1024 };

/* "could not VERB 'PATH': cause", from errno. */
static int fail(struct err *e, const char *verb, const char *path)
{
    char cause[TEXT_CAUSE_BYTES];
    return err_fail(e, ERR_FILE, "could not %s '%s': %s", verb, path, text_cause(errno, cause));
}

int file_read(const char *path, size_t max, struct buf *b, struct err *e)
{
    CLEANUP(cleanup_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(e, "open", path);
    for (size_t total = 0;;) {
        char *place = buf_reserve(b, READ_BYTES);
        ssize_t n = read(fd, place, READ_BYTES);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(e, "read", path);
        b->len += (size_t)n;
        b->data[b->len] = '\0';
        total += (size_t)n;
        if (total > max)
            return err_fail(e, ERR_FILE, "could not read '%s': it is larger than %zu bytes", path, max);
        if (n == 0)
            return 0;
    }
}

static int write_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, bytes, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -1;
        bytes += done;
        n -= (size_t)done;
    }
    return 0;
}

/* The directory a path lies in; a new string. */
static char *parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *up = slash == path ? strdup("/") : slash ? strndup(path, (size_t)(slash - path)) : strdup(".");
    if (!up)
        abort();
    return up;
}

/* A file that is removed again unless it was renamed away. */
static void drop_temporary(char **name)
{
    if (*name)
        unlink(*name);
    free(*name);
}

int file_write(const char *path, const void *bytes, size_t n, unsigned mode, struct err *e)
{
    CLEANUP(drop_temporary) char *name = NULL;
    char *template;
    if (asprintf(&template, "%s.XXXXXX", path) < 0)
        abort();
    CLEANUP(cleanup_fd) int fd = mkostemp(template, O_CLOEXEC);
    if (fd < 0) {
        free(template);
        return fail(e, "write", path);
    }
    name = template;
    if (fchmod(fd, (mode_t)mode) < 0 || write_all(fd, bytes, n) < 0 || fsync(fd) < 0 || rename(name, path) < 0)
        return fail(e, "write", path);
    free(MOVE(name));
    CLEANUP(cleanup_free) char *directory = parent(path);
    return file_sync_dir(directory, e);
}

/* One directory; one that exists is fine, anything else of that name is not. */
static int make_dir(const char *path, unsigned mode, struct err *e)
{
    if (mkdir(path, (mode_t)mode) == 0)
        return 0;
    struct stat st;
    int error = errno;
    if (stat(path, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            return 0;
        error = ENOTDIR;
    }
    errno = error;
    return fail(e, "make directory", path);
}

int file_make_dirs(const char *path, unsigned mode, struct err *e)
{
    CLEANUP(cleanup_free) char *part = strdup(path);
    if (!part)
        abort();
    for (char *slash = part; *part && (slash = strchr(slash + 1, '/'));) {
        *slash = '\0';
        int r = make_dir(part, 0755, e);
        if (r)
            return r;
        *slash = '/';
    }
    return make_dir(path, mode, e);
}

/* Where the file system cannot rename without replacing, a second name does the same. */
static int name_anew(const char *part, const char *path)
{
    if (renameat2(AT_FDCWD, part, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
        return 0;
    if ((errno != EINVAL && errno != ENOSYS) || link(part, path) != 0)
        return -1;
    return unlink(part);
}

int file_publish(const char *part, const char *path, struct err *e)
{
    if (name_anew(part, path))
        return fail(e, "make", path);
    CLEANUP(cleanup_free) char *directory = parent(path);
    return file_sync_dir(directory, e);
}

bool file_exists(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

int file_sync_dir(const char *path, struct err *e)
{
    CLEANUP(cleanup_fd) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail(e, "open", path);
    return fsync(fd) < 0 ? fail(e, "sync", path) : 0;
}
