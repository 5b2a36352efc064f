/* Workers as load: N connections, each with one request under way, that claim units of work and hand them in. Measures each
 * request from its first byte sent to its last received.
 *
 *   cycles PEER HOST:PORT QUEUE CONNECTIONS SECONDS [--batch N] [--apart] [--token FILE] [--pause MS] [--most N]
 *
 * PEER: docket, redis or beanstalkd. --batch: units a request; --apart: the finish and the next claim are two requests;
 * --pause: what a unit takes; --most: the end, once so many are done. A server that goes away is tried again ten times a
 * second; requests that it took with it are counted as lost, not measured. SIGTERM ends it early. Prints one line of JSON:
 * {"seconds","requests","cycles","empty","lost","p50_ms","p99_ms","p999_ms","max_ms"}; `empty` are claims that found nothing,
 * which are not measured. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "http.h"
#include "latency.h"
#include "peer.h"

enum { RETRY_MS = 100, EVENTS = 256 };

static struct load {
    struct sockaddr_in address;
    const struct peer *peer;
    struct peer_options options;
    int epoll, count, sleeping;
    int64_t pause_us, most;
    struct talk *talks;
    int64_t cycles, empty, lost;
    struct latency *latency;
} load;

static volatile sig_atomic_t stopped;
static void on_stop(int number) { stopped = 1; }

static void sleep_for(struct talk *t, int64_t us)
{
    t->wake_us = talk_now_us() + us;
    load.sleeping++;
}

static void ask(struct talk *t)
{
    bool there = t->fd >= 0 || talk_dial(t, load.epoll, &load.address);
    if (there) {
        t->asked_us = talk_now_us();
        load.peer->ask(t, &load.options);
        there = talk_send(t);
        load.lost += !there;
    }
    if (!there) {
        talk_hang_up(t);
        sleep_for(t, RETRY_MS * 1000);
    }
}

static void on_input(struct talk *t)
{
    int done;
    if (!talk_receive(t)) {
        load.lost++;
        talk_hang_up(t);
        sleep_for(t, RETRY_MS * 1000);
        return;
    }
    bool held = t->held_count;
    if (!t->in_n || !load.peer->take(t, &load.options, &done))
        return;
    if (held || t->held_count)
        latency_add(load.latency, talk_now_us() - t->asked_us);
    else
        load.empty++;
    load.cycles += done;
    if (load.pause_us && t->held_count)
        sleep_for(t, load.pause_us);
    else
        ask(t);
}

/* Wakes those whose time has come; returns for how many ms nobody else's has. */
static int wake(void)
{
    int64_t now_us = talk_now_us();
    int next_ms = RETRY_MS;
    for (int i = 0; load.sleeping && i < load.count; i++) {
        struct talk *t = &load.talks[i];
        if (t->wake_us && t->wake_us <= now_us) {
            t->wake_us = 0;
            load.sleeping--;
            ask(t);
        } else if (t->wake_us && (t->wake_us - now_us) / 1000 < next_ms) {
            next_ms = (int)((t->wake_us - now_us) / 1000);
        }
    }
    return next_ms;
}

static void run(int64_t end_us)
{
    struct epoll_event events[EVENTS];
    while (!stopped && load.cycles < load.most && talk_now_us() < end_us) {
        int n = epoll_wait(load.epoll, events, EVENTS, wake());
        for (int i = 0; i < n; i++)
            on_input(events[i].data.ptr);
    }
}

static void read_options(int argc, char **argv)
{
    static const struct option OPTIONS[] = {{"batch", 1, NULL, 'b'}, {"apart", 0, NULL, 'a'}, {"token", 1, NULL, 't'},
                                            {"pause", 1, NULL, 'p'}, {"most", 1, NULL, 'm'}, {0}};
    load.options = (struct peer_options){.batch = 1, .wait = 1, .together = true, .token = ""};
    load.most = INT64_MAX;
    for (int c; (c = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1;)
        switch (c) {
        case 'b': load.options.batch = atoi(optarg); break;
        case 'a': load.options.together = false; break;
        case 't': load.options.token = http_token(optarg); break;
        case 'm': load.most = atoll(optarg); break;
        case 'p': load.pause_us = atoll(optarg) * 1000; break;
        default: exit(2);
        }
}

int main(int argc, char **argv)
{
    read_options(argc, argv);
    if (argc - optind != 5 || load.options.batch < 1 || load.options.batch > TALK_HELD_MAX) {
        fputs("usage: cycles PEER HOST:PORT QUEUE CONNECTIONS SECONDS [--batch N] [--apart] [--token FILE] [--pause MS] "
              "[--most N]\n",
              stderr);
        return 2;
    }
    load.peer = peer_find(argv[optind]);
    load.address = talk_address(argv[optind + 1]);
    load.options.queue = argv[optind + 2];
    load.count = atoi(argv[optind + 3]);
    load.latency = latency_new();
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    load.talks = calloc((size_t)load.count, sizeof *load.talks);
    if (!load.talks || load.epoll < 0)
        talk_die("could not begin");
    signal(SIGTERM, on_stop);
    int64_t start_us = talk_now_us();
    for (int i = 0; i < load.count; i++) {
        talk_init(&load.talks[i], i);
        ask(&load.talks[i]);
    }
    run(start_us + (int64_t)(atof(argv[optind + 4]) * 1e6));
    printf("{\"seconds\":%.3f,\"requests\":%lld,\"cycles\":%lld,\"empty\":%lld,\"lost\":%lld,",
           (double)(talk_now_us() - start_us) / 1e6, (long long)latency_count(load.latency), (long long)load.cycles,
           (long long)load.empty, (long long)load.lost);
    latency_print(load.latency);
    puts("}");
    return 0;
}
