/* Copies of a store made while it is written to: commits are in the copy, rollbacks are not, and each rollback that had
 * written makes it begin anew, which is counted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "store/store.h"

enum { BODY = 3000, BODIES = 4000 };

static char directory[] = "/tmp/docket-backup.XXXXXX";
static char store_path[64], copy_path[64];

/* What no test is about, and none goes on without. */
static void must(int r, const struct err *e)
{
    if (r == 0)
        return;
    printf("not ok set up: %s\n", e->text);
    exit(1);
}

static struct store *open_store(const char *path)
{
    struct err e;
    struct store *s = NULL;
    struct store_options o = {.path = path};
    must(store_open(&o, &s, &e), &e);
    return s;
}

/* Writes bodies first..last-1, filled with `fill`. */
static void put(struct store *s, int first, int last, char fill, bool keep)
{
    struct err e;
    char bytes[BODY];
    memset(bytes, fill, sizeof bytes);
    must(store_begin(s, &e), &e);
    for (int i = first; i < last; i++)
        must(store_body_put(s, BODY_STDOUT, i + 1, bytes, sizeof bytes, &e), &e);
    if (keep)
        must(store_commit(s, 1, &e), &e);
    else
        store_rollback(s);
}

/* How many there are, the first missing or spoilt one not counted. */
static int bodies(struct store *s, char fill)
{
    struct err e;
    struct arena a = {0};
    const char *bytes;
    size_t n;
    int found = 0;
    while (store_body_get(s, BODY_STDOUT, found + 1, &a, &bytes, &n, &e) == 0 && n == BODY && bytes[0] == fill &&
           bytes[BODY - 1] == fill)
        found++;
    arena_done(&a);
    return found;
}

static struct store_backup *begin(struct store *s)
{
    struct err e;
    struct store_backup *b = NULL;
    fclose(fopen(copy_path, "w"));
    must(store_backup_start(s, copy_path, &b, &e), &e);
    return b;
}

static int copied(void)
{
    struct err e;
    struct store_copy copy;
    must(store_copy_check(copy_path, &copy, &e), &e);
    struct store *s = open_store(copy_path);
    int found = bodies(s, 'x');
    store_close(s);
    return found;
}

/* Copies on; writes `rows` bodies at every `each`th step up to the 100th. */
static int copy_under(struct store *s, int each, int *last, int rows, bool keep, int *out_restarts)
{
    struct err e;
    struct store_backup *b = begin(s);
    int r;
    for (int steps = 1; (r = store_backup_step(b, &e)) == 1; steps++) {
        if (steps % each || steps > 100)
            continue;
        put(s, *last, *last + rows, keep ? 'x' : 'y', keep);
        *last += keep ? rows : 0;
    }
    *out_restarts = store_backup_restarts(b);
    store_backup_end(b);
    return r;
}

int main(void)
{
    struct store *s;
    int restarts, last = BODIES;
    if (!mkdtemp(directory))
        return 1;
    snprintf(store_path, sizeof store_path, "%s/store.db", directory);
    snprintf(copy_path, sizeof copy_path, "%s/copy.db", directory);
    s = open_store(store_path);
    put(s, 0, BODIES, 'x', true);
    CHECK("a copy under commits", copy_under(s, 4, &last, 5, true, &restarts) == 0);
    CHECK("it holds what was committed meanwhile", last > BODIES + 50 && copied() == last);
    CHECK("it never began anew", restarts == 0);
    CHECK("a copy under rollbacks", copy_under(s, 20, &last, 10, false, &restarts) == 0);
    CHECK("it holds nothing of them", copied() == last);
    CHECK("it began anew each time", restarts == 5);
    CHECK("the store holds nothing of them", bodies(s, 'x') == last);
    store_close(s);
    unlink(store_path);
    unlink(copy_path);
    rmdir(directory);
    return check_end();
}
