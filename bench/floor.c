/* The store alone, without a network, a protocol and core: what a docket that is nothing but SQLite would do.
 *
 *   floor STORE OWNER QUEUE SECONDS BATCH
 *
 * Each commit finishes what was claimed before and claims BATCH tasks more, by the statements that a server executes for that;
 * the log is moved as often as a server begins with, and what changes made void is dropped ten times a second. Prints
 * {"seconds","cycles","cpu_seconds"}; ends early where nothing is left. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "store_cycle.h"

enum { BATCH_MAX = 1000 };

static void check(int r, const struct err *e)
{
    if (r == 0)
        return;
    fprintf(stderr, "floor: %s\n", r < 0 ? e->text : "no such queue");
    exit(1);
}

static int64_t cycles, packed_us;

static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* One commit. false: nothing was left to claim. */
static bool turn(struct store *s, int64_t queue, int batch, int64_t now_us, int64_t *leases, int *held)
{
    struct err e;
    struct arena a = {0};
    bool moved;
    check(store_begin(s, &e), &e);
    check(store_cycle_finish(s, leases, *held, now_us, &a, &e), &e);
    cycles += *held;
    check(store_cycle_claim(s, queue, batch, now_us, &a, leases, held, &e), &e);
    if (now_us - packed_us > CLOCK_SECOND / 10) {
        check(store_change_pack(s, 200, &e), &e);
        packed_us = now_us;
    }
    check(store_commit(s, now_us, &e), &e);
    check(store_tidy(s, STORE_TIDY_MOST / 4, &moved, &e), &e);
    arena_done(&a);
    return *held > 0;
}

int main(int argc, char **argv)
{
    if (argc != 6 || atoi(argv[5]) < 1 || atoi(argv[5]) > BATCH_MAX) {
        fputs("usage: floor STORE OWNER QUEUE SECONDS BATCH\n", stderr);
        return 2;
    }
    struct err e;
    struct arena a = {0};
    struct store *s;
    struct queue_row q;
    int64_t leases[BATCH_MAX];
    int held = 0;
    check(store_open(&(struct store_options){.path = argv[1]}, &s, &e), &e);
    check(store_queue_by_name(s, argv[2], argv[3], &a, &q, &e), &e);
    struct clock clock;
    clock_init(&clock, store_newest_us(s));
    int64_t start_us = clock_mono_us(), end_us = start_us + (int64_t)(atof(argv[4]) * 1e6);
    while (turn(s, q.id, atoi(argv[5]), clock_now_us(&clock), leases, &held) && clock_mono_us() < end_us)
        ;
    printf("{\"seconds\":%.3f,\"cycles\":%lld,\"cpu_seconds\":%.3f}\n", (double)(clock_mono_us() - start_us) / 1e6,
           (long long)cycles, cpu_seconds());
    store_close(s);
    arena_done(&a);
    return 0;
}
