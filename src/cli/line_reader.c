/* One buffer: lines are handed out of its front, reads go to its end. */
#include "cli/line_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_BYTES = 256 * 1024 };

int line_reader_open(struct line_reader *r, const char *path, struct err *e)
{
    bool is_stdin = strcmp(path, "-") == 0;
    *r = (struct line_reader){.name = is_stdin ? "stdin" : path};
    r->fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC);
    if (r->fd < 0)
        return err_fail(e, ERR_FILE, "could not open '%s': %s", path, strerror(errno));
    return 0;
}

void line_reader_done(struct line_reader *r)
{
    if (r->fd > 0)
        close(r->fd);
    buf_done(&r->bytes);
    *r = (struct line_reader){0};
}

int line_reader_rewind(struct line_reader *r)
{
    struct stat st;
    if (fstat(r->fd, &st) || !S_ISREG(st.st_mode) || lseek(r->fd, 0, SEEK_SET) != 0)
        return -1;
    buf_clear(&r->bytes);
    r->used = 0;
    r->number = 0;
    r->ended = r->begun = false;
    return 0;
}

/* Reads more behind what is there. 0 or < 0. */
static int read_more(struct line_reader *r, struct err *e)
{
    ssize_t n = read(r->fd, buf_reserve(&r->bytes, READ_BYTES), READ_BYTES);
    if (n < 0 && errno == EINTR)
        return 0;
    if (n < 0)
        return err_fail(e, ERR_FILE, "could not read '%s': %s", r->name, strerror(errno));
    r->bytes.len += (size_t)n;
    r->ended = n == 0;
    return 0;
}

/* Steps over a byte order mark, once the bytes for it are there. True if there was one. */
static bool skip_mark(struct line_reader *r)
{
    if (r->begun || r->bytes.len < 3)
        return false;
    r->begun = true;
    if (memcmp(r->bytes.data, "\xEF\xBB\xBF", 3) != 0)
        return false;
    r->used = 3;
    return true;
}

static void hand_out(struct line_reader *r, size_t n, bool newline)
{
    if (r->digest) {
        const char *line = buf_text(&r->bytes) + r->used;
        crypto_generichash_update(r->digest, (const unsigned char *)line, n);
        crypto_generichash_update(r->digest, (const unsigned char *)"\n", 1);
    }
    r->used += n + newline;
    r->number++;
    r->begun = true;
}

int line_reader_next(struct line_reader *r, const char **out_line, size_t *out_bytes, struct err *e)
{
    size_t looked = 0;
    for (;;) {
        if (skip_mark(r))
            looked = 0;
        const char *start = buf_text(&r->bytes) + r->used;
        size_t there = r->bytes.len - r->used;
        const char *newline = there > looked ? memchr(start + looked, '\n', there - looked) : NULL;
        size_t n = newline ? (size_t)(newline - start) : there;
        if (n > LINE_READER_MOST)
            return err_refuse(e, ERR_BAD_LINE, "%s line %" PRId64 ": a line may be at most %d bytes", r->name,
                              r->number + 1, LINE_READER_MOST);
        if (newline || (r->ended && there)) {
            hand_out(r, n, newline);
            *out_line = start;
            *out_bytes = n;
            return 0;
        }
        if (r->ended)
            return LINE_READER_END;
        looked = there;
        buf_drop(&r->bytes, r->used);
        r->used = 0;
        int failed = read_more(r, e);
        if (failed)
            return failed;
    }
}

bool line_reader_is_blank(const char *line, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!memchr(" \t\r\v\f", line[i], 5))
            return false;
    return true;
}
