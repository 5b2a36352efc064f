/* What the files of the launcher share. */
#ifndef DOCKET_LAUNCH_LAUNCHER_INNER_H
#define DOCKET_LAUNCH_LAUNCHER_INNER_H

#include <jansson.h>

#include "core/errand.h"
#include "core/job.h"
#include "launch/compose.h"
#include "launch/launcher.h"
#include "launch/settings.h"
#include "launch/site.h"
#include "launch/step.h"

enum {
    PLACE_STARTS = 4,         /* jobs being started at a site at once */
    PLACE_BATCH = 500,        /* cancelled or cleaned by one call */
    PLACE_SOON_MS = 1000,     /* after something was done, its jobs are looked at */
    PLACE_RETRY_SECONDS = 15, /* what could not be done is tried again */
};

struct launcher {
    struct launcher_options o;
    struct list steps;  /* for the next turn */
    struct list places; /* sites */
    struct site_fixed *fixed;
    int fixed_count;
    bool surveyed;         /* the sites are known */
    bool surveying, again; /* a survey is under way; something has been wanted since */
    struct aside *aside; /* packs the bundle; NULL: not yet wanted */
    struct loop_timer retire;
    struct list calms;         /* what scales are remembered (scale.c) */
    struct loop_timer scales;
    int scaling;               /* so many steps of a round are under way */
    bool scale_again;          /* something has changed since */
    int reading; /* errands that are being read from sites */
    bool ending;
};

struct home_find;
struct program_find;

/* A site, as the launcher has it in hand. */
struct place {
    struct list node;
    struct launcher *l;
    int64_t id;
    char *kind, *text; /* of the row it was made of: another makes another link */
    struct arena arena; /* of its settings */
    struct place_settings settings;
    struct site_link *link;
    struct loop_timer look, retry;
    int64_t pace_ms;      /* until the next look: short after something was done, then longer and longer */
    bool looking, look_again;
    struct list waiting;  /* requests that wait for a look (answer.c) */
    struct list doing;    /* struct doing: jobs that something is being done to */
    int starting;
    bool there; /* met by the survey */
    bool singly; /* one of several was refused: they are cleaned away one by one */

    /* What workers need there (prepare.c). */
    char *name, *found;   /* of the row */
    struct list askers;   /* who waits for it */
    bool preparing, prepared;
    struct compose_home home;
    struct home_places places;
    struct home_find *finding;
    struct program_find *fetching;
    char *program_kind;
    struct arena home_arena; /* of home, places and what they were found by */
};

struct doing {
    struct list node;
    int64_t job;
};

struct place *place_find(struct launcher *l, int64_t id);
void place_free(struct place *p);

/* It goes: nobody is told of what is being found out any more (prepare.c). */
void prepare_drop(struct place *p);

/* What was found out of it is written down with the site. */
json_t *prepare_found(const struct place *p); /* a new reference; {} where nothing was */
void prepare_note_found(struct place *p, json_t *found);

/* Its link was lost, or stands again: workers there come home through it (prepare.c). */
void prepare_on_change(struct place *p);

/* Is something being done to this job? Notes that it is; that it no longer is. */
bool place_is_doing(const struct place *p, int64_t job);
void place_do(struct place *p, int64_t job);
void place_done(struct place *p, int64_t job);

/* How the site is reached has changed, or may have: it is written where that is news. */
void place_report(struct place *p);

/* What is wanted, of all sites (survey.c). */
void survey_start(struct launcher *l);
void survey_later(struct place *p); /* of this one, once more in a while */

/* Starts a job that is wanted (begin.c). The row is copied. */
void begin_job(struct place *p, const struct job_row *j);

/* Looks at the jobs of a site: now; soon, for something was done there; when it is time (watch.c). */
void watch_now(struct place *p);
void watch_soon(struct place *p);
void watch_on(struct place *p);

/* Jobs that ended long ago are cleaned away: now, and again in an hour (retire.c). */
void retire(void *launcher);
/* Looks at all scales, now or once the round that is under way is over (scale.c). */
void scales_init(struct launcher *l);
void scales_look(struct launcher *l);
void scales_free(struct launcher *l);

/* Errands of requests (answer.c). */
void answer_errands(struct launcher *l);
void answer_text(struct launcher *l, int64_t errand, const char *text);
void answer_looked(struct place *p, const struct err *err);
void answer_drop(struct place *p);

/* What works at a site and what does not, as JSON to the errand (check.c). */
void check_site(struct place *p, int64_t errand);

#endif
