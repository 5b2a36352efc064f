/* Nobody owns what is packed and every time is the same, so that the hash of a bundle says which it is. */
#include "cli/bundle_pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/bundle.h"

enum { DEPTH = 16, FILE_MOST = 512 * 1024 * 1024 };

struct packing {
    struct archive *to;
    struct arena arena;
};

static int refuse(const char *path, int why, struct err *e)
{
    char cause[TEXT_CAUSE_BYTES];
    return err_fail(e, ERR_FILE, "could not pack '%s': %s", path, text_cause(why, cause));
}

static int put_bytes(struct packing *p, const char *path, struct err *e)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    int r = file_read(path, FILE_MOST, &bytes, e);
    if (!r && bytes.len && archive_write_data(p->to, bytes.data, bytes.len) != (la_ssize_t)bytes.len)
        r = refuse(path, archive_errno(p->to), e);
    return r;
}

static int put_entry(struct packing *p, const char *path, const char *name, const struct stat *st, struct err *e)
{
    char target[PATH_MAX];
    struct archive_entry *entry = archive_entry_new();
    ssize_t n = S_ISLNK(st->st_mode) ? readlink(path, target, sizeof target - 1) : 0;
    archive_entry_set_pathname(entry, name);
    archive_entry_set_mode(entry, S_ISLNK(st->st_mode) ? S_IFLNK | 0777 : (st->st_mode & S_IFMT) | (st->st_mode & 0111 ? 0755 : 0644));
    archive_entry_set_size(entry, S_ISREG(st->st_mode) ? st->st_size : 0);
    archive_entry_set_mtime(entry, 0, 0);
    if (n > 0) {
        target[n] = '\0';
        archive_entry_set_symlink(entry, target);
    }
    int bad = n < 0 ? ARCHIVE_FATAL : archive_write_header(p->to, entry);
    archive_entry_free(entry);
    if (bad)
        return refuse(path, n < 0 ? errno : archive_errno(p->to), e);
    return S_ISREG(st->st_mode) ? put_bytes(p, path, e) : 0;
}

static int put(struct packing *p, const char *path, const char *name, int depth, struct err *e);

static int is_name(const struct dirent *entry) { return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0; }

static int put_children(struct packing *p, const char *path, const char *name, int depth, struct err *e)
{
    struct dirent **entries;
    int count = scandir(path, &entries, is_name, alphasort), r = 0;
    if (count < 0)
        return refuse(path, errno, e);
    for (int i = 0; i < count; i++) {
        const char *child = entries[i]->d_name;
        if (!r)
            r = put(p, arena_printf(&p->arena, "%s/%s", path, child), arena_printf(&p->arena, "%s/%s", name, child), depth + 1, e);
        free(entries[i]);
    }
    free(entries);
    return r;
}

static int put(struct packing *p, const char *path, const char *name, int depth, struct err *e)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return refuse(path, errno, e);
    if (depth > DEPTH || !(S_ISDIR(st.st_mode) || S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)))
        return 0; /* not of ours */
    int r = put_entry(p, path, name, &st, e);
    return r || !S_ISDIR(st.st_mode) ? r : put_children(p, path, name, depth, e);
}

static int pack(const char *root, const char *name, const char *part, struct err *e)
{
    struct packing p = {.to = archive_write_new()};
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), r = 0;
    if (!p.to)
        abort();
    archive_write_set_format_ustar(p.to);
    archive_write_add_filter_gzip(p.to);
    archive_write_set_options(p.to, "gzip:!timestamp");
    if (fd < 0 || archive_write_open_fd(p.to, fd) != ARCHIVE_OK)
        r = refuse(part, fd < 0 ? errno : archive_errno(p.to), e);
    if (!r)
        r = put(&p, root, name, 0, e);
    if (archive_write_close(p.to) != ARCHIVE_OK && !r)
        r = refuse(part, archive_errno(p.to), e);
    archive_write_free(p.to);
    if (!r && fsync(fd) != 0)
        r = refuse(part, errno, e);
    if (fd >= 0)
        close(fd);
    arena_done(&p.arena);
    return r;
}

int bundle_pack(const char *root, const char *name, const char *path, struct err *e)
{
    CLEANUP(arena_done) struct arena a = {0};
    const char *part = arena_printf(&a, "%s.part", path);
    if (file_exists(path))
        return 0;
    int r = pack(root, name, part, e);
    if (!r)
        r = file_publish(part, path, e);
    if (r)
        unlink(part);
    return r;
}
