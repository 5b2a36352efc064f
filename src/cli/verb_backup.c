/* docket backup: a copy of the whole store, made while the server goes on.
 *
 * The bytes go into FILE.part, which only we may read; it becomes FILE once it is synced and has been found whole, and
 * never in place of a file that was there. Whatever ends the verb before that takes FILE.part away again. A second backup into
 * the same FILE finds FILE.part locked; one left over by a verb that was killed is taken over. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/backup_dir.h"
#include "cli/connect.h"
#include "cli/out.h"
#include "cli/verb.h"
#include "store/store.h"

enum { DRAW_MS = 200 };

struct backup_options {
    struct connect_options connect;
    const char *into;
    int64_t keep; /* 0: all */
    bool json;
};

static const struct option OPTIONS[] = {
    CONNECT_OPTIONS(offsetof(struct backup_options, connect)),
    {"into", 0, OPTION_TEXT, "DIR", offsetof(struct backup_options, into), 0, 0, "a file of its own there, named by its date"},
    {"keep", 0, OPTION_INT, "N", offsetof(struct backup_options, keep), 1, 1000000, "then remove all but the last N of these"},
    {"json", 0, OPTION_FLAG, NULL, offsetof(struct backup_options, json), 0, 0, "print what was made as JSON"},
};

static int run_backup(struct verb_call *call, struct err *e);

const struct verb verb_backup = {
    .name = "backup",
    .arguments = "[FILE]",
    .summary = "a copy of the whole store, while it is in use",
    .help = "FILE must not exist; it appears once the copy is whole and was checked. With -\n"
            "the copy goes to stdout, unchecked (docket restore checks it). It holds every\n"
            "queue, task and result as of the moment the copy was finished, and anyone who\n"
            "has it can read them. The token is not in it.\n\n"
            "With --into the copy becomes DIR/docket-YYYYMMDDTHHMMSSZ.db (UTC); DIR is made\n"
            "(0700) if it is missing. --keep removes the oldest files of that form once the\n"
            "new one is in place, and never any other.\n\n"
            "  docket backup before-the-move.db\n"
            "  docket backup --into /srv/backup --keep 14\n"
            "  docket backup - | zstd | ssh vault 'cat >docket.db.zst'\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct backup_options),
    .args_min = 0,
    .args_max = 1,
    .flags = VERB_OPENS_DATA,
    .run = run_backup,
};

/* A copy on its way from the server into a descriptor. */
struct transfer {
    struct loop *loop;
    int fd;
    const char *name; /* what it is written to */
    int64_t bytes, total, drawn_us;
    bool terminal, over, interrupted;
    int write_error;
    int status;
    struct err err;
};

static void erase_line(const struct transfer *t)
{
    if (t->terminal && t->drawn_us)
        fputs("\r\033[K", stderr);
}

static void draw(struct transfer *t)
{
    CLEANUP(buf_done) struct buf line = {0};
    int64_t now_us = clock_mono_us();
    if (!t->terminal || now_us < t->drawn_us + DRAW_MS * CLOCK_MS)
        return;
    t->drawn_us = now_us;
    if (t->total < 0) {
        buf_puts(&line, "the server copies its store …");
    } else {
        text_bytes(&line, t->bytes);
        buf_puts(&line, " of ");
        text_bytes(&line, t->total);
    }
    fprintf(stderr, "\r\033[K%s", buf_text(&line));
}

static bool on_bytes(void *arg, const void *bytes, size_t n, int64_t total)
{
    struct transfer *t = arg;
    t->total = total;
    for (const char *rest = bytes; n > 0;) {
        ssize_t done = write(t->fd, rest, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0) {
            t->write_error = errno;
            return false;
        }
        rest += done;
        n -= (size_t)done;
        t->bytes += done;
    }
    draw(t);
    return true;
}

static void on_end(void *arg, const struct client_reply *reply)
{
    struct transfer *t = arg;
    t->over = true;
    t->status = reply->status;
    t->err = reply->err;
}

static void on_signal(void *arg, int signal)
{
    struct transfer *t = arg;
    t->interrupted = true;
}

static int judge(const struct transfer *t, struct err *e)
{
    char cause[TEXT_CAUSE_BYTES];
    if (t->interrupted)
        return err_refuse(e, ERR_INTERRUPTED, "interrupted; no backup was made");
    if (t->write_error)
        return err_fail(e, ERR_FILE, "could not write %s: %s", t->name, text_cause(t->write_error, cause));
    if (t->status == 200 && (t->total < 0 || t->bytes == t->total))
        return 0;
    if (t->bytes)
        return err_fail(e, ERR_FILE, "the backup broke off after %lld of %lld bytes: %s", (long long)t->bytes,
                        (long long)t->total, t->err.text);
    *e = t->err;
    return t->status ? (int)e->code : -(int)e->code;
}

/* Signals are held until the end of the verb, so that nothing half-done is left. */
static int transfer(struct transfer *t, struct client *c, struct err *e)
{
    loop_signal(t->loop, SIGINT, on_signal, t);
    loop_signal(t->loop, SIGTERM, on_signal, t);
    draw(t);
    struct client_request *r = client_fetch(c, "/api/v1/backup", on_bytes, on_end, t);
    while (!t->over && !t->interrupted)
        loop_turn(t->loop, -1);
    if (!t->over)
        client_cancel(r);
    erase_line(t);
    return judge(t, e);
}

/* FILE.part while it is ours: taken away again unless it got its name. */
struct part {
    const char *path;
    int fd;
    bool published;
};

static void drop_part(struct part *p)
{
    if (p->fd < 0)
        return;
    if (!p->published)
        unlink(p->path);
    close(p->fd);
}

/* Has another backup, whose FILE.part this was, given it its name or taken it away before we had the lock? */
static bool is_gone(const struct part *p)
{
    struct stat locked, named;
    return fstat(p->fd, &locked) == 0 &&
           (lstat(p->path, &named) || locked.st_ino != named.st_ino || locked.st_dev != named.st_dev);
}

/* Opens FILE.part and locks it, whoever's it was. */
static int take_part(struct part *p, struct err *e)
{
    char cause[TEXT_CAUSE_BYTES];
    int fd = open(p->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_fail(e, ERR_FILE, "could not make '%s': %s", p->path, text_cause(errno, cause));
    if (flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK) {
        close(fd);
        return err_fail(e, ERR_FILE, "another backup is writing '%s'", p->path);
    }
    p->fd = fd;
    return 0;
}

static int open_part(struct part *p, struct err *e)
{
    char cause[TEXT_CAUSE_BYTES];
    struct stat st;
    int r = take_part(p, e);
    while (r == 0 && is_gone(p)) {
        close(p->fd);
        p->fd = -1;
        r = take_part(p, e);
    }
    if (r)
        return r;
    int fd = p->fd;
    errno = EEXIST; /* what it is if it can be asked and is no file */
    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || fchmod(fd, 0600) || ftruncate(fd, 0))
        return err_fail(e, ERR_FILE, "could not use '%s' for the copy: %s", p->path, text_cause(errno, cause));
    return 0;
}

static int refuse_existing(const char *file, struct err *e)
{
    if (!file_exists(file))
        return 0;
    int r = err_fail(e, ERR_FILE, "'%s' exists already; a backup replaces nothing", file);
    err_hint(e, "give it another name, or move that file away");
    return r;
}

static int keep(struct part *p, const char *file, struct store_copy *out, struct err *e)
{
    char cause[TEXT_CAUSE_BYTES];
    if (fsync(p->fd))
        return err_fail(e, ERR_FILE, "could not write '%s': %s", p->path, text_cause(errno, cause));
    int r = store_copy_check(p->path, out, e);
    if (!r)
        r = file_publish(p->path, file, e);
    p->published = !r;
    return r;
}

/* Where a copy goes. */
struct target {
    const char *file, *part;
    const char *into; /* a directory of dated ones, or NULL */
    int64_t keep, removed;
};

static void tell_json(const struct target *to, const struct store_copy *copy)
{
    CLEANUP(json_drop) json_t *all = json_pack("{s:o,s:I,s:I,s:I,s:I}", "file", json_bytes(to->file, strlen(to->file)),
                                               "bytes", (json_int_t)copy->bytes, "rev", (json_int_t)copy->rev, "schema",
                                               (json_int_t)copy->schema, "removed", (json_int_t)to->removed);
    out_json(all);
}

static void tell(const struct target *to, const struct store_copy *copy)
{
    CLEANUP(buf_done) struct buf line = {0};
    buf_printf(&line, "%s: ", to->file);
    text_bytes(&line, copy->bytes);
    buf_printf(&line, ", revision %lld, checked", (long long)copy->rev);
    if (to->removed)
        buf_printf(&line, "; %lld older removed", (long long)to->removed);
    out_safe(stdout, buf_text(&line));
    putchar('\n');
}

/* A backup that was made is told of, also where an older one could not be removed. */
static int finish(struct target *to, struct arena *a, const struct store_copy *copy, bool json, struct err *e)
{
    int r = to->keep ? backup_dir_trim(a, to->into, to->file, to->keep, &to->removed, e) : 0;
    (json ? tell_json : tell)(to, copy);
    return r ? err_widen(e, r, "the backup is made, but ") : 0;
}

static int to_file(struct transfer *t, struct connection *c, struct target *to, bool json, struct err *e)
{
    struct store_copy copy;
    CLEANUP(drop_part) struct part part = {.path = to->part, .fd = -1};
    int r = open_part(&part, e);
    if (r)
        return r;
    t->fd = part.fd;
    t->name = arena_printf(&c->arena, "'%s'", part.path);
    r = transfer(t, c->client, e);
    if (!r)
        r = keep(&part, to->file, &copy, e);
    return r ? r : finish(to, &c->arena, &copy, json, e);
}

static int to_pipe(struct transfer *t, struct connection *c, struct err *e)
{
    t->fd = STDOUT_FILENO;
    t->name = "to stdout";
    return transfer(t, c->client, e);
}

static int check_pipe(const struct backup_options *o, struct err *e)
{
    if (o->json)
        return err_refuse(e, ERR_USAGE, "with - the copy goes to stdout, so there is no place for --json");
    if (isatty(STDOUT_FILENO))
        return err_refuse(e, ERR_USAGE, "stdout is a terminal; the copy would only garble it");
    return 0;
}

static int check_options(const struct verb_call *call, const struct backup_options *o, struct err *e)
{
    if (o->into && !*o->into)
        return err_refuse(e, ERR_USAGE, "--into must name a directory");
    if (o->into && call->arg_count)
        return err_refuse(e, ERR_USAGE, "--into names the file itself: '%s' is one argument too many", call->args[0]);
    if (o->keep && !o->into)
        return err_refuse(e, ERR_USAGE, "--keep goes with --into DIR");
    if (o->into || call->arg_count)
        return 0;
    int r = err_refuse(e, ERR_USAGE, "something is missing: docket backup FILE, or docket backup --into DIR");
    err_hint(e, "more about it: docket backup --help");
    return r;
}

/* The file's name is chosen now, its date that of the beginning. */
static int choose(struct target *to, struct arena *a, const struct verb_call *call, struct err *e)
{
    const struct backup_options *o = call->options;
    *to = (struct target){.into = o->into, .keep = o->keep};
    to->file = o->into ? backup_dir_file(a, o->into) : call->args[0];
    to->part = o->into ? backup_dir_part(a, o->into) : arena_printf(a, "%s.part", to->file);
    return refuse_existing(to->file, e);
}

static int run_backup(struct verb_call *call, struct err *e)
{
    const struct backup_options *o = call->options;
    bool pipe = call->arg_count && strcmp(call->args[0], "-") == 0;
    CLEANUP(connect_close) struct connection c = {0};
    struct target to;
    struct transfer t = {.loop = call->loop, .total = -1, .terminal = isatty(STDERR_FILENO)};
    int r = check_options(call, o, e);
    if (!r)
        r = pipe ? check_pipe(o, e) : choose(&to, &c.arena, call, e);
    if (!r)
        r = connect_open(&c, call, &o->connect, e);
    if (!r && o->into)
        r = backup_dir_make(o->into, e);
    if (r)
        return r;
    return pipe ? to_pipe(&t, &c, e) : to_file(&t, &c, &to, o->json, e);
}
