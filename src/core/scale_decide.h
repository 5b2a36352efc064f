/* What a scale does next, and what the end of a job means to it: pure, so that thousands of clusters that never were can be tried on it. */
#ifndef DOCKET_CORE_SCALE_DECIDE_H
#define DOCKET_CORE_SCALE_DECIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/rate.h"
#include "store/record.h"

enum {
    SCALE_CALM_SECONDS = 20,  /* no task has been pending for so long: who holds none is idle */
    SCALE_WAITING = 4,        /* jobs that have not begun, or one more than run already */
    SCALE_REFUSED_MOST = 10,  /* submissions refused, one after the other */
    SCALE_UNBEGUN_MOST = 3,   /* jobs that never began, one after the other */
    SCALE_CANCELS = 100,      /* at once */
    SCALE_REFUSED_KEPT = 10,  /* jobs that were refused, with their site's words */
};

/* One of its jobs that is open. */
struct scale_job {
    int64_t id;
    enum job_state state;
    bool leaving;             /* it is to be cancelled */
    bool busy;                /* one of its workers holds a task */
    int64_t cores;            /* of all its workers */
    int64_t walltime_us, started_us; /* 0: none; NONE: not yet */
};

struct scale_sight {
    int64_t pending, running; /* tasks; of a paused queue none is pending */
    int64_t calm_us;          /* for how long no task has been pending */
    const struct scale_job *jobs; /* the oldest first */
    int count;
    int64_t now_us;
};

/* Why no more jobs are started than are. */
enum scale_why {
    SCALE_ENOUGH,  /* the backlog deserves no more */
    SCALE_PAUSED,
    SCALE_LATER,   /* a submission was refused a moment ago */
    SCALE_TRYING,  /* the last submission was refused: one at a time */
    SCALE_FULL,    /* max_jobs are open */
    SCALE_SLOW,    /* as many wait to begin as may */
    SCALE_BUDGET,  /* it would not be enough for another one */
    SCALE_WHYS
};

/* Why a job is cancelled. */
enum scale_going {
    SCALE_NEEDLESS, /* it has not begun, and no task waits for it */
    SCALE_IDLE,     /* it runs, and there is nothing for it to do */
    SCALE_SAVED,    /* the budget is not enough for it */
    SCALE_GOINGS
};

struct scale_plan {
    int64_t wanted;           /* open jobs, as the backlog and the bounds have it */
    int64_t promised_us;      /* of the budget: what is spent, and what open jobs may still use */
    int64_t start;            /* so many */
    enum scale_why why;       /* … and not more */
    int64_t cancel[SCALE_CANCELS];
    enum scale_going going[SCALE_CANCELS];
    int cancel_count;
};

/* Always holds: open jobs with the new ones are at most max_jobs; promised_us with the whole walltime of each new one is at most the
 * budget; a job that is busy is left alone; nothing is started while it is paused. Pure. */
void scale_decide(const struct scale_row *c, const struct scale_sight *s, struct scale_plan *out);

/* Words for people: "the backlog deserves no more". */
const char *scale_why_words(enum scale_why why);
const char *scale_going_words(enum scale_going going);

/* What a job may cost at most, µs of a core: its whole walltime, in minutes as schedulers count, and one to end in; INT64_MAX if it has
 * none. Pure. */
int64_t scale_whole(int64_t walltime_us, int64_t cores);

/* What a job that has ended has cost; one that is lost may still run: its whole walltime. 0 while it is open. Pure. */
int64_t scale_cost(const struct job_row *j);

/* Did its workers ever begin? Not where their program was not there. Pure. */
bool scale_has_begun(const struct job_row *j);

/* A job of the scale was `was` and is `is`: what it cost is added, refusals and jobs that never began are counted; too many of them, one
 * after the other, pause it: *out_paused. refused: its submission was. Pure but for *c. */
void scale_count(struct scale_row *c, const struct job_row *was, const struct job_row *is, bool refused, bool called_off, int64_t now_us,
                 bool *out_paused);

/* µs of a core that so many tasks will need, by those that ended lately; NONE: none did. Pure. */
int64_t scale_forecast(const struct rate_window *w, int64_t backlog, int64_t cores);

#endif
