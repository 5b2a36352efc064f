/* The one loop: epoll over file descriptors, timers and signals. One thread; callbacks run between waits, and may add
 * and remove anything, themselves included. */
#ifndef DOCKET_BASE_LOOP_H
#define DOCKET_BASE_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;

/* events: EPOLLIN and the like; a callback is told which came. */
typedef void loop_fd_fn(void *arg, uint32_t events);
typedef void loop_fn(void *arg);
typedef void loop_signal_fn(void *arg, int signal);

struct loop_timer {
    struct loop *loop; /* set by loop_timer_init */
    loop_fn *fn;
    void *arg;
    int64_t due_us; /* on clock_mono_us; 0: not set */
    uint64_t order; /* among timers of the same moment the one set first fires first */
    size_t place;   /* in the loop's heap */
};

/* A new loop; freed by loop_free, which forgets what is still registered (owners close their own descriptors).
 * Aborts if the kernel has no epoll or descriptor left for it. */
struct loop *loop_new(void);
void loop_free(struct loop *l);

/* Watches fd. One registration per fd; a second loop_fd_set changes its events, callback and argument.
 * loop_fd_remove of an fd that is not watched does nothing; call it before closing the fd. */
void loop_fd_set(struct loop *l, int fd, uint32_t events, loop_fd_fn *fn, void *arg);
void loop_fd_remove(struct loop *l, int fd);

/* Timers live in their owners. loop_timer_set: fires once at due_us (clock_mono_us), at once if that is past (in the
 * next turn, if set while timers fire); setting again moves it. loop_timer_stop of one that is not set does nothing. */
void loop_timer_init(struct loop *l, struct loop_timer *t, loop_fn *fn, void *arg);
void loop_timer_set(struct loop_timer *t, int64_t due_us);
void loop_timer_stop(struct loop_timer *t);

/* Blocks the signal and hands it to fn from the loop (signalfd). fn NULL: unblocks and forgets it. */
void loop_signal(struct loop *l, int signal, loop_signal_fn *fn, void *arg);

/* Called at the end of each turn, after all callbacks of that turn, in the order added (the server commits there).
 * If fn returns true, the next wait does not sleep. The first turn after loop_after_add does not sleep either. */
typedef bool loop_after_fn(void *arg);
void loop_after_add(struct loop *l, loop_after_fn *fn, void *arg);
void loop_after_remove(struct loop *l, loop_after_fn *fn, void *arg);

/* Runs until loop_stop (one that came before counts: loop_run returns at once and has used it up); or for one turn,
 * waiting at most wait_us (-1: as long as it takes). */
void loop_run(struct loop *l);
void loop_turn(struct loop *l, int64_t wait_us);
void loop_stop(struct loop *l);

#endif
