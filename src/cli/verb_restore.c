/* docket restore: a data directory's store out of a backup.
 *
 * The copy is written beside the store and found whole before anything is touched. Then the old store, brought into its one
 * file first, gets a dated name beside its own, and the new one takes that over in one step: whenever this ends, there
 * is one whole store under the store's name. Leases that were open when the backup was made get their
 * time anew when the server starts, as after any other rest. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/data_dir.h"
#include "cli/out.h"
#include "cli/place.h"
#include "cli/verb.h"
#include "store/store.h"

enum { PIECE_BYTES = 1024 * 1024 };

struct restore_options {
    const char *data;
    bool force, json;
};

#define AT(member) offsetof(struct restore_options, member)
static const struct option OPTIONS[] = {
    {"data", 0, OPTION_TEXT, "DIR", AT(data), 0, 0, "the data directory, else DOCKET_DATA, else your own"},
    {"force", 0, OPTION_FLAG, NULL, AT(force), 0, 0, "also where there is a store; it is kept under another name"},
    {"json", 0, OPTION_FLAG, NULL, AT(json), 0, 0, "print what was restored as JSON"},
};

static int run_restore(struct verb_call *call, struct err *e);

const struct verb verb_restore = {
    .name = "restore",
    .arguments = "FILE",
    .summary = "a data directory's store out of a backup",
    .help = "FILE (- for stdin) is checked first, and nothing is touched unless it is whole.\n"
            "No server may be running on the directory. What was running when the backup\n"
            "was made is still running: its leases get their time anew when the server\n"
            "starts. Programs that follow changes are told to begin anew.\n\n"
            "  docket restore /srv/backup/docket-2026-11-22.db --data /srv/docket\n"
            "  ssh vault 'zstd -dc docket.db.zst' | docket restore - --force\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct restore_options),
    .args_min = 1,
    .args_max = 1,
    .run = run_restore,
};

struct restoring {
    struct arena arena;
    struct data_dir dir;
    const char *file;  /* NULL: stdin */
    const char *aside; /* where the old store is kept, or NULL */
    bool made_dir;     /* by us: taken away again if nothing comes of it */
    bool done;
    struct store_copy copy;
};

/* What did not become a store leaves no trace. */
static void end_restoring(struct restoring *s)
{
    if (s->dir.lock_fd >= 0 && s->dir.path) {
        if (!s->dir.host_lock.lost)
            unlink(s->dir.restore_path);
        data_dir_close(&s->dir);
    }
    if (s->made_dir && !s->done && s->dir.path) {
        unlink(arena_printf(&s->arena, "%s/lock", s->dir.path));
        rmdir(s->dir.path);
    }
    arena_done(&s->arena);
}

static int fail(const char *doing, const char *path, struct err *e)
{
    char cause[TEXT_CAUSE_BYTES];
    return err_fail(e, ERR_FILE, "could not %s '%s': %s", doing, path, text_cause(errno, cause));
}

/* A copy of a store's file alone, made while a server ran, lacks what still stood in the log beside it. */
static int check_file(struct restoring *s, struct err *e)
{
    struct stat st;
    const char *log = arena_printf(&s->arena, "%s-wal", s->file);
    if (stat(log, &st) || st.st_size == 0)
        return store_copy_check(s->file, &s->copy, e);
    int r = err_fail(e, ERR_FILE, "'%s' is no finished backup: a part of it stands in '%s'", s->file, log);
    err_hint(e, "docket backup makes one; a whole data directory is used as it is: docket serve --data DIR");
    return r;
}

static int write_all(int to, const char *path, const char *bytes, size_t n, struct err *e)
{
    while (n > 0) {
        ssize_t done = write(to, bytes, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return fail("write", path, e);
        bytes += done;
        n -= (size_t)done;
    }
    return 0;
}

static int copy_bytes(struct restoring *s, int from, int to, struct err *e)
{
    char *piece = arena_alloc(&s->arena, PIECE_BYTES);
    for (;;) {
        ssize_t n = read(from, piece, PIECE_BYTES);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail("read", s->file ? s->file : "stdin", e);
        int r = write_all(to, s->dir.restore_path, piece, (size_t)n, e);
        if (r == 0)
            r = data_dir_renew(&s->dir, e);
        if (r)
            return r;
        if (n == 0)
            return fsync(to) ? fail("write", s->dir.restore_path, e) : 0;
    }
}

/* What the lost store has told since the copy was made is not true any more: nobody may take it for the past of this one. */
static int adopt(struct restoring *s, struct err *e)
{
    struct store_options copy = data_dir_store(&s->dir);
    copy.path = s->dir.restore_path;
    return store_copy_adopt(&copy, e);
}

static int copy_in(struct restoring *s, struct err *e)
{
    const char *path = s->dir.restore_path;
    CLEANUP(cleanup_fd) int from = s->file ? open(s->file, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO);
    if (from < 0)
        return fail("open", s->file ? s->file : "stdin", e);
    CLEANUP(cleanup_fd) int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (to < 0)
        return fail("make", path, e);
    int r = copy_bytes(s, from, to, e);
    if (r == 0)
        r = store_copy_check(path, &s->copy, e);
    if (r == 0)
        r = adopt(s, e);
    return r && !s->file ? err_widen(e, r, "what came over stdin: ") : r;
}

static const char *dated_name(struct restoring *s)
{
    struct clock clock;
    char day[32];
    clock_init(&clock, 0);
    time_t now = (time_t)(clock_now_us(&clock) / CLOCK_SECOND);
    struct tm utc;
    strftime(day, sizeof day, "%Y%m%dT%H%M%SZ", gmtime_r(&now, &utc));
    const char *name = arena_printf(&s->arena, "%s.%s", s->dir.store_path, day);
    for (int n = 2; file_exists(name); n++)
        name = arena_printf(&s->arena, "%s.%s-%d", s->dir.store_path, day, n);
    return name;
}

/* Moves the log of a store that could not be brought into one file along with it. Gone before the new store has its
 * name: it must never be taken for a log of that. */
static int move_log(struct restoring *s, struct err *e)
{
    const char *log = arena_printf(&s->arena, "%s-wal", s->dir.store_path);
    unlink(arena_printf(&s->arena, "%s-shm", s->dir.store_path));
    if (!file_exists(log))
        return 0;
    int r = file_publish(log, arena_printf(&s->arena, "%s-wal", s->aside), e);
    return r ? err_widen(e, r, "the old store could not be kept: ") : 0;
}

/* The old store gets its second name before the new one takes its first. */
static int replace(struct restoring *s, struct err *e)
{
    const char *store = s->dir.store_path, *copy = s->dir.restore_path;
    if (link(store, s->aside) == 0)
        return rename(copy, store) ? fail("replace", store, e) : file_sync_dir(s->dir.path, e);
    int r = file_publish(store, s->aside, e); /* where a file has one name only */
    return r ? r : file_publish(copy, store, e);
}

static int put_in_place(struct restoring *s, struct err *e)
{
    struct err unused;
    bool there = file_exists(s->dir.store_path);
    struct store_options old = data_dir_store(&s->dir);
    s->aside = dated_name(s);
    if (there && store_settle(&old, &unused))
        log_warning("the old store could not be opened (%s); it is kept as it is", unused.text);
    int r = move_log(s, e);
    if (r == 0)
        r = there ? replace(s, e) : file_publish(s->dir.restore_path, s->dir.store_path, e);
    if (!there)
        s->aside = NULL;
    s->done = r == 0;
    return r;
}

static int refuse_existing(const struct restoring *s, struct err *e)
{
    int r = err_fail(e, ERR_FILE, "there is a store in '%s' already", s->dir.path);
    err_hint(e, "--force restores all the same, and keeps it under another name");
    return r;
}

static int restore(struct restoring *s, const struct restore_options *o, struct err *e)
{
    const char *named = getenv("DOCKET_DATA");
    const char *data = o->data ? o->data : named && *named ? named : place_data(&s->arena);
    int r = s->file ? check_file(s, e) : 0;
    if (r)
        return r;
    s->made_dir = access(data, F_OK) != 0;
    r = data_dir_lock(&s->dir, &s->arena, data, e);
    if (r == 0 && !o->force && file_exists(s->dir.store_path))
        r = refuse_existing(s, e);
    if (r == 0)
        r = copy_in(s, e);
    if (r == 0)
        r = data_dir_renew(&s->dir, e);
    return r ? r : put_in_place(s, e);
}

static void tell_json(const struct restoring *s)
{
    CLEANUP(json_drop) json_t *all =
        json_pack("{s:o,s:I,s:I,s:I,s:o}", "data", json_bytes(s->dir.path, strlen(s->dir.path)), "bytes",
                  (json_int_t)s->copy.bytes, "rev", (json_int_t)s->copy.rev, "schema", (json_int_t)s->copy.schema,
                  "kept", s->aside ? json_bytes(s->aside, strlen(s->aside)) : json_null());
    out_json(all);
}

static void tell(const struct restoring *s)
{
    char newest[CLOCK_TEXT_BYTES];
    CLEANUP(buf_done) struct buf line = {0};
    buf_printf(&line, "'%s' holds the backup now: ", s->dir.path);
    text_bytes(&line, s->copy.bytes);
    buf_printf(&line, ", revision %lld", (long long)s->copy.rev);
    if (s->copy.newest_us)
        buf_printf(&line, ", newest change %s", clock_format(s->copy.newest_us, newest));
    out_safe(stdout, buf_text(&line));
    putchar('\n');
    if (s->aside) {
        fputs("the store that was there is kept as ", stdout);
        out_safe(stdout, s->aside);
        putchar('\n');
    }
}

static int run_restore(struct verb_call *call, struct err *e)
{
    const struct restore_options *o = call->options;
    bool pipe = strcmp(call->args[0], "-") == 0;
    CLEANUP(end_restoring) struct restoring s = {.file = pipe ? NULL : call->args[0], .dir.lock_fd = -1};
    if (pipe && isatty(STDIN_FILENO))
        return err_refuse(e, ERR_USAGE, "stdin is a terminal; a backup cannot be typed");
    int r = restore(&s, o, e);
    if (r)
        return r;
    (o->json ? tell_json : tell)(&s);
    return 0;
}
