/* A large store in little time: into queues that are there and empty, so many tasks each that were claimed and have
 * succeeded, and so many that are pending, of 100 bytes, by the store's own functions without waiting for the disk.
 *
 *   make_store STORE OWNER FINISHED PENDING QUEUE… */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "core/task.h"
#include "store_cycle.h"

enum { EACH = 500 };

static struct clock now;

static void check(int r, const struct err *e)
{
    if (r == 0)
        return;
    fprintf(stderr, "make_store: %s\n", r < 0 ? e->text : "no such queue");
    exit(1);
}

static void add(struct store *s, int64_t queue, int count, int64_t now_us, struct err *e)
{
    char payload[101];
    struct task_full tasks[EACH];
    snprintf(payload, sizeof payload, "\"%098d\"", 0);
    for (int i = 0; i < count; i++)
        tasks[i] = (struct task_full){
            .task = {.queue = queue, .state = TASK_PENDING, .event = EV_SUBMITTED, .lease = NONE, .exitcode = NONE,
                     .not_before = NONE, .created = now_us, .started = NONE, .finished = NONE, .rev = store_next_rev(s)},
            .spec = {.payload = payload, .time_limit_us = NONE, .payload_body = NONE, .payload_size = NONE},
        };
    check(store_task_add(s, tasks, count, e), e);
}

/* A transaction: up to EACH tasks of a queue, and their lives. */
static void put(struct store *s, int64_t queue, int count, bool finished)
{
    struct err e;
    struct arena a = {0};
    int64_t leases[EACH], now_us = clock_now_us(&now);
    int held;
    bool moved;
    check(store_begin(s, &e), &e);
    add(s, queue, count, now_us, &e);
    if (finished) {
        check(store_cycle_claim(s, queue, count, now_us, &a, leases, &held, &e), &e);
        check(store_cycle_finish(s, leases, held, now_us, &a, &e), &e);
    }
    check(store_change_pack(s, 200, &e), &e);
    check(store_commit(s, now_us, &e), &e);
    check(store_tidy(s, STORE_TIDY_MOST, &moved, &e), &e);
    arena_done(&a);
}

/* Queue after queue in turn, as they would be filled by several people. */
static void fill(struct store *s, const int64_t *queues, int queue_count, int tasks, bool finished)
{
    for (int at = 0; at < tasks; at += EACH)
        for (int i = 0; i < queue_count; i++)
            put(s, queues[i], tasks - at < EACH ? tasks - at : EACH, finished);
}

int main(int argc, char **argv)
{
    enum { QUEUES_MAX = 100, FIRST_QUEUE = 5 };
    if (argc <= FIRST_QUEUE || argc > FIRST_QUEUE + QUEUES_MAX) {
        fputs("usage: make_store STORE OWNER FINISHED PENDING QUEUE…\n", stderr);
        return 2;
    }
    struct err e;
    struct arena a = {0};
    struct store *s;
    int64_t queues[QUEUES_MAX];
    check(store_open(&(struct store_options){.path = argv[1], .no_sync = true}, &s, &e), &e);
    clock_init(&now, store_newest_us(s));
    for (int i = FIRST_QUEUE; i < argc; i++) {
        struct queue_row q;
        check(store_queue_by_name(s, argv[2], argv[i], &a, &q, &e), &e);
        queues[i - FIRST_QUEUE] = q.id;
    }
    fill(s, queues, argc - FIRST_QUEUE, atoi(argv[3]), true);
    fill(s, queues, argc - FIRST_QUEUE, atoi(argv[4]), false);
    store_close(s);
    arena_done(&a);
    return 0;
}
