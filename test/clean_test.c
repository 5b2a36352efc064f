/* Which finished jobs may be cleaned away: readers that are behind hold them, of whoever has the job or its site; the retention lets them go. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "check.h"
#include "core/clean.h"

static char directory[] = "/tmp/docket-clean.XXXXXX";
static struct store *store;
static struct arena arena;
static struct turn turn;
static const struct who ANN = {.user = "ann"}, BOB = {.user = "bob"};
static int64_t hers, his, site;

static void must(int r, const struct err *e)
{
    if (r == 0)
        return;
    printf("not ok set up: %s\n", e->text);
    exit(1);
}

/* A job of an account at bob's site that has ended `ago` seconds before now; open: it has not. Returns its id. */
static int64_t job(int64_t account, int64_t ago_s, bool open, bool adopted)
{
    struct err e;
    struct job_row j = {.account = account, .site = site, .app = "docket", .hash = "0123456789abcdef", .n = store_rev(store) + 1,
                        .submission = "x", .settings = "{}", .queue = NONE, .scale = NONE, .workers = 1, .cores = 1,
                        .state = open ? JOB_RUNNING : JOB_FINISHED, .exitcode = NONE, .files = NONE, .files_ref = NONE, .submitted = 1,
                        .started = 1, .finished = open ? NONE : turn.now_us - ago_s * CLOCK_SECOND, .seen = NONE, .adopted = adopted};
    j.rev = store_next_rev(store);
    must(store_job_add(store, &j, &e), &e);
    return j.id;
}

static void reader(int64_t account, const char *name, int64_t rev)
{
    struct err e;
    struct consumer_row row = {.name = name, .rev = rev, .began = 0, .seen = turn.now_us - 7 * CLOCK_SECOND};
    must(store_consumer_put(store, account, &row, &e), &e);
}

static void forget(int64_t account, const char *name)
{
    struct err e;
    must(store_consumer_remove(store, account, name, &e), &e);
}

static struct clean_page look(const struct who *who, int64_t after, int max)
{
    struct err e;
    struct clean_page page;
    must(clean_look(&turn, who, after, max, &arena, &page, &e), &e);
    return page;
}

static void set_up(void)
{
    struct err e;
    if (!mkdtemp(directory))
        exit(1);
    struct store_options o = {.path = arena_printf(&arena, "%s/store", directory)};
    struct site_row s = {.name = "s", .kind = "local", .settings = "{}", .found = "{}", .seen = NONE, .synced = NONE};
    must(store_open(&o, &store, &e), &e);
    must(store_begin(store, &e), &e);
    turn = (struct turn){.store = store, .now_us = INT64_C(1700000000) * CLOCK_SECOND, .arena = &arena};
    must(store_account_ensure(store, "ann", turn.now_us, &hers, &e), &e);
    must(store_account_ensure(store, "bob", turn.now_us, &his, &e), &e);
    s.account = his;
    s.rev = store_next_rev(store);
    must(store_site_add(store, &s, &e), &e);
    site = s.id;
}

static void test_holder(void)
{
    struct job_row j = {.rev = 10, .state = JOB_FAILED, .finished = 100};
    struct consumer_row rows[] = {{.name = "past", .rev = 12}, {.name = "near", .rev = 9}, {.name = "far", .rev = 2}, {.name = "there", .rev = 10}};
    CHECK("nobody reads: nothing is held", !clean_holder(&j, NULL, 0));
    CHECK("who has read so far holds nothing", !clean_holder(&j, rows, 1) && !clean_holder(&j, rows + 3, 1));
    CHECK("the farthest behind holds it", clean_holder(&j, rows, 4) == &rows[2]);
    CHECK("it is overdue from the moment on", clean_is_overdue(&j, 50, 150) && !clean_is_overdue(&j, 50, 149));
    j.state = JOB_RUNNING;
    CHECK("what has not ended is never overdue", !clean_is_overdue(&j, 0, 1000));
}

static void test_look(void)
{
    int64_t first = job(hers, 10, false, false), second = job(hers, 5, false, true);
    job(hers, 5, true, false);
    job(his, 5, false, false);
    struct clean_page page = look(&ANN, 0, 100);
    CHECK("one's own that have ended may go", page.going_count == 2 && page.going[0].id == first && page.going[1].id == second);
    CHECK("that was all", page.held_count == 0 && page.after == NONE);
    reader(hers, "table", page.going[0].rev);
    page = look(&ANN, 0, 100);
    CHECK("a reader holds what it has not read of", page.going_count == 1 && page.held_count == 1 && page.held[0].job.id == second);
    CHECK("it is named, with how far behind it is and when it was seen",
          strcmp(page.held[0].consumer, "table") == 0 && strcmp(page.held[0].owner, "ann") == 0 && page.held[0].behind == 1 &&
              page.held[0].seen == turn.now_us - 7 * CLOCK_SECOND);
    reader(his, "admin", 0);
    page = look(&ANN, 0, 100);
    CHECK("so does one of whoever has the site", page.going_count == 0 && page.held_count == 2 && strcmp(page.held[1].owner, "bob") == 0);
    CHECK("of two the farthest behind is named", strcmp(page.held[1].consumer, "admin") == 0);
    page = look(&BOB, 0, 100);
    CHECK("others' readers hold nothing of one's own", page.held_count == 1 && strcmp(page.held[0].consumer, "admin") == 0);
    forget(hers, "table");
    forget(his, "admin");
    page = look(&ANN, 0, 1);
    CHECK("a page tells where to go on", page.going_count == 1 && page.after == first && look(&ANN, page.after, 1).going[0].id == second);
}

static int64_t wanted(int64_t id)
{
    struct err e;
    struct job_row j;
    must(store_job_get(store, id, &arena, &j, &e), &e);
    return j.wanted;
}

static void test_go(void)
{
    struct err e;
    int64_t id = job(hers, 1, false, false);
    struct clean_page page = look(&ANN, id - 1, 10);
    must(clean_go(&turn, &ANN, &page, &e), &e);
    CHECK("what may go is wanted gone", page.going_count == 1 && wanted(id) == JOB_WANT_CLEAN && turn.stirred);
    CHECK("and is open until it is", look(&ANN, id - 1, 10).going_count == 0);
}

static void test_retention(void)
{
    struct err e;
    struct clean_page page;
    int64_t old = job(hers, 100, false, false), young = job(hers, 99, false, false), found = job(hers, 100, false, true);
    reader(hers, "table", 0);
    must(clean_retention(&turn, site + 1, 100 * CLOCK_SECOND, 0, 100, &arena, &page, &e), &e);
    CHECK("of another site nothing goes", page.going_count == 0);
    must(clean_retention(&turn, site, 100 * CLOCK_SECOND, old - 1, 100, &arena, &page, &e), &e);
    CHECK("what is old enough goes", page.going_count == 1 && wanted(old) == JOB_WANT_CLEAN && wanted(young) == JOB_WANT_NOTHING);
    CHECK("and who had not read of it is told", page.held_count == 1 && strcmp(page.held[0].consumer, "table") == 0);
    CHECK("what another program has made stays", wanted(found) == JOB_WANT_NOTHING);
}

int main(void)
{
    test_holder();
    set_up();
    test_look();
    test_go();
    test_retention();
    store_rollback(store);
    store_close(store);
    arena_done(&arena);
    char *remove = NULL;
    int failed = check_end() | (asprintf(&remove, "rm -rf %s", directory) < 0) | (system(remove) != 0);
    free(remove);
    return failed;
}
