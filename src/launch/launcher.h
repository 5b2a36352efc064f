/* What does at sites what core has written down: starts jobs, looks at them, cancels them, cleans them away, and asks what requests want to
 * know. It lives on the server's loop; all it knows of the store it reads and writes by works of its own in the server's turns, so what it
 * tells is committed as anything else. It knows no HTTP. */
#ifndef DOCKET_LAUNCH_LAUNCHER_H
#define DOCKET_LAUNCH_LAUNCHER_H

#include "base/loop.h"
#include "core/site.h"
#include "core/turn.h"
#include "launch/home.h"

struct launcher;

struct launcher_options {
    struct loop *loop;
    struct engine *engine;
    const char *data;  /* the server's data directory; borrowed, as is the owner */
    const char *owner; /* whose the sites are that are there by themselves or stand in settings */
    const char *program; /* the path of docket itself, for workers of this machine; borrowed */
    const char *bundle;  /* a file with the portable bundle, for other machines; NULL: there is none; borrowed */
    int (*pack)(const char *bundle, struct err *e); /* makes that file where it is missing, in another thread; NULL: it is there */
    int64_t (*now_us)(void *arg);
    int (*home)(void *arg, bool tunnel, struct home_places *out, struct err *e); /* where the server listens; tunnel: for reverse forwards, too */
    void (*wake)(void *arg); /* there are works to take; may be NULL where the loop looks anyway */
    void *arg;
};

/* Never NULL. launcher_free ends what is under way at sites on our side; jobs go on. */
struct launcher *launcher_new(const struct launcher_options *o);
void launcher_free(struct launcher *l);

/* The sites of the settings, with those that are there by themselves (`local`; `slurm` where there is an sbatch): copied. At the start,
 * and when settings were read anew. */
void launcher_settle(struct launcher *l, const struct site_fixed *sites, int count);

/* Something is wanted of a site (engine->stirred, which it takes back): it will look. */
void launcher_stir(struct launcher *l);

/* The script that a job would be at a site; what is only known once the site was reached stands there as it will look. In the arena. 0; as
 * compose(). */
struct job_row;
int launcher_script(struct launcher *l, const struct site_row *site, const struct job_row *job, struct arena *a, const char **out,
                    struct err *e);

/* Works for the next turn, at most max; those that were not taken are given back. */
int launcher_take(struct launcher *l, struct work **works, int max);
void launcher_put_back(struct launcher *l, struct work **works, int count);
bool launcher_ready(const struct launcher *l);

#endif
