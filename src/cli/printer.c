/* Outputs are appended to a nameless file and written from there when stdout has room; when all of it is out the file
 * is emptied. A pipe, a socket or a terminal is written to in pieces that are known not to block (POLLOUT promises
 * PIPE_BUF bytes), because its flags belong to everybody who has it open. For a terminal the pieces are made safe. */
#include "cli/printer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"

enum { PIECE_BYTES = PIPE_BUF, PIECES_A_TURN = 64, COPY_BYTES = 64 * 1024, LONGEST_CHARACTER = 4 };

struct output {
    off_t at;
    int64_t left; /* bytes of it not yet read back */
    bool here;
};

struct printer {
    struct loop *loop;
    struct printer_options options;
    int spool;
    off_t spool_bytes;
    struct output *outputs;
    size_t count, room; /* indexes known */
    size_t next;        /* the first that is not out */
    size_t held;        /* outputs in the spool */
    struct buf piece;   /* read back, to be written */
    bool pollable, terminal, watching, broken, closed;
};

int printer_new(struct loop *l, const struct printer_options *o, struct printer **out_printer, struct err *e)
{
    struct stat st;
    int spool = open(o->spool_dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (spool < 0)
        spool = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (spool < 0)
        return err_fail(e, ERR_FILE, "could not make a file in '%s': %s", o->spool_dir, strerror(errno));
    struct printer *p = calloc(1, sizeof *p);
    if (!p)
        abort();
    p->loop = l;
    p->options = *o;
    p->spool = spool;
    p->terminal = isatty(STDOUT_FILENO);
    p->pollable = p->terminal || (fstat(STDOUT_FILENO, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)));
    *out_printer = p;
    return 0;
}

static void watch(struct printer *p, bool on);

void printer_free(struct printer *p)
{
    if (!p)
        return;
    watch(p, false);
    close(p->spool);
    free(p->outputs);
    buf_done(&p->piece);
    free(p);
}

static struct output *output_at(struct printer *p, size_t index)
{
    if (index >= p->room) {
        size_t room = p->room ? p->room * 2 : 256;
        while (room <= index)
            room *= 2;
        p->outputs = realloc(p->outputs, room * sizeof *p->outputs);
        if (!p->outputs)
            abort();
        memset(p->outputs + p->room, 0, (room - p->room) * sizeof *p->outputs);
        p->room = room;
    }
    if (index >= p->count)
        p->count = index + 1;
    return &p->outputs[index];
}

/* Is the next output to go out here (or missing for good)? */
static bool has_next(const struct printer *p)
{
    return p->next < p->count && (p->closed || p->outputs[p->next].here);
}

bool printer_is_busy(const struct printer *p) { return !p->broken && (p->piece.len || has_next(p)); }

/* How many of n bytes end with a whole character, so that a piece does not cut one in two. */
static size_t whole_characters(const char *bytes, size_t n)
{
    for (size_t back = 1; back < LONGEST_CHARACTER && back <= n; back++) {
        unsigned char c = (unsigned char)bytes[n - back];
        size_t wanted = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
        if (c >= 0xc0)
            return wanted > back ? n - back : n;
        if (c < 0x80)
            break;
    }
    return n;
}

/* The spool is read from `next` on; all that is out empties it. */
static void finish_output(struct printer *p)
{
    if (p->outputs[p->next].here)
        p->held--;
    p->next++;
    if (p->held)
        return;
    if (ftruncate(p->spool, 0) == 0)
        p->spool_bytes = 0;
    if (!p->options.ordered && p->next == p->count) {
        memset(p->outputs, 0, p->count * sizeof *p->outputs);
        p->next = p->count = 0;
    }
}

static void make_safe(struct buf *piece, bool last)
{
    CLEANUP(buf_done) struct buf safe = {0};
    text_safe(&safe, buf_text(piece), piece->len, true);
    if (last && safe.len && safe.data[safe.len - 1] != '\n')
        buf_putc(&safe, '\n'); /* what comes next begins a line */
    buf_clear(piece);
    buf_add(piece, buf_text(&safe), safe.len);
}

/* Reads the next piece back. */
static void fill(struct printer *p)
{
    struct output *o = &p->outputs[p->next];
    size_t wanted = o->left < PIECE_BYTES ? (size_t)o->left : PIECE_BYTES;
    ssize_t n = wanted ? pread(p->spool, buf_reserve(&p->piece, wanted), wanted, o->at) : 0;
    if (n > 0 && p->terminal && n < o->left)
        n = (ssize_t)whole_characters(p->piece.data, (size_t)n);
    if (n > 0) {
        p->piece.len = (size_t)n;
        p->piece.data[n] = '\0';
        o->at += n;
        o->left -= n;
    }
    bool last = n <= 0 || o->left == 0;
    if (p->terminal && p->piece.len)
        make_safe(&p->piece, last);
    if (last)
        finish_output(p);
}

static void give_up(struct printer *p)
{
    int error = errno;
    p->broken = true;
    buf_clear(&p->piece);
    if (p->options.on_broken)
        p->options.on_broken(p->options.arg, error);
}

/* Writes what may be written now of the piece. false: no more room. */
static bool write_some(struct printer *p)
{
    struct pollfd room = {.fd = STDOUT_FILENO, .events = POLLOUT};
    if (p->pollable && (poll(&room, 1, 0) != 1 || !(room.revents & (POLLOUT | POLLERR))))
        return false;
    if (p->terminal)
        progress_hide(p->options.progress);
    ssize_t n = write(STDOUT_FILENO, p->piece.data, p->piece.len < PIECE_BYTES ? p->piece.len : PIECE_BYTES);
    if (n >= 0)
        buf_drop(&p->piece, (size_t)n);
    else if (errno == EAGAIN)
        return false;
    else if (errno != EINTR)
        give_up(p);
    return true;
}

static void pump(struct printer *p)
{
    int pieces = 0;
    bool room = true;
    while (room && printer_is_busy(p) && (pieces++ < PIECES_A_TURN || !p->pollable)) {
        if (!p->piece.len)
            fill(p);
        if (p->piece.len)
            room = write_some(p);
    }
    watch(p, p->pollable && printer_is_busy(p));
}

static void on_room(void *arg, uint32_t events) { pump(arg); }

static void watch(struct printer *p, bool on)
{
    if (on && !p->watching)
        loop_fd_set(p->loop, STDOUT_FILENO, EPOLLOUT, on_room, p);
    if (!on && p->watching)
        loop_fd_remove(p->loop, STDOUT_FILENO);
    p->watching = on;
}

/* Copies n bytes of fd to the end of the spool. 0, or -1 with errno. */
static int spool(struct printer *p, int fd, int64_t n)
{
    char bytes[COPY_BYTES];
    for (off_t at = 0; at < n;) {
        ssize_t got = pread(fd, bytes, sizeof bytes, at);
        if (got <= 0)
            return got < 0 ? -1 : 0;
        if (pwrite(p->spool, bytes, (size_t)got, p->spool_bytes + at) != got)
            return -1;
        at += got;
    }
    return 0;
}

int printer_take(struct printer *p, size_t index, int fd, int64_t n, struct err *e)
{
    if (p->broken)
        return 0;
    if (spool(p, fd, n))
        return err_fail(e, ERR_FILE, "could not keep what a task printed: %s", strerror(errno));
    struct output *o = output_at(p, p->options.ordered ? index : p->count);
    *o = (struct output){.at = p->spool_bytes, .left = n, .here = true};
    p->spool_bytes += n;
    p->held++;
    pump(p);
    return 0;
}

void printer_skip(struct printer *p, size_t index)
{
    if (!p->options.ordered || p->broken)
        return;
    struct output *o = output_at(p, index);
    o->here = true;
    p->held++;
    pump(p);
}

void printer_close(struct printer *p)
{
    p->closed = true;
    pump(p);
}
