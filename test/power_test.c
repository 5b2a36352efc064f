/* What was acknowledged survives a loss of power. Per seed: a store on the disk of power_disk.c is worked on by the
 * real engine, turn by turn, with random requests; the power goes at a random moment, in a turn, in a checkpoint, while
 * the store is made, opened or closed, several times in a row; each time the store is opened again and held against a
 * ledger of facts: what each acknowledged request did must be there, to the byte; the turn that was not acknowledged
 * must be there as a whole or not at all; SQLite finds its file whole and the invariants hold; work goes on.
 *
 * The mutation: the same with synchronous=OFF has to fail, or the test proves nothing.
 *
 * Everything follows from the seed. `power_test SEED [off]` runs one and tells what happens. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "check.h"
#include "power_vfs.h"
#include "power_world.h"
#include "store/store.h"

enum {
    SEEDS = 200,
    CUTS_MAX = 4, /* per seed, not counting those while opening */
};

/* The verdict on a store that was opened again. -------------------------------------------------------------------- */

static void judge_invariants(struct world *w)
{
    const char *name;
    int64_t broken;
    struct err e = {0};
    for (int i = 0; i < store_check_count(); i++)
        if (store_check(w->store, i, &name, &broken, &e) || broken)
            world_fail(w, INVARIANT, "check '%s' finds %lld rows; %s", name, (long long)broken, e.text);
}

static void judge(struct world *w)
{
    char said[SAID_BYTES];
    world_ask("PRAGMA integrity_check", said);
    for (char *line = said; (line = strchr(line, '\n'));)
        *line = ' ';
    if (strcmp(said, "ok") != 0)
        world_fail(w, CORRUPT, "integrity_check: %s", said);
    if (!w->fault)
        ledger_judge(w);
    if (!w->fault)
        judge_invariants(w);
}

/* A life: from opening to the loss of power. ----------------------------------------------------------------------- */

static void note_cut(struct world *w, enum moment moment)
{
    static const char *const WORDS[MOMENTS] = {"in a turn", "in a checkpoint", "while opening", "while closing"};
    w->tally->cuts[moment]++;
    world_tell(w, "cut %s, operation %ld, after %d facts\n", WORDS[moment], disk_operations(w->disk), w->ledger.count);
}

/* The power comes back, and may go again while the store is being opened. */
static void come_back(struct world *w)
{
    enum { AGAIN_MAX = 3 };
    struct err e;
    for (int again = 0;; again++) {
        disk_on(w->disk);
        if (again < AGAIN_MAX && world_below(w, 2))
            disk_cut_in(w->disk, 1 + (long)world_below(w, world_below(w, 2) ? 60 : 6));
        int r = world_open(w, &e);
        if (disk_is_on(w->disk)) {
            if (r)
                world_fail(w, STUCK, "the store could not be opened: %s", e.text);
            break;
        }
        note_cut(w, IN_OPENING);
        world_close(w);
    }
    disk_cut_in(w->disk, 0);
    if (!w->fault)
        judge(w);
}

/* The power goes in the n-th operation from now. */
static void plan_cut(struct world *w, long n)
{
    w->cut_at = disk_operations(w->disk) + n;
    disk_cut_in(w->disk, n);
}

static enum moment checkpoint(struct world *w)
{
    static const char *const WAYS[] = {"PRAGMA wal_checkpoint(PASSIVE)", "PRAGMA wal_checkpoint(RESTART)",
                                       "PRAGMA wal_checkpoint(TRUNCATE)"};
    char said[SAID_BYTES];
    if (world_below(w, 2))
        plan_cut(w, 1 + (long)world_below(w, 40));
    world_ask(WAYS[world_below(w, COUNT_OF(WAYS))], said);
    if (disk_is_on(w->disk) && strcmp(said, "0") != 0)
        world_fail(w, STUCK, "a checkpoint failed: %s", said);
    return IN_CHECKPOINT;
}

/* A stop as it should be: SQLite moves its log into the database and removes it. */
static enum moment restart(struct world *w)
{
    struct err e;
    if (world_below(w, 2))
        plan_cut(w, 1 + (long)world_below(w, 40));
    world_close(w);
    if (!disk_is_on(w->disk))
        return IN_CLOSING;
    if (world_open(w, &e) && disk_is_on(w->disk))
        world_fail(w, STUCK, "the store could not be opened after a stop: %s", e.text);
    return IN_OPENING;
}

/* Tidies up as the server does after each turn, at times as if there were little room; a checkpoint is often cut. */
static void tidy(struct world *w)
{
    struct err e;
    long begun = disk_operations(w->disk);
    if (world_below(w, 2))
        disk_cut_in(w->disk, 1 + (long)world_below(w, 1500));
    bool moved;
    if (store_tidy(w->store, world_below(w, 16) ? STORE_TIDY_MOST : STORE_TIDY_SCARCE, &moved, &e) && disk_is_on(w->disk))
        world_fail(w, STUCK, "tidying up failed: %s", e.text);
    long now = disk_operations(w->disk);
    w->tally->tidied += now != begun;
    if (disk_is_on(w->disk))
        disk_cut_in(w->disk, w->cut_at > now ? w->cut_at - now : 1);
}

static enum moment work_on(struct world *w)
{
    load_turn(w);
    if (!disk_is_on(w->disk) || w->fault)
        return IN_TURN;
    tidy(w);
    return IN_CHECKPOINT;
}

/* steady: nothing but turns, so that the log grows until it is tidied up. */
static void live(struct world *w, bool steady)
{
    enum moment moment = IN_TURN;
    while (disk_is_on(w->disk) && !w->fault) {
        uint64_t next = steady ? 64 : world_below(w, 64);
        moment = next == 0 ? restart(w) : next < 4 ? checkpoint(w) : work_on(w);
    }
    if (!disk_is_on(w->disk))
        note_cut(w, moment);
}

/* How many operations the next life has: of any order of size; a steady one fills the log once or twice. */
static long lifetime(struct world *w, bool steady)
{
    return 1 + (long)(steady ? 8000 + world_below(w, 8000) : world_below(w, 8u << world_below(w, 10)));
}

static void live_and_die(struct world *w)
{
    char said[SAID_BYTES];
    if (w->seed & 2)
        world_ask("PRAGMA page_size = 1024; PRAGMA journal_mode = WAL", said); /* more of everything in less */
    disk_sync_dir(w->disk);
    come_back(w);
    int cuts = 1 + (int)world_below(w, CUTS_MAX);
    for (int i = 0; i < cuts && !w->fault; i++) {
        bool steady = i == 0 && w->seed % 20 == 2;
        plan_cut(w, lifetime(w, steady));
        live(w, steady);
        world_close(w);
        if (!w->fault)
            come_back(w);
    }
    for (int i = 0; i < 3 && !w->fault; i++)
        load_turn(w);
    world_close(w);
    if (!w->fault)
        come_back(w);
    world_close(w);
}

static void run_seed(uint64_t seed, bool no_sync, bool aloud, struct tally *tally)
{
    static const char *const WORDS[FAULTS] = {"sound", "lost", "half", "corrupt", "invariant", "stuck"};
    struct world w = {.seed = seed, .chance = seed, .no_sync = no_sync, .aloud = aloud, .tally = tally,
                      .now_us = 1700000000 * CLOCK_SECOND, .disk = disk_new(~seed, seed & 1)};
    struct sqlite3_vfs *vfs = vfs_new(w.disk);
    live_and_die(&w);
    tally->seeds++;
    tally->faults[w.fault]++;
    tally->failed += w.fault != SOUND;
    tally->operations += disk_operations(w.disk);
    if (aloud || (w.fault && !no_sync))
        printf("seed %llu: %s: %s\n", (unsigned long long)seed, WORDS[w.fault], w.why);
    ledger_done(&w.ledger);
    vfs_free(vfs);
    disk_free(w.disk);
}

/* The figures. ----------------------------------------------------------------------------------------------------- */

static void print_tally(const char *name, const struct tally *t)
{
    printf("%s: %d seeds, %d failed; cuts: %ld in turns, %ld in checkpoints, %ld while opening, %ld while closing;"
           " %ld changing operations\n", name, t->seeds, t->failed, t->cuts[IN_TURN], t->cuts[IN_CHECKPOINT],
           t->cuts[IN_OPENING], t->cuts[IN_CLOSING], t->operations);
    printf("  acknowledged: %ld turns", t->turns);
    for (int i = 0; i < FACT_KINDS; i++)
        printf(", %ld %s", t->facts[i], LEDGER_WORDS[i]);
    printf("; kept without having been acknowledged: %ld turns; logs tidied up: %ld\n", t->kept_turns, t->tidied);
}

static void check_sound(const struct tally *t)
{
    print_tally("synchronous=FULL", t);
    CHECK("what was acknowledged is there after the power went", t->faults[LOST] == 0);
    CHECK("a turn that was cut is there as a whole or not at all", t->faults[HALF] == 0);
    CHECK("SQLite finds its file whole", t->faults[CORRUPT] == 0);
    CHECK("the invariants hold", t->faults[INVARIANT] == 0);
    CHECK("the store opens again and work goes on", t->faults[STUCK] == 0);
    CHECK("the power went at every kind of moment", t->cuts[IN_TURN] >= SEEDS && t->cuts[IN_CHECKPOINT] >= SEEDS / 10 &&
          t->cuts[IN_OPENING] >= SEEDS / 2 && t->cuts[IN_CLOSING] >= SEEDS / 40);
}

static void check_mutation(const struct tally *t)
{
    print_tally("synchronous=OFF", t);
    printf("  lost: %d, half a turn: %d, corrupt: %d, invariants: %d, stuck: %d\n", t->faults[LOST], t->faults[HALF],
           t->faults[CORRUPT], t->faults[INVARIANT], t->faults[STUCK]);
    CHECK("without syncs the same test fails", t->failed >= SEEDS / 2);
}

int main(int argc, char **argv)
{
    struct tally full = {0}, off = {0};
    if (argc > 1) {
        run_seed(strtoull(argv[1], NULL, 10), argc > 2, true, &full);
        print_tally("this seed", &full);
        return full.failed != 0;
    }
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run_seed(seed, false, false, &full);
    check_sound(&full);
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run_seed(seed, true, false, &off);
    check_mutation(&off);
    return check_end();
}
