/* First one question tells all that is there. What lacks is sent as the input of a script, which writes it beside its place, looks at its
 * hash, and renames it: a program is there whole or not at all, also where two servers put it there at once. What the far side says
 * is compared, and nothing of it becomes a word of a command but its home directory, quoted. */
#include "launch/program.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"

extern const char DOCKET_PY[]; /* clients/python/docket.py */

#define SEND_US (600 * CLOCK_SECOND)

enum { HASH_TEXT = 2 * crypto_hash_sha256_BYTES + 1, PIECE = 64 * 1024 };

struct program_find {
    struct loop *loop;
    struct site_link *link;
    struct program_ask ask;
    program_found_fn *fn;
    void *arg;
    struct arena arena;
    const char *home, *machine;
    const char *why;  /* why the bundle is not there */
    bool python;      /* one that will do */
    char bundle[HASH_TEXT], script[HASH_TEXT]; /* hashes; "": none */
    bool forgotten;
};

static void answer(struct program_find *f, const struct program_found *found)
{
    if (!f->forgotten)
        f->fn(f->arg, found);
    arena_done(&f->arena);
    free(f);
}

static void fail(struct program_find *f, const struct err *e)
{
    struct program_found found = {.err = e};
    answer(f, &found);
}

static void take(struct program_find *f, const char *kind, const char *first, const char *second)
{
    struct program_found found = {.kind = kind, .words = {first, second}};
    answer(f, &found);
}

static const char *in_folder(struct program_find *f, const char *name)
{
    return arena_printf(&f->arena, "%s/.%s/%s/%s", f->home, f->ask.app, f->ask.version, name);
}

static void refuse(struct program_find *f)
{
    struct err e;
    err_refuse(&e, ERR_SITE_REFUSED, "the site '%s' has no docket %s in its PATH, no Python from 3.6 on, and %s", f->ask.site, f->ask.version, f->why);
    err_hint(&e, "install one of them there, or name a program (docket) or a bundle in the settings");
    fail(f, &e);
}

/* Hashes */

static void hash_text(const unsigned char hash[crypto_hash_sha256_BYTES], char out[HASH_TEXT])
{
    sodium_bin2hex(out, HASH_TEXT, hash, crypto_hash_sha256_BYTES);
}

/* Of an open file, from its beginning, to which it is put back. -1: errno. */
static int hash_file(int fd, char out[HASH_TEXT])
{
    crypto_hash_sha256_state state;
    unsigned char hash[crypto_hash_sha256_BYTES], piece[PIECE];
    ssize_t n;
    crypto_hash_sha256_init(&state);
    while ((n = read(fd, piece, sizeof piece)) > 0)
        crypto_hash_sha256_update(&state, piece, (unsigned long long)n);
    crypto_hash_sha256_final(&state, hash);
    hash_text(hash, out);
    return n < 0 || lseek(fd, 0, SEEK_SET) < 0 ? -1 : 0;
}

static int open_bundle(struct program_find *f, int *out_fd, struct err *e)
{
    char cause[TEXT_CAUSE_BYTES];
    int fd = open(f->ask.bundle, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || hash_file(fd, f->bundle) != 0) {
        int why = errno;
        if (fd >= 0)
            close(fd);
        return err_fail(e, ERR_FILE, "could not read the bundle '%s': %s", f->ask.bundle, text_cause(why, cause));
    }
    *out_fd = fd;
    return 0;
}

/* Scripts. $d is ~/.APP, $v the version, $h the hash that what comes must have. */

static void begin_script(const struct program_find *f, const char *hash, struct buf *b)
{
    buf_puts(b, "d=./.");
    buf_puts(b, f->ask.app);
    buf_puts(b, " v=");
    text_shell_word(b, f->ask.version);
    buf_puts(b, " h=");
    text_shell_word(b, hash);
    buf_puts(b, "\nhash_of() { if command -v sha256sum >/dev/null; then sha256sum <\"$1\" | cut -d' ' -f1; else\n"
                "    python3 -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], \"rb\").read()).hexdigest())' \"$1\"; fi; }\n");
}

static void send_text(const char *text, int *out_fd)
{
    int fd = memfd_create("docket.py", MFD_CLOEXEC);
    size_t n = strlen(text);
    if (fd < 0 || write(fd, text, n) != (ssize_t)n || lseek(fd, 0, SEEK_SET) != 0)
        abort(); /* memory */
    *out_fd = fd;
}

static bool has_line(const struct far_answer *a, const char *line)
{
    size_t n = strlen(line);
    for (const char *at = a->text; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
        if (strncmp(at, line, n) == 0 && (at[n] == '\n' || !at[n]))
            return true;
    return false;
}

/* docket.py */

static void on_script_sent(void *arg, const struct far_answer *a)
{
    struct program_find *f = arg;
    if (a->err && !f->forgotten) {
        fail(f, a->err);
    } else if (f->forgotten || !has_line(a, "sent")) {
        refuse(f);
    } else {
        take(f, "python3", "python3", in_folder(f, "docket.py"));
    }
}

static void send_script(struct program_find *f)
{
    CLEANUP(buf_done) struct buf b = {0};
    int fd;
    if (!f->python) {
        refuse(f);
        return;
    }
    begin_script(f, f->script, &b);
    buf_puts(&b, "mkdir -p \"$d/$v\" && cat >\"$d/$v/docket.py.$$\" && [ \"$(hash_of \"$d/$v/docket.py.$$\")\" = \"$h\" ] &&\n"
                 "    mv -f \"$d/$v/docket.py.$$\" \"$d/$v/docket.py\" && python3 \"$d/$v/docket.py\" work --help </dev/null >/dev/null 2>&1 && echo sent ||\n"
                 "    rm -f \"$d/$v/docket.py.$$\"");
    send_text(DOCKET_PY, &fd);
    site_run(f->link, buf_text(&b), fd, SEND_US, on_script_sent, f);
}

/* The bundle */

static void on_bundle_sent(void *arg, const struct far_answer *a)
{
    struct program_find *f = arg;
    if (a->err && !f->forgotten) {
        fail(f, a->err);
    } else if (!f->forgotten && has_line(a, "sent")) {
        take(f, "bundle", in_folder(f, "bin/docket"), NULL);
    } else {
        f->why = "the bundle does not run there";
        send_script(f);
    }
}

/* What other jobs run now keeps running: it is moved aside, and its files are let go of. docket.py stays beside it. */
static void send_bundle(struct program_find *f, int fd)
{
    CLEANUP(buf_done) struct buf b = {0};
    begin_script(f, f->bundle, &b);
    buf_puts(&b, "p=$d/$v.part.$$\nmkdir -p \"$d\" && rm -rf \"$p\" && mkdir \"$p\" && cat >\"$p.tar.gz\" && [ \"$(hash_of \"$p.tar.gz\")\" = \"$h\" ] &&\n"
                 "    gzip -dc <\"$p.tar.gz\" | tar -xof - -C \"$p\" && set -- \"$p\"/*/bin/docket && [ -x \"$1\" ] && n=${1%/bin/docket} &&\n"
                 "    [ \"$(\"$1\" --version </dev/null 2>/dev/null)\" = \"docket $v\" ] && echo \"$h\" >\"$n/hash\" &&\n"
                 "    { [ ! -e \"$d/$v/docket.py\" ] || cp \"$d/$v/docket.py\" \"$n/docket.py\"; } &&\n"
                 "    { [ ! -e \"$d/$v\" ] || mv \"$d/$v\" \"$p/old\"; } && mv \"$n\" \"$d/$v\" && echo sent\n"
                 "rm -rf \"$p\" \"$p.tar.gz\"");
    site_run(f->link, buf_text(&b), fd, SEND_US, on_bundle_sent, f);
}

/* What is there */

static void try_bundle(struct program_find *f, const struct far_answer *a)
{
    struct err e;
    int fd;
    if (!f->ask.bundle || !*f->ask.bundle) {
        f->why = "this server has no bundle to be put there";
    } else if (!has_line(a, arena_printf(&f->arena, "machine\t%s", f->ask.machine))) {
        f->why = "the bundle is for another kind of machine";
    } else if (open_bundle(f, &fd, &e) != 0) {
        fail(f, &e);
        return;
    } else if (has_line(a, arena_printf(&f->arena, "bundle\t%s\tdocket %s", f->bundle, f->ask.version))) {
        close(fd);
        take(f, "bundle", in_folder(f, "bin/docket"), NULL);
        return;
    } else {
        send_bundle(f, fd);
        return;
    }
    if (has_line(a, arena_printf(&f->arena, "script\t%s", f->script)) && f->python)
        take(f, "python3", "python3", in_folder(f, "docket.py"));
    else
        send_script(f);
}

static void on_there(void *arg, const struct far_answer *a)
{
    struct program_find *f = arg;
    unsigned char hash[crypto_hash_sha256_BYTES];
    if (a->err || f->forgotten) {
        fail(f, a->err);
        return;
    }
    f->home = arena_strdup(&f->arena, a->home);
    f->python = has_line(a, "python\tfit");
    crypto_hash_sha256(hash, (const unsigned char *)DOCKET_PY, strlen(DOCKET_PY));
    hash_text(hash, f->script);
    if (has_line(a, arena_printf(&f->arena, "named\tdocket %s", f->ask.version)))
        take(f, "named", f->ask.named, NULL);
    else if (has_line(a, arena_printf(&f->arena, "path\tdocket %s", f->ask.version)))
        take(f, "PATH", "docket", NULL);
    else
        try_bundle(f, a);
}

struct program_find *program_find(struct loop *l, struct site_link *k, const struct program_ask *ask, program_found_fn *fn, void *arg)
{
    CLEANUP(buf_done) struct buf b = {0};
    struct program_find *f = calloc(1, sizeof *f);
    if (!f)
        abort();
    *f = (struct program_find){.loop = l, .link = k, .ask = *ask, .fn = fn, .arg = arg};
    begin_script(f, "", &b);
    buf_puts(&b, "printf 'machine\\t%s\\n' \"$(uname -sm)\"\nversion_of() { \"$1\" --version </dev/null 2>/dev/null | head -n 1; }\n");
    if (ask->named && *ask->named) {
        buf_puts(&b, "printf 'named\\t%s\\n' \"$(version_of ");
        text_shell_word(&b, ask->named);
        buf_puts(&b, ")\"\n");
    }
    buf_puts(&b, "printf 'path\\t%s\\n' \"$(version_of docket)\"\n"
                 "printf 'bundle\\t%s\\t%s\\n' \"$(cat \"$d/$v/hash\" 2>/dev/null)\" \"$(version_of \"$d/$v/bin/docket\")\"\n"
                 "[ ! -f \"$d/$v/docket.py\" ] || printf 'script\\t%s\\n' \"$(hash_of \"$d/$v/docket.py\")\"\n"
                 "python3 -c 'import ssl, sys; sys.exit(sys.version_info < (3, 6))' </dev/null 2>/dev/null && printf 'python\\tfit\\n' || :");
    site_run(k, buf_text(&b), -1, 0, on_there, f);
    return f;
}

void program_find_forget(struct program_find *f)
{
    if (f)
        f->forgotten = true;
}
