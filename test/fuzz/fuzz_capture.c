/* What a command prints, read by the worker from a pipe: capture.
 *
 * The first two bytes say how often the rest is repeated and in what pieces it comes. All of it is counted and spooled; the
 * tail is its end, at most LIMIT_OUTPUT bytes, that no character is cut into; the last line is safe to be shown, and short. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/capture.h"
#include "fuzz.h"

enum { MESSAGE_BYTES = 200 };

static void check_tail(const struct capture *c, const struct buf *all)
{
    size_t n, most = all->len < LIMIT_OUTPUT ? all->len : LIMIT_OUTPUT;
    const char *tail = capture_tail(c, &n);
    fuzz_must(n <= most && n + 3 >= most, "a tail of %zu bytes of %zu", n, all->len);
    fuzz_must(!n || memcmp(tail, all->data + all->len - n, n) == 0, "the tail is not the end");
    fuzz_must(n == most || (all->data[all->len - n - 1] & 0xC0) == 0x80, "the tail lacks more than half a character");
}

static void check_last_line(const struct capture *c)
{
    CLEANUP(buf_done) struct buf line = {0}, safe = {0};
    capture_last_line(c, MESSAGE_BYTES, &line);
    text_safe(&safe, buf_text(&line), line.len, false);
    fuzz_must(line.len <= MESSAGE_BYTES && safe.len == line.len, "the last line is not safe: %s", buf_text(&safe));
    fuzz_must(text_is_utf8(buf_text(&line), line.len), "the last line is no text");
}

static void check_spool(struct capture *c, const struct buf *all)
{
    CLEANUP(cleanup_fd) int fd = capture_take_file(c);
    char *bytes = malloc(all->len + 1);
    ssize_t n = read(fd, bytes, all->len + 1);
    fuzz_must(fd >= 0 && n == (ssize_t)all->len && (!n || memcmp(bytes, all->data, (size_t)n) == 0), "the spool holds %zd bytes of %zu",
              n, all->len);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static struct loop *loop;
    CLEANUP(buf_done) struct buf all = {0};
    struct fuzz_input in = {bytes, n};
    unsigned times = 1 + fuzz_choice(&in, 64), step = 1 + fuzz_choice(&in, 256) * 128u;
    struct capture c;
    int fd;
    if (!loop)
        loop = loop_new();
    while (times--)
        buf_add(&all, in.at, in.left);
    fuzz_must(capture_open(&c, loop, -1, true, &fd) == 0, "no pipe");
    capture_watch(&c);
    for (size_t at = 0, some; at < all.len; at += some) {
        some = step < all.len - at ? step : all.len - at;
        fuzz_must(write(fd, all.data + at, some) == (ssize_t)some, "the pipe is full");
        loop_turn(loop, 0);
        if (at / step % 3 == 0)
            loop_turn(loop, 0);
    }
    close(fd);
    capture_end(&c);
    fuzz_must(c.total == (int64_t)all.len, "%lld bytes of %zu", (long long)c.total, all.len);
    check_tail(&c, &all);
    check_last_line(&c);
    check_spool(&c, &all);
    capture_done(&c);
    return 0;
}
