/* See job_tar_pack.h. The directory is walked by descriptors, so that nobody can put a link in the place of a folder meanwhile; libarchive
 * writes the tar, and takes its own measures when it unpacks one. */
#include "cli/job_tar_pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "web/job_tar.h"

enum { BLOCK_BYTES = 64 * 1024, DEPTH_MAX = 200 };

struct packing {
    struct archive *tar;
    struct job_tar *out;
    crypto_generichash_state hash;
    bool too_large;
};

static int refuse(const char *path, const char *why, struct err *e)
{
    CLEANUP(buf_done) struct buf shown = {0};
    text_cut(&shown, path, 200);
    return err_fail(e, ERR_FILE, "'%s' %s", buf_text(&shown), why);
}

static int refuse_cause(const char *path, struct err *e)
{
    char cause[TEXT_CAUSE_BYTES];
    return refuse(path, text_cause(errno, cause), e);
}

static la_ssize_t on_bytes(struct archive *a, void *arg, const void *bytes, size_t n)
{
    struct packing *p = arg;
    p->out->bytes += (int64_t)n;
    p->too_large = p->out->bytes > LIMIT_JOB_FILES;
    if (p->too_large || fwrite(bytes, 1, n, p->out->file) != n) {
        archive_set_error(a, errno, "could not write a temporary file");
        return -1;
    }
    return (la_ssize_t)n;
}

static int refuse_archive(struct packing *p, const char *path, struct err *e)
{
    if (!p->too_large)
        return refuse(path, archive_error_string(p->tar) ? archive_error_string(p->tar) : "cannot be packed", e);
    err_fail(e, ERR_TOO_LARGE, "the directory has more than %d MiB", LIMIT_JOB_FILES >> 20);
    err_hint(e, "leave out what the job does not need, or put large files at the site and name their path in the command");
    return -ERR_TOO_LARGE;
}

static void mix(struct packing *p, const void *bytes, size_t n) { crypto_generichash_update(&p->hash, bytes, n); }

static int pack_content(struct packing *p, int fd, const char *path, int64_t size, struct err *e)
{
    char block[BLOCK_BYTES];
    ssize_t n;
    int64_t left = size;
    while (left && (n = read(fd, block, left < BLOCK_BYTES ? (size_t)left : BLOCK_BYTES)) > 0) {
        mix(p, block, (size_t)n);
        left -= n;
        if (archive_write_data(p->tar, block, (size_t)n) != n)
            return refuse_archive(p, path, e);
    }
    return left ? refuse(path, "has become shorter while it was packed", e) : 0;
}

static int pack_entry(struct packing *p, int fd, const char *path, const struct stat *st, const char *link, struct err *e)
{
    struct archive_entry *entry = archive_entry_new();
    bool file = S_ISREG(st->st_mode);
    unsigned mode = st->st_mode & 0777;
    archive_entry_set_pathname(entry, path);
    archive_entry_set_perm(entry, archive_entry_perm(entry) & 0777); /* no program of the far side's runs as somebody else here */
    archive_entry_set_filetype(entry, st->st_mode & S_IFMT);
    archive_entry_set_perm(entry, mode);
    archive_entry_set_mtime(entry, st->st_mtime, 0);
    archive_entry_set_size(entry, file ? st->st_size : 0);
    if (link)
        archive_entry_set_symlink(entry, link);
    char head[64];
    snprintf(head, sizeof head, "%o %lld", st->st_mode & (S_IFMT | 0777), file ? (long long)st->st_size : 0);
    mix(p, path, strlen(path) + 1);
    mix(p, head, strlen(head) + 1);
    mix(p, link ? link : "", link ? strlen(link) + 1 : 1);
    int status = archive_write_header(p->tar, entry);
    archive_entry_free(entry);
    p->out->entries++;
    if (status < ARCHIVE_WARN)
        return refuse_archive(p, path, e);
    return file ? pack_content(p, fd, path, st->st_size, e) : 0;
}

static int pack_dir(struct packing *p, int fd, const char *path, int depth, struct err *e);

static int pack_link(struct packing *p, int dir, const char *name, const char *path, const struct stat *st, struct err *e)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(dir, name, target, sizeof target - 1);
    if (n < 0)
        return refuse_cause(path, e);
    target[n] = '\0';
    if (!job_tar_link_stays(path, target))
        return refuse(path, "is a link that leaves the directory", e);
    return pack_entry(p, -1, path, st, target, e);
}

static int pack_one(struct packing *p, int dir, const char *name, const char *path, int depth, struct err *e)
{
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
        return refuse_cause(path, e);
    if (S_ISLNK(st.st_mode))
        return pack_link(p, dir, name, path, &st, e);
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return refuse(path, "is neither a file, a folder nor a link", e);
    CLEANUP(cleanup_fd) int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | (S_ISDIR(st.st_mode) ? O_DIRECTORY : 0));
    if (fd < 0 || fstat(fd, &st))
        return refuse_cause(path, e);
    int r = pack_entry(p, fd, path, &st, NULL, e);
    return r || !S_ISDIR(st.st_mode) ? r : pack_dir(p, fd, path, depth + 1, e);
}

static int by_bytes(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }
static int is_entry(const struct dirent *d) { return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0; }

static int pack_dir(struct packing *p, int fd, const char *path, int depth, struct err *e)
{
    struct dirent **names = NULL;
    int r = 0, count = depth > DEPTH_MAX ? -1 : scandirat(fd, ".", &names, is_entry, by_bytes);
    if (count < 0)
        return depth > DEPTH_MAX ? refuse(path, "stands in too many folders", e) : refuse_cause(*path ? path : ".", e);
    for (int i = 0; i < count; i++) {
        CLEANUP(arena_done) struct arena a = {0};
        const char *inner = arena_printf(&a, "%s%s%s", path, *path ? "/" : "", names[i]->d_name);
        if (!r)
            r = pack_one(p, fd, names[i]->d_name, inner, depth, e);
        free(names[i]);
    }
    free(names);
    return r;
}

static int pack(struct packing *p, int fd, struct err *e)
{
    uint8_t hash[crypto_generichash_BYTES];
    crypto_generichash_init(&p->hash, NULL, 0, sizeof hash);
    bool bad = archive_write_set_format_pax_restricted(p->tar) || archive_write_add_filter_none(p->tar) ||
               archive_write_open(p->tar, p, NULL, on_bytes, NULL);
    int r = bad ? refuse_archive(p, ".", e) : pack_dir(p, fd, "", 0, e);
    if (!r && archive_write_close(p->tar) != ARCHIVE_OK)
        r = refuse_archive(p, ".", e);
    crypto_generichash_final(&p->hash, hash, sizeof hash);
    sodium_bin2hex(p->out->hash, sizeof p->out->hash, hash, sizeof hash);
    return r;
}

int job_tar_pack(const char *dir, struct job_tar *out, struct err *e)
{
    struct packing p = {.out = out};
    *out = (struct job_tar){0};
    CLEANUP(cleanup_fd) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return refuse_cause(dir, e);
    out->file = tmpfile();
    p.tar = archive_write_new();
    int r = out->file && p.tar ? pack(&p, fd, e) : err_fail(e, ERR_FILE, "could not make a temporary file");
    archive_write_free(p.tar);
    if (!r && (fflush(out->file) || fseeko(out->file, 0, SEEK_SET)))
        r = err_fail(e, ERR_FILE, "could not write a temporary file");
    if (r)
        job_tar_done(out);
    return r;
}

void job_tar_done(struct job_tar *t)
{
    if (t->file)
        fclose(MOVE(t->file));
}

/* Its path below dir; what is there already is refused, but for folders. */
static int place(struct archive_entry *entry, const char *dir, bool force, struct err *e)
{
    CLEANUP(arena_done) struct arena a = {0};
    int r = job_tar_check(entry, e);
    if (r)
        return r;
    const char *path = arena_printf(&a, "%s/%s", dir, archive_entry_pathname(entry)), *hard = archive_entry_hardlink(entry);
    bool folder = archive_entry_filetype(entry) == AE_IFDIR;
    if (!force && !folder && file_exists(path)) {
        refuse(path, "is there already", e);
        err_hint(e, "another directory, or --force");
        return -ERR_FILE;
    }
    archive_entry_set_pathname(entry, path);
    if (hard)
        archive_entry_set_hardlink(entry, arena_printf(&a, "%s/%s", dir, hard));
    return 0;
}

static int unpack_all(struct archive *tar, struct archive *disk, const char *dir, bool force, int64_t *out_count, struct err *e)
{
    struct archive_entry *entry;
    int status = ARCHIVE_OK, r = 0;
    *out_count = 0;
    while (!r && (status = archive_read_next_header(tar, &entry)) == ARCHIVE_OK) {
        r = place(entry, dir, force, e);
        if (!r && archive_read_extract2(tar, entry, disk) != ARCHIVE_OK)
            r = refuse(archive_entry_pathname(entry), archive_error_string(tar) ? archive_error_string(tar) : "could not be written", e);
        *out_count += !r;
    }
    if (!r && status != ARCHIVE_EOF)
        r = err_fail(e, ERR_FILE, "what came is not a whole tar: %s", archive_error_string(tar));
    return r > 0 ? -ERR_FILE : r;
}

int job_tar_unpack(FILE *file, const char *dir, bool force, int64_t *out_count, struct err *e)
{
    enum { HOW = ARCHIVE_EXTRACT_SECURE_NODOTDOT | ARCHIVE_EXTRACT_SECURE_SYMLINKS | ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_PERM |
                 ARCHIVE_EXTRACT_UNLINK };
    CLEANUP(cleanup_free) char *whole = NULL;
    int r = file_make_dirs(dir, 0755, e);
    if (!r && !(whole = realpath(dir, NULL)))
        r = refuse_cause(dir, e);
    struct archive *tar = archive_read_new(), *disk = archive_write_disk_new();
    bool bad = !tar || !disk || archive_write_disk_set_options(disk, HOW) || archive_read_support_format_tar(tar) || archive_read_open_FILE(tar, file);
    if (!r)
        r = bad ? err_fail(e, ERR_FILE, "could not read the tar") : unpack_all(tar, disk, whole, force, out_count, e);
    archive_read_free(tar);
    archive_write_free(disk);
    return r;
}
