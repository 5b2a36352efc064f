/* Runners of tables as load: N of them, each as the real one calls: getWork, then storeResult with the whole package echoed and every
 * target mapped, and each call over a new connection, which the caller closes. What they would solve meanwhile takes no time.
 *
 *   tables HOST:PORT PATH RUNNERS SECONDS [--basic BASE64] [--most N]
 *
 * PATH stands before the calls: '' or '/tables/Q'. --basic: the credentials sent with each call; --most: the end, once so many results
 * are in. It ends, too, when no table is left. Prints one line of JSON: {"seconds","cycles","requests","empty","lost","getWork":{…},
 * "storeResult":{…}}, of each the latency from before the connection to the last byte; `empty` are answers that nothing is left, `lost`
 * connections that broke. Each runner calls from an address of its own, 127.0.1.N: a host has not ports enough for so many calls. */
#include <arpa/inet.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "http.h"
#include "latency.h"
#include "talk.h"

enum { EVENTS = 256, GONE = 410, NAME_MAX_BYTES = 64 };

struct runner {
    struct talk talk;
    bool storing, over;
    char name[NAME_MAX_BYTES]; /* of the table it holds */
    struct talk result;        /* its `out` is what is handed in for it */
};

static struct load {
    struct sockaddr_in address;
    const char *path, *basic;
    int epoll, count, over;
    int64_t cycles, empty, lost, most;
    struct runner *runners;
    struct latency *work, *store;
} load;

static volatile sig_atomic_t stopped;
static void on_stop(int number) { stopped = 1; }

/* As the library of the real runner sends it. */
static void put_head(struct talk *t, int number, const char *method, const char *call, const char *table, size_t n)
{
    talk_put(t, "%s %s/%s%s%s?client=127.0.1.%d+-+8c7e3f0a-0000-4000-8000-%012d HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n", method, load.path,
             call, table, *table ? "/" : "", number + 1, number, ntohs(load.address.sin_port));
    talk_put(t,
             "User-Agent: python-requests/2.28.1\r\nAccept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\n"
             "Content-Length: %zu\r\n",
             n);
    if (load.basic)
        talk_put(t, "Authorization: Basic %s\r\n", load.basic);
    talk_put(t, "\r\n");
}

static void ask(struct runner *r)
{
    struct talk *t = &r->talk;
    t->asked_us = talk_now_us();
    if (!talk_dial(t, load.epoll, &load.address)) {
        fputs("the server is not there\n", stderr);
        exit(1);
    }
    if (r->storing) {
        put_head(t, t->number, "PUT", "storeResult/", r->name, r->result.out_n);
        talk_put_bytes(t, r->result.out, r->result.out_n);
    } else {
        put_head(t, t->number, "POST", "getWork", "", 0);
    }
    load.lost += !talk_send(t);
}

/* The last place of `what` in the n bytes, after it. Ends the program where there is none. */
static const char *behind_last(const char *bytes, size_t n, const char *what)
{
    size_t length = strlen(what);
    for (const char *at = bytes + n - length; at >= bytes; at--)
        if (memcmp(at, what, length) == 0)
            return at + length;
    fprintf(stderr, "a package lacks %s\n", what);
    exit(1);
}

/* The targets as they came, each mapped, in the words of a result. */
static void put_mapped(struct talk *out, const char *targets, const char *end)
{
    static const char SUB[] = "\"sub_id\"", NONE[] = "null";
    static int64_t number;
    for (const char *at = targets; at < end;) {
        size_t plain = strcspn(at, "\"n");
        plain = plain < (size_t)(end - at) ? plain : (size_t)(end - at);
        talk_put_bytes(out, at, plain);
        at += plain;
        if (at == end)
            break;
        if (strncmp(at, NONE, sizeof NONE - 1) == 0) {
            talk_put(out, "\"http://www.wikidata.org/entity/Q%lld\"", (long long)++number);
            at += sizeof NONE - 1;
        } else if (strncmp(at, SUB, sizeof SUB - 1) == 0) {
            talk_put(out, "\"subj_id\"");
            at += sizeof SUB - 1;
        } else {
            talk_put_bytes(out, at++, 1);
        }
    }
}

/* {"analyze":…,"data":…,…,"targets":{…}} and a newline becomes the same with cea, cpa, cta and errors beside. */
static void solve(struct runner *r, const char *package, size_t n)
{
    const char *name = behind_last(package, n, ",\"name\":\""), *targets = behind_last(package, n, "\"targets\":{");
    const char *end = package + n - 3;
    snprintf(r->name, sizeof r->name, "%.*s", (int)strcspn(name, "\""), name);
    r->result.out_n = 0;
    talk_put_bytes(&r->result, package, n - 2);
    talk_put(&r->result, ",");
    put_mapped(&r->result, targets, end);
    talk_put(&r->result, ",\"errors\":[]}");
}

static void take(struct runner *r, int status, const char *body, size_t n)
{
    latency_add(r->storing ? load.store : load.work, talk_now_us() - r->talk.asked_us);
    if (!r->storing && status == GONE) {
        load.empty++;
        load.over++;
        r->over = true;
    } else if (status != 200) {
        fprintf(stderr, "the server refused: %.600s\n", r->talk.in);
        exit(1);
    } else if (r->storing) {
        load.cycles++;
    } else {
        solve(r, body, n);
    }
    r->storing = !r->storing;
}

static void on_input(struct runner *r)
{
    const char *body;
    size_t n;
    int status;
    if (!talk_receive(&r->talk)) {
        load.lost++;
    } else if (!http_take_any(&r->talk, &status, &body, &n)) {
        return;
    } else {
        take(r, status, body, n);
    }
    talk_hang_up(&r->talk);
    if (!r->over)
        ask(r);
}

static void run(int64_t end_us)
{
    struct epoll_event events[EVENTS];
    while (!stopped && load.over < load.count && load.cycles < load.most && talk_now_us() < end_us) {
        int n = epoll_wait(load.epoll, events, EVENTS, 100);
        for (int i = 0; i < n; i++)
            on_input(events[i].data.ptr);
    }
}

static void begin(struct runner *r, int number)
{
    talk_init(&r->talk, number);
    talk_init(&r->result, number);
    r->talk.from.s_addr = htonl(INADDR_LOOPBACK + 256 + (uint32_t)number);
    ask(r);
}

static void read_options(int argc, char **argv)
{
    static const struct option OPTIONS[] = {{"basic", 1, NULL, 'b'}, {"most", 1, NULL, 'm'}, {0}};
    load.most = INT64_MAX;
    for (int c; (c = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1;)
        switch (c) {
        case 'b': load.basic = optarg; break;
        case 'm': load.most = atoll(optarg); break;
        default: exit(2);
        }
}

static void tell(double seconds)
{
    printf("{\"seconds\":%.3f,\"cycles\":%lld,\"requests\":%lld,\"empty\":%lld,\"lost\":%lld,\"getWork\":{", seconds,
           (long long)load.cycles, (long long)(latency_count(load.work) + latency_count(load.store)), (long long)load.empty,
           (long long)load.lost);
    latency_print(load.work);
    printf("},\"storeResult\":{");
    latency_print(load.store);
    puts("}}");
}

int main(int argc, char **argv)
{
    read_options(argc, argv);
    if (argc - optind != 4) {
        fputs("usage: tables HOST:PORT PATH RUNNERS SECONDS [--basic BASE64] [--most N]\n", stderr);
        return 2;
    }
    load.address = talk_address(argv[optind]);
    load.path = argv[optind + 1];
    load.count = atoi(argv[optind + 2]);
    load.work = latency_new();
    load.store = latency_new();
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    load.runners = calloc((size_t)load.count, sizeof *load.runners);
    if (!load.runners || load.epoll < 0)
        talk_die("could not begin");
    signal(SIGTERM, on_stop);
    int64_t start_us = talk_now_us();
    for (int i = 0; i < load.count; i++)
        begin(&load.runners[i], i);
    run(start_us + (int64_t)(atof(argv[optind + 3]) * 1e6));
    tell((double)(talk_now_us() - start_us) / 1e6);
    return 0;
}
