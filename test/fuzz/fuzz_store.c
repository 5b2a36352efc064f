/* The file of a store, damaged or made by somebody else: `docket restore`, `docket serve` on a directory that was handed over.
 *
 * An input is what is changed in a good store: three bytes of place (in the file, modulo its length), one of length, and so many
 * bytes; its first byte says whether the file is cut as well, or is the input itself.
 *
 * It is refused with words that name it, or is found whole; a whole one opens, and what it holds is shown and worked on without
 * harm to the process. */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "fuzz.h"
#include "store/sqlite_inner.h"
#include "store/store_inner.h"
#include "world.h"

enum { GOOD_MAX = 1 << 20, ASKED_EACH = 3 };

static struct {
    unsigned char *bytes;
    size_t n;
    char path[64];
} good;

static const char *const FILLED[] = {
    "POST /api/v1/queues/q/tasks\n{\"tasks\":[{\"command\":\"a\",\"key\":\"a\"},{\"payload\":{\"b\":1},\"after\":[{\"key\":\"a\"}]},"
    "{\"command\":\"c\",\"env\":{\"A\":\"b\"},\"cwd\":\"/tmp\",\"priority\":3},{\"command\":\"d\",\"not_before\":\"2037-01-01T00:00:00Z\"}]}",
    "POST /api/v1/queues/q/claim\n{\"worker\":\"w\",\"max\":1,\"nonce\":\"n\",\"begin\":1}",
    "POST /api/v1/queues/q/finish\n{\"worker\":\"w\",\"results\":[{\"lease\":1,\"exitcode\":1,\"message\":\"no\",\"output\":{\"stdout\":\"x\"},"
    "\"result\":[1]}],\"claim\":1}",
    "PUT /api/v1/consumers/c\n{\"rev\":1}",
    "PUT /api/v1/queues/r\n{\"lease_seconds\":5,\"retention_seconds\":60}",
    "DELETE /api/v1/tasks/4\n",
};

static const char *const ASKED[] = {
    "GET /api/v1/queues\n", "GET /api/v1/queues/q\n", "GET /api/v1/queues/q/tasks\n", "GET /api/v1/queues/q/results\n",
    "GET /api/v1/tasks/1\n", "GET /api/v1/tasks/2\n", "GET /api/v1/tasks/1/output\n", "GET /api/v1/tasks/3/stdout\n",
    "GET /api/v1/queues/q/failures\n", "GET /api/v1/queues/q/workers\n", "GET /api/v1/queues/q/leases?worker=w\n",
    "GET /api/v1/changes?since=0\n", "GET /api/v1/journal\n", "GET /api/v1/consumers\n", "GET /metrics\n",
    "POST /api/v1/queues/q/claim\n{\"worker\":\"v\",\"max\":9}", "POST /api/v1/queues/q/retry\n{\"all\":true}",
    "POST /api/v1/queues/q/finish\n{\"worker\":\"w\",\"results\":[{\"lease\":2,\"exitcode\":0}]}", "POST /api/v1/queues/q/delete\n{\"all\":true}",
};

static void ask(struct world *w, const char *request)
{
    const char *line = strchr(request, '\n'), *body = line + 1;
    char text[1024];
    CLEANUP(cleanup_fd) int fd = world_connect(w);
    int n = snprintf(text, sizeof text, "%.*s HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " WORLD_TOKEN "\r\nContent-Length: %zu\r\n\r\n%s",
                     (int)(line - request), request, strlen(body), body);
    fuzz_must(send(fd, text, (size_t)n, MSG_NOSIGNAL) == n, "not sent");
    world_settle(w);
}

static void remove_file(void) { unlink(good.path); }

/* A good store with something of everything in it. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct world *w = world_begin();
    struct buf b = {0};
    struct err e;
    char text[200];
    for (size_t i = 0; i < COUNT_OF(FILLED); i++)
        ask(w, FILLED[i]);
    snprintf(good.path, sizeof good.path, "/dev/shm/docket-fuzz-store-%d", (int)getpid());
    snprintf(text, sizeof text, "PRAGMA page_size = 512; VACUUM INTO '%s'", good.path); /* small pages: more of it means something */
    fuzz_must(sqlite3_exec(w->store->db->handle, text, NULL, NULL, NULL) == SQLITE_OK &&
                  file_read(good.path, GOOD_MAX, &b, &e) == 0,
              "no good store");
    good.bytes = (unsigned char *)b.data;
    good.n = b.len;
    atexit(remove_file);
    world_end(w);
    return 0;
}

static void write_file(const void *bytes, size_t n)
{
    static const char *const BESIDE[] = {"", "-wal", "-shm", "-journal"};
    char path[80];
    for (size_t i = 0; i < COUNT_OF(BESIDE); i++) {
        snprintf(path, sizeof path, "%s%s", good.path, BESIDE[i]);
        unlink(path);
    }
    CLEANUP(cleanup_fd) int fd = open(good.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    fuzz_must(fd >= 0 && write(fd, bytes, n) == (ssize_t)n, "no file");
}

static void change(unsigned char *bytes, struct fuzz_input *in)
{
    while (in->left > 4) {
        size_t at = ((size_t)in->at[0] << 16 | (size_t)in->at[1] << 8 | in->at[2]) % good.n, n = in->at[3];
        in->at += 4;
        in->left -= 4;
        n = n < in->left ? n : in->left;
        n = n < good.n - at ? n : good.n - at;
        memcpy(bytes + at, in->at, n);
        in->at += n;
        in->left -= n;
    }
}

static void make_file(struct fuzz_input in)
{
    enum { AS_IT_IS, CUT, ITSELF, KINDS = 16 };
    unsigned kind = fuzz_choice(&in, KINDS);
    if (kind == ITSELF) {
        write_file(in.at, in.left);
        return;
    }
    size_t n = kind == CUT && in.left ? good.n / 256 * *in.at : good.n;
    unsigned char *bytes = malloc(good.n);
    memcpy(bytes, good.bytes, good.n);
    change(bytes, &in);
    write_file(bytes, n);
    free(bytes);
}

static void check_failure(int r, const struct err *e)
{
    fuzz_must(r < 0 && r > -ERR_COUNT && e->text[0], "%d: %s", r, e->text);
    fuzz_must(strstr(e->text, good.path), "which file? %s", e->text);
}

/* A few of the requests, which ones follows from the input. */
static void work_on(struct store *s, size_t from)
{
    struct world *w = world_begin_on(s);
    if (!w)
        return;
    for (size_t i = 0; i < ASKED_EACH && !w->engine.failed; i++)
        ask(w, ASKED[(from * ASKED_EACH + i) % COUNT_OF(ASKED)]);
    world_end(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct store_copy copy;
    struct store *s = NULL;
    struct store_options o = {.path = good.path, .no_sync = true, .exclusive = true};
    struct err e = {0};
    make_file((struct fuzz_input){bytes, n});
    int whole = store_copy_check(good.path, &copy, &e);
    if (whole)
        check_failure(whole, &e);
    int r = store_open(&o, &s, &e);
    fuzz_must(!r || (r < 0 && e.text[0]), "%d without words", r);
    if (!r)
        work_on(s, n);
    return 0;
}
