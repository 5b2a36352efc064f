/* The loop: one epoll set for descriptors, a heap for timers, one signalfd for signals, an array of after-hooks.
 *
 * A turn waits until something is ready or the nearest timer is due, then calls back descriptors, then timers, then
 * the after-hooks. Any callback may remove what has yet to be called in the same turn, or close a descriptor and open
 * another that gets its number: each registration has a serial, which rides in the kernel's event beside the number,
 * and an event whose serial is not the current one is dropped.
 *
 * The kernel waits in nanoseconds (epoll_pwait2), so a wait never ends just before its timer and spins; one older than
 * 5.11 waits in milliseconds, rounded up. A timer set while timers fire is due after the moment they fire for: a turn
 * always ends. */
#include "base/loop.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"

enum { EVENTS_PER_TURN = 256, SIGNALS_AT_ONCE = 8 };

struct watch {
    loop_fd_fn *fn; /* NULL: not watched */
    void *arg;
    uint32_t events;
    uint32_t serial;
};

struct handler {
    loop_signal_fn *fn;
    void *arg;
};

struct after {
    loop_after_fn *fn; /* NULL: removed during the walk */
    void *arg;
};

struct loop {
    int epoll;
    bool stopped, again, coarse; /* coarse: the kernel has no epoll_pwait2 */

    struct watch *watches; /* by descriptor */
    size_t watch_room;
    uint32_t serial;

    struct loop_timer **heap; /* by due_us, then order */
    size_t timer_count, timer_room;
    uint64_t order;
    int64_t fired_us; /* the moment timers were last fired for */

    int signal_fd; /* -1 until the first loop_signal */
    sigset_t signals;
    struct handler handlers[_NSIG];

    struct after *afters;
    size_t after_count, after_room;
};

static void *grow(void *array, size_t *room, size_t want, size_t bytes_each)
{
    if (want <= *room)
        return array;
    size_t more = *room ? *room : 16;
    while (more < want)
        more *= 2;
    char *grown = realloc(array, more * bytes_each);
    if (!grown)
        abort();
    memset(grown + *room * bytes_each, 0, (more - *room) * bytes_each);
    *room = more;
    return grown;
}

struct loop *loop_new(void)
{
    struct loop *l = calloc(1, sizeof *l);
    if (!l)
        abort();
    l->signal_fd = -1;
    sigemptyset(&l->signals);
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (l->epoll < 0) {
        perror("docket: epoll_create1");
        abort();
    }
    return l;
}

void loop_free(struct loop *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < l->timer_count; i++)
        l->heap[i]->due_us = 0;
    if (l->signal_fd >= 0)
        close(l->signal_fd);
    close(l->epoll);
    free(l->watches);
    free(l->heap);
    free(l->afters);
    free(l);
}

/* Descriptors */

static void control(struct loop *l, int op, int fd)
{
    struct watch *w = &l->watches[fd];
    struct epoll_event event = {.events = w->events, .data.u64 = (uint64_t)w->serial << 32 | (uint32_t)fd};
    int r = epoll_ctl(l->epoll, op, fd, &event);
    if (r < 0 && errno == ENOENT && op == EPOLL_CTL_MOD) /* closed and opened again without our knowing */
        r = epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &event);
    if (r < 0 && errno == EEXIST && op == EPOLL_CTL_ADD)
        r = epoll_ctl(l->epoll, EPOLL_CTL_MOD, fd, &event);
    if (r < 0) {
        perror("docket: epoll_ctl");
        abort();
    }
}

void loop_fd_set(struct loop *l, int fd, uint32_t events, loop_fd_fn *fn, void *arg)
{
    assert(fd >= 0 && fn);
    l->watches = grow(l->watches, &l->watch_room, (size_t)fd + 1, sizeof *l->watches);
    struct watch *w = &l->watches[fd];
    bool known = w->fn, same = known && w->events == events;
    w->fn = fn;
    w->arg = arg;
    if (same)
        return;
    w->events = events;
    if (!known)
        w->serial = ++l->serial;
    control(l, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd);
}

void loop_fd_remove(struct loop *l, int fd)
{
    if (fd < 0 || (size_t)fd >= l->watch_room || !l->watches[fd].fn)
        return;
    l->watches[fd].fn = NULL;
    epoll_ctl(l->epoll, EPOLL_CTL_DEL, fd, NULL); /* a closed one has left by itself */
}

static void call_watch(struct loop *l, const struct epoll_event *event)
{
    int fd = (int)(uint32_t)event->data.u64;
    struct watch w = l->watches[fd]; /* a copy: the callback may grow the array */
    if (w.fn && w.serial == (uint32_t)(event->data.u64 >> 32))
        w.fn(w.arg, event->events);
}

/* Timers: a binary heap of pointers; each timer knows its place. */

static bool sooner(const struct loop_timer *a, const struct loop_timer *b)
{
    return a->due_us != b->due_us ? a->due_us < b->due_us : a->order < b->order;
}

static void put(struct loop *l, struct loop_timer *t, size_t place)
{
    l->heap[place] = t;
    t->place = place;
}

static void rise(struct loop *l, struct loop_timer *t)
{
    size_t place = t->place;
    while (place > 0 && sooner(t, l->heap[(place - 1) / 2])) {
        put(l, l->heap[(place - 1) / 2], place);
        place = (place - 1) / 2;
    }
    put(l, t, place);
}

static void sink(struct loop *l, struct loop_timer *t)
{
    size_t place = t->place;
    for (;;) {
        size_t below = place * 2 + 1;
        if (below + 1 < l->timer_count && sooner(l->heap[below + 1], l->heap[below]))
            below++;
        if (below >= l->timer_count || !sooner(l->heap[below], t))
            break;
        put(l, l->heap[below], place);
        place = below;
    }
    put(l, t, place);
}

void loop_timer_init(struct loop *l, struct loop_timer *t, loop_fn *fn, void *arg)
{
    *t = (struct loop_timer){.loop = l, .fn = fn, .arg = arg};
}

void loop_timer_set(struct loop_timer *t, int64_t due_us)
{
    struct loop *l = t->loop;
    loop_timer_stop(t);
    t->due_us = due_us > l->fired_us ? due_us : l->fired_us + 1;
    t->order = ++l->order;
    l->heap = grow(l->heap, &l->timer_room, l->timer_count + 1, sizeof *l->heap);
    put(l, t, l->timer_count++);
    rise(l, t);
}

void loop_timer_stop(struct loop_timer *t)
{
    if (!t->due_us)
        return;
    struct loop *l = t->loop;
    struct loop_timer *last = l->heap[--l->timer_count];
    t->due_us = 0;
    if (last == t)
        return;
    put(l, last, t->place);
    sink(l, last);
    rise(l, last);
}

static void fire_timers(struct loop *l)
{
    if (!l->timer_count)
        return;
    l->fired_us = clock_mono_us();
    while (l->timer_count && l->heap[0]->due_us <= l->fired_us) {
        struct loop_timer *t = l->heap[0];
        loop_timer_stop(t);
        t->fn(t->arg);
    }
}

/* Signals */

static void on_signal_fd(void *arg, uint32_t events)
{
    (void)events;
    struct loop *l = arg;
    struct signalfd_siginfo infos[SIGNALS_AT_ONCE];
    ssize_t n = read(l->signal_fd, infos, sizeof infos); /* what is left comes in the next turn */
    for (ssize_t i = 0; i < n / (ssize_t)sizeof *infos; i++) {
        struct handler h = l->handlers[infos[i].ssi_signo];
        if (h.fn)
            h.fn(h.arg, (int)infos[i].ssi_signo);
    }
}

void loop_signal(struct loop *l, int signal, loop_signal_fn *fn, void *arg)
{
    assert(signal > 0 && signal < _NSIG);
    l->handlers[signal] = (struct handler){fn, arg};
    if (fn)
        sigaddset(&l->signals, signal);
    else
        sigdelset(&l->signals, signal);
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, signal);
    if (fn)
        sigprocmask(SIG_BLOCK, &one, NULL);
    int fd = signalfd(l->signal_fd, &l->signals, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0) {
        perror("docket: signalfd");
        abort();
    }
    if (l->signal_fd < 0)
        loop_fd_set(l, fd, EPOLLIN, on_signal_fd, l);
    l->signal_fd = fd;
    if (!fn)
        sigprocmask(SIG_UNBLOCK, &one, NULL);
}

/* After-hooks */

void loop_after_add(struct loop *l, loop_after_fn *fn, void *arg)
{
    l->afters = grow(l->afters, &l->after_room, l->after_count + 1, sizeof *l->afters);
    l->afters[l->after_count++] = (struct after){fn, arg};
    l->again = true; /* the first call comes without waiting for an event */
}

void loop_after_remove(struct loop *l, loop_after_fn *fn, void *arg)
{
    for (size_t i = 0; i < l->after_count; i++)
        if (l->afters[i].fn == fn && l->afters[i].arg == arg)
            l->afters[i].fn = NULL;
}

/* Removed hooks leave the array here, where nobody walks it. */
static bool call_afters(struct loop *l)
{
    bool again = false;
    for (size_t i = 0; i < l->after_count; i++) {
        struct after a = l->afters[i];
        if (a.fn && a.fn(a.arg))
            again = true;
    }
    size_t kept = 0;
    for (size_t i = 0; i < l->after_count; i++)
        if (l->afters[i].fn)
            l->afters[kept++] = l->afters[i];
    l->after_count = kept;
    return again;
}

/* Turns */

static int64_t wait_length(const struct loop *l, int64_t wait_us)
{
    if (l->again || l->stopped)
        return 0;
    if (!l->timer_count)
        return wait_us;
    int64_t left = l->heap[0]->due_us - clock_mono_us();
    if (left < 0)
        left = 0;
    return wait_us >= 0 && wait_us < left ? wait_us : left;
}

static int whole_ms(int64_t us)
{
    int64_t ms = us < 0 ? -1 : (us + CLOCK_MS - 1) / CLOCK_MS;
    return ms > INT32_MAX ? INT32_MAX : (int)ms;
}

static int wait_for(struct loop *l, struct epoll_event *events, int64_t us)
{
    struct timespec wait = {.tv_sec = us / CLOCK_SECOND, .tv_nsec = us % CLOCK_SECOND * 1000};
    int n = l->coarse ? -1 : epoll_pwait2(l->epoll, events, EVENTS_PER_TURN, us < 0 ? NULL : &wait, NULL);
    l->coarse = l->coarse || (n < 0 && errno == ENOSYS);
    return l->coarse ? epoll_wait(l->epoll, events, EVENTS_PER_TURN, whole_ms(us)) : n;
}

void loop_turn(struct loop *l, int64_t wait_us)
{
    struct epoll_event events[EVENTS_PER_TURN];
    int n = wait_for(l, events, wait_length(l, wait_us));
    if (n < 0 && errno != EINTR) {
        perror("docket: epoll_wait");
        abort();
    }
    for (int i = 0; i < n; i++)
        call_watch(l, &events[i]);
    fire_timers(l);
    l->again = call_afters(l);
}

void loop_run(struct loop *l)
{
    while (!l->stopped)
        loop_turn(l, -1);
    l->stopped = false;
}

void loop_stop(struct loop *l) { l->stopped = true; }
