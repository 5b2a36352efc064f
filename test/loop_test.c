/* The loop: timers fire in order and on time without spinning, events of closed descriptors are dropped, signals and
 * after-hooks come where loop.h says. */
#include "base/loop.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cleanup.h"
#include "check.h"

static char trace[256];

static void note(const char *what) { strncat(trace, what, sizeof trace - strlen(trace) - 1); }

struct named {
    const char *name;
    struct loop *loop;
    struct loop_timer timer;
};

static void on_named(void *arg) { note(((struct named *)arg)->name); }

static void on_last(void *arg)
{
    on_named(arg);
    loop_stop(((struct named *)arg)->loop);
}

static void timers_in_order(void)
{
    struct loop *l = loop_new();
    struct named t[] = {{"c", l, {0}}, {"a", l, {0}}, {"x", l, {0}}, {"b", l, {0}}, {"d", l, {0}}, {"z", l, {0}}};
    static const int DELAYS_MS[] = {6, 1, 3, 4, 6, 10};
    int64_t start = clock_mono_us();
    for (int i = 0; i < 6; i++) {
        loop_timer_init(l, &t[i].timer, i == 5 ? on_last : on_named, &t[i]);
        loop_timer_set(&t[i].timer, start + DELAYS_MS[i] * CLOCK_MS);
    }
    loop_timer_stop(&t[2].timer);
    loop_timer_stop(&t[2].timer);
    trace[0] = '\0';
    loop_run(l);
    CHECK_TEXT("timers fire in order of their moments, equal ones as they were set", trace, "abcdz");
    CHECK("not before their time", clock_mono_us() - start >= 10 * CLOCK_MS);
    loop_free(l);
}

/* Many timers at random moments, some moved, some stopped: the rest fire sorted. */
static int64_t last_fired;
static int fired, out_of_order;

static void on_random(void *arg)
{
    int64_t due = *(int64_t *)arg;
    out_of_order += due < last_fired;
    last_fired = due;
    fired++;
}

static void timers_at_random(void)
{
    enum { COUNT = 2000 };
    struct loop *l = loop_new();
    struct loop_timer *t = calloc(COUNT, sizeof *t);
    int64_t *due = calloc(COUNT, sizeof *due);
    int stopped = 0;
    int64_t start = clock_mono_us();
    srandom(7);
    for (int i = 0; i < COUNT; i++) {
        loop_timer_init(l, &t[i], on_random, &due[i]);
        loop_timer_set(&t[i], start + 1 + random() % 1000);
    }
    for (int i = 0; i < COUNT; i++) {
        due[i] = start + 1 + random() % 5000;
        loop_timer_set(&t[i], due[i]);
    }
    for (int i = 0; i < COUNT; i += 7, stopped++)
        loop_timer_stop(&t[i]);
    while (fired < COUNT - stopped && clock_mono_us() < start + CLOCK_SECOND)
        loop_turn(l, -1);
    CHECK("2000 timers, moved and some stopped: the rest fires", fired == COUNT - stopped);
    CHECK("in order", out_of_order == 0);
    loop_free(l);
    free(t);
    free(due);
}

static int64_t cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * CLOCK_SECOND + t.tv_nsec / 1000;
}

static void waits_asleep(void)
{
    struct loop *l = loop_new();
    struct named t = {"t", l, {0}};
    loop_timer_init(l, &t.timer, on_named, &t);
    int turns = 0;
    trace[0] = '\0';
    int64_t cpu = cpu_us();
    loop_timer_set(&t.timer, clock_mono_us() + 50 * CLOCK_MS + 300);
    while (!trace[0] && turns < 1000) {
        loop_turn(l, -1);
        turns++;
    }
    CHECK("waiting for a timer takes a turn or two, not a spin", turns <= 3 && cpu_us() - cpu < 20 * CLOCK_MS);
    int64_t start = clock_mono_us();
    loop_turn(l, 20 * CLOCK_MS);
    int64_t took = clock_mono_us() - start;
    CHECK("a turn waits as long as it is told", took >= 20 * CLOCK_MS && took < 500 * CLOCK_MS);
    loop_free(l);
}

static int again_count;

static void on_again(void *arg)
{
    struct loop_timer *t = arg;
    again_count++;
    loop_timer_set(t, 1);
}

static void timer_sets_itself(void)
{
    struct loop *l = loop_new();
    struct loop_timer t;
    loop_timer_init(l, &t, on_again, &t);
    loop_timer_set(&t, 1);
    for (int i = 0; i < 5; i++)
        loop_turn(l, -1);
    CHECK("a timer that sets itself to the past fires once a turn", again_count == 5);
    loop_free(l);
}

/* Two pipes are ready in one turn; the first callback closes the second and opens another of the same number. */
struct swap {
    struct loop *loop;
    int first[2], second[2], fresh[2];
    int stale;
};

static void on_never(void *arg, uint32_t events)
{
    (void)events;
    ((struct swap *)arg)->stale++;
}

static void on_swap(void *arg, uint32_t events)
{
    (void)events;
    struct swap *s = arg;
    loop_fd_remove(s->loop, s->first[0]);
    loop_fd_remove(s->loop, s->second[0]);
    if (s->fresh[0] >= 0)
        return;
    int number = s->second[0];
    close(s->second[0]);
    if (pipe(s->fresh) < 0)
        abort();
    if (s->fresh[0] != number) {
        dup2(s->fresh[0], number);
        close(s->fresh[0]);
        s->fresh[0] = number;
    }
    loop_fd_set(s->loop, s->fresh[0], EPOLLIN, on_never, s);
}

static void stale_events(void)
{
    struct swap s = {.loop = loop_new(), .fresh = {-1, -1}};
    if (pipe(s.first) < 0 || pipe(s.second) < 0)
        abort();
    loop_fd_set(s.loop, s.first[0], EPOLLIN, on_swap, &s);
    loop_fd_set(s.loop, s.second[0], EPOLLIN, on_swap, &s);
    CHECK("both pipes are ready", write(s.first[1], "x", 1) == 1 && write(s.second[1], "x", 1) == 1);
    loop_turn(s.loop, 0);
    CHECK("an event of a closed descriptor is not given to the one that got its number", s.stale == 0);
    CHECK("but its own is", write(s.fresh[1], "x", 1) == 1 && (loop_turn(s.loop, 0), s.stale == 1));
    loop_fd_remove(s.loop, s.fresh[0]);
    loop_fd_remove(s.loop, 900);
    loop_turn(s.loop, 0);
    CHECK("a removed descriptor is silent", s.stale == 1);
    loop_free(s.loop);
    int fds[] = {s.first[0], s.first[1], s.second[1], s.fresh[0], s.fresh[1]};
    for (size_t i = 0; i < COUNT_OF(fds); i++)
        close(fds[i]);
}

static void on_signal(void *arg, int signal)
{
    (void)arg;
    note(signal == SIGUSR1 ? "1" : "2");
}

static void signals(void)
{
    struct loop *l = loop_new();
    loop_signal(l, SIGUSR1, on_signal, NULL);
    loop_signal(l, SIGUSR2, on_signal, NULL);
    trace[0] = '\0';
    raise(SIGUSR1);
    loop_turn(l, 0);
    raise(SIGUSR2);
    loop_turn(l, 0);
    CHECK_TEXT("signals come from the loop", trace, "12");
    loop_signal(l, SIGUSR1, NULL, NULL);
    sigset_t blocked;
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    CHECK("a forgotten one is unblocked", !sigismember(&blocked, SIGUSR1) && sigismember(&blocked, SIGUSR2));
    loop_signal(l, SIGUSR2, NULL, NULL);
    loop_free(l);
}

static int rounds;

static bool first_after(void *arg)
{
    (void)arg;
    note("A");
    return ++rounds < 3;
}

static bool second_after(void *arg)
{
    loop_after_remove(arg, second_after, arg);
    note("B");
    return false;
}

static void afters(void)
{
    struct loop *l = loop_new();
    struct named t = {"t", l, {0}};
    loop_timer_init(l, &t.timer, on_named, &t);
    loop_timer_set(&t.timer, 1);
    loop_after_add(l, first_after, NULL);
    loop_after_add(l, second_after, l);
    trace[0] = '\0';
    int64_t start = clock_mono_us();
    for (int i = 0; i < 3; i++)
        loop_turn(l, CLOCK_SECOND);
    CHECK_TEXT("after-hooks end each turn, in order; one removes itself", trace, "tABAA");
    CHECK("and true keeps the next wait from sleeping", clock_mono_us() - start < CLOCK_SECOND);
    loop_stop(l);
    loop_run(l);
    CHECK("a stop before the run counts", true);
    loop_free(l);
}

int main(void)
{
    timers_in_order();
    timers_at_random();
    waits_asleep();
    timer_sets_itself();
    stale_events();
    signals();
    afters();
    return check_end();
}
