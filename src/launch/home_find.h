/* Finding the way home of a site's workers, over its link. */
#ifndef DOCKET_LAUNCH_HOME_FIND_H
#define DOCKET_LAUNCH_HOME_FIND_H

#include "base/loop.h"
#include "launch/home.h"
#include "launch/site.h"

/* Borrowed until it is answered. */
struct home_ask {
    const char *site;           /* its name, for words */
    const char *app;            /* whose folder of the far side a relay writes to */
    const char *advertise;      /* of the site; NULL or "": none */
    const struct home_places *places;
    bool local;                 /* the site is this machine */
    bool job;                   /* workers run elsewhere than where the link leads to: a job tries the ways, and a relay is one of them */
    const char *const *program; /* there; its words, NULL-ended */
    const char *unique;         /* what that job is called, new for each */
    const char *const *options; /* for sbatch, NULL-ended; NULL: none */
    int far_port, relay_port;   /* as they were before; 0: none */
    int64_t patience_us;        /* so long far_port is asked for before it is given up; workers may know it */
};

/* err: ERR_NO_WAY_HOME, ERR_SITE_AWAY, ERR_SITE_LOGIN, ERR_SITE_REFUSED; NULL: the way that was found, and the ports that it needs (0: none),
 * to be asked for again when the connection was lost. Borrowed for the call. */
struct home_found {
    const struct err *err;
    struct home_candidate way;
    int far_port, relay_port;
};
typedef void home_found_fn(void *arg, const struct home_found *f);

/* Answers once, from the loop. The forward stands, and the relay runs, where the way goes by them. */
struct home_find;
struct home_find *home_find(struct loop *l, struct site_link *k, const struct home_ask *ask, home_found_fn *fn, void *arg);

/* Its answer is not wanted any more; what the link still tells is passed over. NULL is fine. */
void home_find_forget(struct home_find *f);

#endif
