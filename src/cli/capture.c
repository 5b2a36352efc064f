/* See capture.h. The tail is a buffer that is cut back to its last LIMIT_OUTPUT bytes when it holds twice as many,
 * so each byte is moved once at most. The spool lives in memory until it is SPOOL_BYTES large, then in an unlinked
 * file. A full disk costs the rest of log and spool, never the command or its tail. */
#include "cli/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"

enum {
    READ_BYTES = 64 * 1024,
    SPOOL_BYTES = 1024 * 1024,
    LINE_BYTES = 4096, /* how far back the last line is looked for in a line without end */
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* True if all is written; else errno is kept in the capture. */
static bool write_all(struct capture *c, int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, bytes, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0) {
            c->disk_error = errno;
            return false;
        }
        bytes += done;
        n -= (size_t)done;
    }
    return true;
}

static int open_unlinked(void)
{
    const char *dir = getenv("TMPDIR");
    if (!dir || dir[0] != '/')
        dir = "/tmp";
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    char name[4096];
    if (snprintf(name, sizeof name, "%s/docket.XXXXXX", dir) >= (int)sizeof name)
        return -1;
    fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0)
        unlink(name);
    return fd;
}

static void add_to_spool(struct capture *c, const char *bytes, size_t n)
{
    if (c->spool_fd < 0 && c->spool.len + n <= SPOOL_BYTES) {
        buf_add(&c->spool, bytes, n);
        return;
    }
    if (c->spool_fd < 0) {
        c->spool_fd = open_unlinked();
        bool moved = c->spool_fd >= 0 && write_all(c, c->spool_fd, buf_text(&c->spool), c->spool.len);
        if (!moved) {
            c->disk_error = errno;
            c->spooled = false;
            close_fd(&c->spool_fd);
        }
        buf_done(&c->spool);
    }
    if (c->spool_fd >= 0 && !write_all(c, c->spool_fd, bytes, n))
        c->spooled = false;
}

static void take(struct capture *c, const char *bytes, size_t n)
{
    c->total += (int64_t)n;
    if (c->log_fd >= 0 && !write_all(c, c->log_fd, bytes, n))
        close_fd(&c->log_fd);
    if (c->spooled)
        add_to_spool(c, bytes, n);
    buf_add(&c->tail, bytes, n);
    if (c->tail.len > 2 * LIMIT_OUTPUT)
        buf_drop(&c->tail, c->tail.len - LIMIT_OUTPUT);
}

static void close_pipe(struct capture *c)
{
    if (c->fd >= 0)
        loop_fd_remove(c->loop, c->fd);
    close_fd(&c->fd);
}

/* One read. False: there is nothing now. */
static bool read_some(struct capture *c, size_t max)
{
    char bytes[READ_BYTES];
    ssize_t n = read(c->fd, bytes, max < sizeof bytes ? max : sizeof bytes);
    if (n > 0)
        take(c, bytes, (size_t)n);
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        close_pipe(c);
    return n > 0;
}

static void on_readable(void *arg, uint32_t events)
{
    (void)events;
    read_some(arg, READ_BYTES);
}

int capture_open(struct capture *c, struct loop *l, int log_fd, bool spooled, int *out_write_fd)
{
    *c = (struct capture){.loop = l, .fd = -1, .log_fd = log_fd, .spooled = spooled, .spool_fd = -1};
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) < 0) {
        int error = errno;
        close_fd(&c->log_fd);
        errno = error;
        return -1;
    }
    c->fd = fds[0];
    fcntl(c->fd, F_SETFL, O_NONBLOCK); /* this end only: the command's own end blocks as it expects */
    *out_write_fd = fds[1];
    return 0;
}

void capture_watch(struct capture *c)
{
    if (c->fd >= 0)
        loop_fd_set(c->loop, c->fd, EPOLLIN, on_readable, c);
}

void capture_end(struct capture *c)
{
    int held = 0;
    if (c->fd >= 0 && ioctl(c->fd, FIONREAD, &held) < 0)
        held = 0;
    for (int64_t until = c->total + held; c->fd >= 0 && c->total < until;)
        if (!read_some(c, (size_t)(until - c->total)))
            break;
    close_pipe(c);
    close_fd(&c->log_fd);
}

const char *capture_tail(const struct capture *c, size_t *out_n)
{
    const char *text = buf_text(&c->tail);
    size_t n = c->tail.len;
    if (n > LIMIT_OUTPUT) {
        text += n - LIMIT_OUTPUT;
        n = LIMIT_OUTPUT;
    }
    for (int i = 0; c->total > (int64_t)n && i < 3 && n > 0 && (*text & 0xC0) == 0x80; i++) {
        text++;
        n--;
    }
    *out_n = n;
    return text;
}

static bool is_blank(char ch) { return ch == ' ' || ch == '\t' || ch == '\r' || ch == '\n' || ch == '\0'; }

void capture_last_line(const struct capture *c, size_t max, struct buf *out)
{
    const char *text = buf_text(&c->tail);
    size_t end = c->tail.len;
    while (end > 0 && is_blank(text[end - 1]))
        end--;
    size_t start = end;
    while (start > 0 && end - start < LINE_BYTES && text[start - 1] != '\n' && text[start - 1] != '\r')
        start--;
    bool cut_short = end - start == LINE_BYTES; /* perhaps in the middle of a character */
    while (start < end && (is_blank(text[start]) || (cut_short && (text[start] & 0xC0) == 0x80)))
        start++;
    size_t before = out->len;
    text_safe(out, text + start, end - start, false);
    if (out->len - before > max) {
        size_t cut = before + max;
        while (cut > before && (out->data[cut] & 0xC0) == 0x80)
            cut--;
        out->len = cut;
        out->data[cut] = '\0';
    }
}

int capture_take_file(struct capture *c)
{
    if (!c->spooled)
        return -1;
    int fd = c->spool_fd;
    c->spool_fd = -1;
    if (fd < 0) {
        fd = memfd_create("docket-output", MFD_CLOEXEC);
        if (fd >= 0 && !write_all(c, fd, buf_text(&c->spool), c->spool.len))
            close_fd(&fd);
    }
    if (fd >= 0)
        lseek(fd, 0, SEEK_SET);
    return fd;
}

void capture_drop_tail(struct capture *c) { buf_done(&c->tail); }

void capture_done(struct capture *c)
{
    close_pipe(c);
    close_fd(&c->log_fd);
    close_fd(&c->spool_fd);
    buf_done(&c->spool);
    buf_done(&c->tail);
}
