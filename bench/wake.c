/* Idle workers, parked in claims that wait, and units added one at a time: how long until a worker holds what was just
 * added, from the first byte of the add sent to the claim's answer received.
 *
 *   wake PEER HOST:PORT QUEUE PARKED ADDS [--token FILE]
 *
 * The queue is empty. PARKED connections park one after the other and ask again when they are answered empty; whoever is woken
 * hands in and parks again. Each unit is added once the one before has been handed in, after a short random pause. Right is
 * the worker that has waited longest; those that parked within SAME_US are as good. Prints {"parked"} once all have parked,
 * and at the end {"parked","adds","wrong","p50_ms","p99_ms","p999_ms","max_ms"}. With ADDS 0 they stay parked until SIGTERM. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include "http.h"
#include "latency.h"
#include "peer.h"

enum { EVENTS = 256, WAIT_SECONDS = 60, PARK_EVERY_US = 300, SAME_US = 5000, PAUSE_LEAST_US = 500, PAUSE_MORE_US = 4500 };

static struct {
    struct sockaddr_in address;
    const struct peer *peer;
    struct peer_options options;
    int epoll, count, parked; /* parked: how many have asked for the first time */
    struct talk *talks, adder;
    bool adding, handing_in; /* the add is not answered yet; the unit added was not handed in yet */
    int64_t next_us;         /* when to add */
    int adds, wrong;
    struct latency *latency;
} wake;

static volatile sig_atomic_t stopped;
static void on_stop(int number) { stopped = 1; }

static void park(struct talk *t)
{
    t->asked_us = talk_now_us();
    wake.peer->ask(t, &wake.options);
    if (!talk_send(t))
        talk_die("the server is gone");
}

static void dial(struct talk *t, int number)
{
    talk_init(t, number);
    if (!talk_dial(t, wake.epoll, &wake.address))
        talk_die("could not connect");
}

static void park_another(void)
{
    struct talk *t = &wake.talks[wake.parked];
    dial(t, wake.parked++);
    park(t);
    if (wake.parked == wake.count) {
        printf("{\"parked\":%d}\n", wake.count);
        fflush(stdout);
    }
}

static void add(void)
{
    wake.adding = wake.handing_in = true;
    wake.adder.asked_us = talk_now_us();
    wake.peer->add(&wake.adder, &wake.options);
    if (!talk_send(&wake.adder))
        talk_die("the server is gone");
}

static void plan_next(void)
{
    wake.next_us = talk_now_us() + PAUSE_LEAST_US + random() % PAUSE_MORE_US;
}

static bool has_waited_longest(const struct talk *t)
{
    for (int i = 0; i < wake.parked; i++)
        if (wake.talks[i].asked_us < t->asked_us - SAME_US)
            return false;
    return true;
}

static void on_worker(struct talk *t)
{
    int done;
    bool held = t->held_count;
    if (!t->in_n || !wake.peer->take(t, &wake.options, &done))
        return;
    if (t->held_count) {
        latency_add(wake.latency, talk_now_us() - wake.adder.asked_us);
        wake.wrong += !has_waited_longest(t);
        wake.adds++;
    } else if (held) {
        wake.handing_in = false;
        plan_next();
    }
    park(t); /* or hands in what it holds, which makes it the last to have asked */
}

static void on_input(struct talk *t)
{
    struct unit unit;
    if (!talk_receive(t))
        talk_die("the server is gone");
    if (t != &wake.adder)
        on_worker(t);
    else if (t->in_n && wake.peer->added(t, &unit))
        wake.adding = false;
}

static void run(int adds)
{
    struct epoll_event events[EVENTS];
    int64_t park_us = 0;
    while (!stopped && (!adds || wake.adds < adds || wake.handing_in)) {
        int64_t now_us = talk_now_us();
        if (wake.parked < wake.count && now_us >= park_us) {
            park_us = now_us + PARK_EVERY_US;
            park_another();
            if (wake.parked == wake.count)
                wake.next_us = now_us + 500 * 1000;
        } else if (adds && wake.parked == wake.count && !wake.adding && !wake.handing_in && now_us >= wake.next_us) {
            add();
        }
        bool busy = wake.parked < wake.count || (adds && !wake.handing_in); /* looking at the clock is nearer than a ms */
        int n = epoll_wait(wake.epoll, events, EVENTS, busy ? 0 : 100);
        for (int i = 0; i < n; i++)
            on_input(events[i].data.ptr);
    }
}

static void allow_descriptors(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
    static const struct option OPTIONS[] = {{"token", 1, NULL, 't'}, {0}};
    wake.options = (struct peer_options){.batch = 1, .wait = WAIT_SECONDS, .token = ""};
    for (int c; (c = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1;) {
        if (c != 't')
            return 2;
        wake.options.token = http_token(optarg);
    }
    if (argc - optind != 5) {
        fputs("usage: wake PEER HOST:PORT QUEUE PARKED ADDS [--token FILE]\n", stderr);
        return 2;
    }
    wake.peer = peer_find(argv[optind]);
    wake.address = talk_address(argv[optind + 1]);
    wake.options.queue = argv[optind + 2];
    wake.count = atoi(argv[optind + 3]);
    wake.latency = latency_new();
    wake.epoll = epoll_create1(EPOLL_CLOEXEC);
    wake.talks = calloc((size_t)wake.count, sizeof *wake.talks);
    if (!wake.talks || wake.epoll < 0)
        talk_die("could not begin");
    allow_descriptors();
    signal(SIGTERM, on_stop);
    dial(&wake.adder, -1);
    run(atoi(argv[optind + 4]));
    printf("{\"parked\":%d,\"adds\":%d,\"wrong\":%d,", wake.parked, wake.adds, wake.wrong);
    latency_print(wake.latency);
    puts("}");
    return 0;
}
