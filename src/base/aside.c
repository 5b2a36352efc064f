/* See aside.h. Two lists under one lock: what is to be worked on, and what is done; the loop hears of the second through an
 * eventfd. */
#include "base/aside.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"

struct aside {
    struct loop *loop;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct list todo, done; /* under the lock, as is ending; a job that is worked on is in neither */
    bool ending;
    bool running; /* the thread has been made */
    int fd;       /* the loop is to look at `done` */
    int open;     /* the loop's own */
};

static void tell_loop(const struct aside *a)
{
    uint64_t one = 1;
    if (write(a->fd, &one, sizeof one) != sizeof one)
        abort(); /* an eventfd takes it, short of 2^64 of them */
}

/* The next job; NULL: it is time to end. */
static struct list *next_job(struct aside *a)
{
    pthread_mutex_lock(&a->lock);
    while (!a->ending && list_empty(&a->todo))
        pthread_cond_wait(&a->more, &a->lock);
    struct list *node = a->ending ? NULL : list_shift(&a->todo);
    pthread_mutex_unlock(&a->lock);
    return node;
}

static void *work(void *arg)
{
    enum { LEAST_URGENT = 19 };
    struct aside *a = arg;
    struct list *node;
    setpriority(PRIO_PROCESS, (id_t)gettid(), LEAST_URGENT); /* of this thread alone, on Linux */
    while ((node = next_job(a))) {
        struct aside_job *job = LIST_OF(struct aside_job, node, node);
        job->work(job);
        pthread_mutex_lock(&a->lock);
        list_append(&a->done, &job->node);
        pthread_mutex_unlock(&a->lock);
        tell_loop(a);
    }
    return NULL;
}

static void on_done(void *arg, uint32_t events)
{
    struct aside *a = arg;
    uint64_t times;
    struct list *node;
    if (read(a->fd, &times, sizeof times) < 0)
        return;
    do {
        pthread_mutex_lock(&a->lock);
        node = list_shift(&a->done);
        pthread_mutex_unlock(&a->lock);
        if (node) {
            struct aside_job *job = LIST_OF(struct aside_job, node, node);
            a->open--;
            job->done(job);
        }
    } while (node);
}

struct aside *aside_new(struct loop *l)
{
    struct aside *a = calloc(1, sizeof *a);
    if (!a)
        abort();
    a->loop = l;
    a->fd = -1;
    list_init(&a->todo);
    list_init(&a->done);
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->more, NULL);
    return a;
}

/* Signals are the loop's, but for those of a fault of its own. */
static void start(struct aside *a)
{
    static const int FAULTS[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
    sigset_t all, before;
    a->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (a->fd < 0)
        abort();
    loop_fd_set(a->loop, a->fd, EPOLLIN, on_done, a);
    sigfillset(&all);
    for (size_t i = 0; i < COUNT_OF(FAULTS); i++)
        sigdelset(&all, FAULTS[i]);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&a->thread, NULL, work, a))
        abort();
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    a->running = true;
}

void aside_run(struct aside *a, struct aside_job *job)
{
    if (!a->running)
        start(a);
    a->open++;
    pthread_mutex_lock(&a->lock);
    list_append(&a->todo, &job->node);
    pthread_cond_signal(&a->more);
    pthread_mutex_unlock(&a->lock);
}

bool aside_take_back(struct aside *a, struct aside_job *job)
{
    bool waits = false;
    pthread_mutex_lock(&a->lock);
    LIST_EACH (node, &a->todo)
        waits = waits || node == &job->node;
    if (waits)
        list_unlink(&job->node);
    pthread_mutex_unlock(&a->lock);
    a->open -= waits;
    return waits;
}

int aside_open(const struct aside *a) { return a->open; }

void aside_free(struct aside *a)
{
    if (!a)
        return;
    if (a->running) {
        pthread_mutex_lock(&a->lock);
        a->ending = true;
        pthread_cond_signal(&a->more);
        pthread_mutex_unlock(&a->lock);
        pthread_join(a->thread, NULL);
        loop_fd_remove(a->loop, a->fd);
        close(a->fd);
    }
    pthread_cond_destroy(&a->more);
    pthread_mutex_destroy(&a->lock);
    free(a);
}
