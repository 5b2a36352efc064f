/* A call of the store's disk fails: each one of a short run, one after the other, in each way it can fail. A run is first made
 * without faults, which says what each request is answered and what the store then holds; then once for every call (read,
 * write, sync, truncation, opening, …), every kind of failure that it can have (an I/O error, torn, without room, a sync whose bytes
 * are lost for good), and every length (once; that kind of call or all calls until the server is started again; until the reserve is
 * given up). What must hold:
 *
 *  - an answer is the same as without the fault, to the id, however often its request had to be repeated;
 *  - what was refused is not there, neither at once nor after a kill;
 *  - of what ended in commit_unknown all is there or nothing;
 *  - on a disk that works again the server starts, and the rest of the run goes well;
 *  - at the end the power goes, and the store holds what it holds without faults, no more, no less, and is whole.
 *
 * `fault_test` takes every position; `fault_test EVERY` only each EVERYth, another one for each kind of failure, and ten times as many
 * of the syncs; `fault_test AT FATE SPAN END` tells of one run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fault.h"
#include "power_vfs.h"

static const char *const CALLS[DISK_CALLS] = {"read", "write", "sync", "truncate", "size", "open", "delete", "look", "lock", "map"};
static const char *const FATES[DISK_FATES] = {"fine", "fails", "tears", "loses", "has no room", "runs full"};
static const char *const SPANS[FAULT_SPANS] = {"once", "that kind from then on", "all from then on", "until the reserve is given up"};
static const char *const ENDS[FAULT_ENDS] = {"goes on", "is killed"};

struct tally {
    long runs, positions[DISK_CALLS], by_fate[DISK_FATES], struck, refused, unknown, restarts, repeated, broken;
};

static bool can(enum disk_call call, enum disk_fate fate)
{
    switch (fate) {
    case DISK_FAILS: return true;
    case DISK_TEARS:
    case DISK_RUNS_FULL: return call == DISK_WRITE;
    case DISK_LOSES: return call == DISK_SYNC;
    default: return call == DISK_WRITE || call == DISK_SYNC || call == DISK_TRUNCATE || call == DISK_MAP;
    }
}

/* Only what is worth a run: a disk that is gone is gone in one way, a reserve helps against no room alone, and whoever ends by
 * itself need not be killed. On a disk that promises nothing SQLite writes copies of its last page behind a commit; one without room
 * leaves the commit standing, and it says that there is none. (Its own VFS promises enough, so that it never writes any.) */
static bool sensible(enum disk_call call, bool powersafe, const struct fault_plan *p)
{
    bool room = p->fate == DISK_HAS_NO_ROOM || p->fate == DISK_RUNS_FULL, ends = !room && call <= DISK_SYNC;
    if (!can(call, p->fate) || (p->span == FAULT_ALL && p->fate != DISK_FAILS) || (ends && p->end == FAULT_KILL))
        return false;
    if (p->span == FAULT_KIND && p->fate == DISK_RUNS_FULL)
        return false;
    if (room && call == DISK_WRITE && !powersafe)
        return false;
    return p->span != FAULT_RESERVE || (room && (call == DISK_WRITE || call == DISK_SYNC));
}

static void run(struct fault_known *known, const struct fault_plan *plan, bool powersafe, bool aloud, struct tally *t)
{
    struct world w;
    world_init(&w, known, plan, powersafe);
    w.aloud = aloud;
    struct sqlite3_vfs *vfs = vfs_new(w.disk);
    client_run(&w);
    world_close(&w);
    vfs_free(vfs);
    disk_free(w.disk);
    t->runs++;
    t->by_fate[plan->fate]++;
    t->struck += w.struck;
    t->refused += w.refused;
    t->unknown += w.unknown;
    t->restarts += w.restarts;
    t->repeated += w.repeated;
    t->broken += w.broken;
    if (w.broken && t->broken <= 20)
        printf("  call %ld (%s) %s, %s, the server %s: %s\n    again: fault_test %ld %d %d %d %d\n", plan->at, CALLS[w.kind],
               FATES[plan->fate], SPANS[plan->span], ENDS[plan->end], w.why, plan->at, plan->fate, plan->span, plan->end, powersafe);
    if (!w.broken && plan->at && !w.struck)
        printf("  call %ld never came\n", plan->at);
}

/* What the run does and leaves behind when nothing fails; then once more, to count its calls without anybody looking on. */
static bool learn(struct fault_known *known, bool powersafe, struct tally *t)
{
    struct fault_plan none = {0};
    *known = (struct fault_known){0};
    run(known, &none, powersafe, false, t);
    known->pictured = true;
    run(known, &none, powersafe, false, t);
    return t->broken == 0 && known->call_count < FAULT_CALLS_MAX;
}

static void sweep(struct fault_known *known, bool powersafe, long every, struct tally *t)
{
    for (long at = 1; at <= known->call_count; at++) {
        enum disk_call call = known->calls[at];
        long kind = 0, stride = call == DISK_SYNC ? every / 10 + 1 : every;
        t->positions[call]++;
        for (int fate = DISK_FAILS; fate < DISK_FATES; fate++)
            for (int span = 0; span < FAULT_SPANS; span++)
                for (int end = 0; end < FAULT_ENDS; end++) {
                    struct fault_plan plan = {at, fate, span, end};
                    if (sensible(call, powersafe, &plan) && (at + kind++) % stride == 0)
                        run(known, &plan, powersafe, false, t);
                }
    }
}

static void print(const char *disk, const struct tally *t)
{
    printf("%s: %ld runs;", disk, t->runs);
    for (int i = 0; i < DISK_CALLS; i++)
        printf(" %ld %s%s", t->positions[i], CALLS[i], i + 1 < DISK_CALLS ? "," : ";");
    for (int i = DISK_FAILS; i < DISK_FATES; i++)
        printf(" %ld '%s'%s", t->by_fate[i], FATES[i], i + 1 < DISK_FATES ? "," : ";");
    printf("\n  %ld calls failed; requests: %ld refused, %ld unknown, %ld answered when repeated; %ld restarts; broken: %ld\n",
           t->struck, t->refused, t->unknown, t->repeated, t->restarts, t->broken);
}

int main(int argc, char **argv)
{
    static struct fault_known known;
    struct tally learned = {0};
    if (argc > 4) {
        struct fault_plan plan = {atol(argv[1]), atoi(argv[2]), atoi(argv[3]), atoi(argv[4])};
        bool powersafe = argc < 6 || atoi(argv[5]);
        learn(&known, powersafe, &learned);
        run(&known, &plan, powersafe, true, &learned);
        return learned.broken != 0;
    }
    long every = argc > 1 ? atol(argv[1]) : 1;
    for (int powersafe = 1; powersafe >= 0; powersafe--) {
        struct tally t = {0};
        CHECK("the run goes well without faults", learn(&known, powersafe, &learned));
        if (learned.broken)
            break;
        sweep(&known, powersafe, every, &t);
        print(powersafe ? "a disk with safe overwrites" : "a disk that promises nothing", &t);
        CHECK(powersafe ? "no call that fails loses, doubles or spoils anything" : "nor on a disk that promises nothing", t.broken == 0);
        CHECK("every kind of call failed", t.positions[DISK_READ] && t.positions[DISK_WRITE] > 100 && t.positions[DISK_SYNC] > 20 &&
              t.positions[DISK_OPEN]);
    }
    return check_end();
}
