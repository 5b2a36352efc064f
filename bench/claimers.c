/* Workers as load: N connections, each with one request under way, that claim a task and from then on hand it in and
 * claim the next in the same request. Measures each request from its first byte sent to its last received.
 *
 *   claimers HOST PORT TOKENFILE QUEUE CONNECTIONS SECONDS [PAUSE_MS]
 *
 * PAUSE_MS: what a task takes (0: nothing). A server that goes away is tried again ten times a second; requests that it
 * took with it are counted as lost, not measured. SIGTERM ends it early. Prints one line of JSON:
 * {"seconds","requests","cycles","lost","p50_ms","p99_ms","p999_ms","max_ms"}. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_MAX = 16384, REQUEST_MAX = 1024, RETRY_MS = 100, EVENTS = 256 };

/* Latencies in steps of 10 µs up to 20 s: every percentile to within that. */
enum { STEP_US = 10, STEPS = 2000000 };

struct worker {
    int fd, number;
    int64_t sent_us, wake_us; /* wake_us: when to go on; 0: an answer is awaited */
    int64_t lease;            /* held; 0: none */
    size_t got;
    char answer[ANSWER_MAX];
};

static struct load {
    struct sockaddr_in address;
    const char *queue;
    char token[128];
    int epoll, count;
    int64_t pause_us;
    struct worker *workers;
    int64_t requests, cycles, lost;
    uint32_t steps[STEPS];
} load;

static volatile sig_atomic_t stopped;
static void on_stop(int number) { stopped = 1; }

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void die(const char *what)
{
    fprintf(stderr, "claimers: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void hang_up(struct worker *w)
{
    if (w->fd >= 0)
        close(w->fd);
    w->fd = -1;
    w->lease = 0;
    w->wake_us = now_us() + RETRY_MS * 1000;
}

static bool dial(struct worker *w)
{
    int one = 1;
    w->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (w->fd < 0)
        die("could not open a socket");
    if (connect(w->fd, (struct sockaddr *)&load.address, sizeof load.address) != 0) {
        hang_up(w);
        return false;
    }
    setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(w->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = w};
    if (epoll_ctl(load.epoll, EPOLL_CTL_ADD, w->fd, &event) != 0)
        die("could not watch a socket");
    return true;
}

/* The next request: a claim, or a result with the claim of the next task. */
static void ask(struct worker *w)
{
    char body[REQUEST_MAX / 2], request[REQUEST_MAX];
    bool first = w->lease == 0;
    int n;
    if (w->fd < 0 && !dial(w))
        return;
    if (first)
        n = snprintf(body, sizeof body, "{\"worker\":\"w%d\",\"wait\":1}", w->number);
    else
        n = snprintf(body, sizeof body, "{\"worker\":\"w%d\",\"results\":[{\"lease\":%lld,\"exitcode\":0}],\"claim\":1}",
                     w->number, (long long)w->lease);
    n = snprintf(request, sizeof request,
                 "POST /api/v1/queues/%s/%s HTTP/1.1\r\nHost: docket\r\nAuthorization: Bearer %s\r\n"
                 "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
                 load.queue, first ? "claim" : "finish", load.token, n, body);
    w->sent_us = now_us();
    w->wake_us = 0;
    w->got = 0;
    if (send(w->fd, request, (size_t)n, MSG_NOSIGNAL) != n) {
        load.lost++;
        hang_up(w);
    }
}

/* Is the whole answer there? */
static bool is_whole(struct worker *w)
{
    char *end = strstr(w->answer, "\r\n\r\n"), *length = strcasestr(w->answer, "content-length:");
    return end && length && length < end && w->got >= (size_t)(end + 4 - w->answer) + strtoul(length + 15, NULL, 10);
}

static void measure(const struct worker *w)
{
    int64_t step = (now_us() - w->sent_us) / STEP_US;
    load.steps[step < STEPS ? step : STEPS - 1]++;
    load.requests++;
}

static void take(struct worker *w)
{
    const char *tasks = strstr(w->answer, "\"tasks\":[{"), *lease = tasks ? strstr(tasks, "\"lease\":") : NULL;
    if (strncmp(w->answer, "HTTP/1.1 200", 12) != 0) {
        fprintf(stderr, "claimers: %.300s\n", w->answer);
        exit(1);
    }
    if (w->lease && strstr(w->answer, "\"accepted\""))
        load.cycles++;
    bool waited = !w->lease;
    if (!waited || lease) /* a claim that waited in vain says nothing of the server */
        measure(w);
    w->lease = lease ? atoll(lease + 8) : 0;
    w->wake_us = now_us() + (lease ? load.pause_us : 0);
}

static void receive(struct worker *w)
{
    ssize_t n = recv(w->fd, w->answer + w->got, sizeof w->answer - 1 - w->got, 0);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0 || w->got + (size_t)n >= sizeof w->answer - 1) {
        load.lost++;
        hang_up(w);
        return;
    }
    w->got += (size_t)n;
    w->answer[w->got] = '\0';
    if (is_whole(w))
        take(w);
}

static void run(int64_t end_us)
{
    struct epoll_event events[EVENTS];
    while (!stopped && now_us() < end_us) {
        int64_t now = now_us();
        int timeout_ms = RETRY_MS;
        for (int i = 0; i < load.count; i++) {
            struct worker *w = &load.workers[i];
            if (w->wake_us && w->wake_us <= now)
                ask(w);
            else if (w->wake_us && (w->wake_us - now) / 1000 < timeout_ms)
                timeout_ms = (int)((w->wake_us - now) / 1000);
        }
        int n = epoll_wait(load.epoll, events, EVENTS, timeout_ms);
        for (int i = 0; i < n; i++)
            receive(events[i].data.ptr);
    }
}

static double percentile(double share)
{
    int64_t wanted = (int64_t)((double)load.requests * share), seen = 0;
    for (int i = 0; i < STEPS; i++)
        if ((seen += load.steps[i]) > wanted)
            return (double)(i + 1) * STEP_US / 1000;
    return 0;
}

static double longest(void)
{
    for (int i = STEPS - 1; i >= 0; i--)
        if (load.steps[i])
            return (double)(i + 1) * STEP_US / 1000;
    return 0;
}

static void read_token(const char *path)
{
    FILE *f = fopen(path, "re");
    if (!f || !fgets(load.token, sizeof load.token, f))
        die("could not read the token");
    load.token[strcspn(load.token, "\n")] = '\0';
    fclose(f);
}

int main(int argc, char **argv)
{
    if (argc < 7) {
        fputs("usage: claimers HOST PORT TOKENFILE QUEUE CONNECTIONS SECONDS [PAUSE_MS]\n", stderr);
        return 2;
    }
    load.address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2]))};
    inet_pton(AF_INET, argv[1], &load.address.sin_addr);
    read_token(argv[3]);
    load.queue = argv[4];
    load.count = atoi(argv[5]);
    load.pause_us = argc > 7 ? atoll(argv[7]) * 1000 : 0;
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    load.workers = calloc((size_t)load.count, sizeof *load.workers);
    if (!load.workers || load.epoll < 0)
        die("could not begin");
    signal(SIGTERM, on_stop);
    int64_t start = now_us();
    for (int i = 0; i < load.count; i++)
        load.workers[i] = (struct worker){.fd = -1, .number = i, .wake_us = start};
    run(start + atoll(argv[6]) * 1000000);
    printf("{\"seconds\":%.1f,\"requests\":%lld,\"cycles\":%lld,\"lost\":%lld,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"p999_ms\":%.2f,"
           "\"max_ms\":%.2f}\n",
           (double)(now_us() - start) / 1e6, (long long)load.requests, (long long)load.cycles, (long long)load.lost,
           percentile(0.5), percentile(0.99), percentile(0.999), longest());
    return 0;
}
