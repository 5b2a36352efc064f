/* Files that others leave in a data directory: the mark of a host that has it (DIR/holder), the token, the lock's text.
 *
 * Whatever stands in the mark, the directory is taken or refused with words; a token that is taken has no line end in it; and
 * when it is given back, nothing of ours stays. */
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "cli/data_dir.h"
#include "fuzz.h"

static char dir[64];

static const char *inside(const char *name)
{
    static char path[100];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void remove_dir(void)
{
    static const char *const FILES[] = {"holder", "holder.taken", "token", "lock", "server", "reserve"};
    for (size_t i = 0; i < COUNT_OF(FILES); i++)
        unlink(inside(FILES[i]));
    rmdir(dir);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    fuzz_must(sodium_init() >= 0, "no sodium");
    log_level = LOG_LEVEL_ERROR;
    snprintf(dir, sizeof dir, "/dev/shm/docket-fuzz-dir-%d", (int)getpid());
    fuzz_must(mkdir(dir, 0700) == 0, "no directory");
    atexit(remove_dir);
    return 0;
}

static void put(const char *name, const void *bytes, size_t n)
{
    CLEANUP(cleanup_fd) int fd = open(inside(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    fuzz_must(fd >= 0 && write(fd, bytes, n) == (ssize_t)n, "no file");
}

static void check_mark(const uint8_t *bytes, size_t n)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct host_lock l;
    struct err e = {0};
    put("holder", bytes, n);
    int r = host_lock_take(&l, &a, dir, &e);
    fuzz_must(r <= 0 && r > -ERR_COUNT && (!r || e.text[0]), "%d: %s", r, e.text);
    fuzz_must(!r == (l.fd >= 0), "taken, or not?");
    host_lock_drop(&l);
    fuzz_must(r || access(inside("holder"), F_OK), "our mark stays behind");
    unlink(inside("holder"));
    fuzz_must(!l.own || access(l.own, F_OK), "%s stays behind", l.own);
}

static void check_token(const uint8_t *bytes, size_t n)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct data_dir d;
    struct err e = {0};
    put("token", bytes, n);
    put("lock", bytes, n);
    int r = data_dir_open(&d, &a, dir, &e);
    fuzz_must(r <= 0 && r > -ERR_COUNT && (!r || e.text[0]), "%d: %s", r, e.text);
    if (r)
        return;
    size_t length = strlen(d.token);
    fuzz_must(length && length <= n && memcmp(d.token, bytes, length) == 0, "another token than stands there");
    fuzz_must(!strpbrk(d.token, "\r\n"), "a token of two lines");
    data_dir_close(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    check_mark(bytes, n);
    check_token(bytes, n);
    return 0;
}
