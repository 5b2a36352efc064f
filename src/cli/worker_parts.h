/* The worker from inside: its parts share one structure. Each part changes state in callbacks and calls worker_wake;
 * at the end of that turn worker.c lets each part act on what is then true (begin commands, send requests, end). So
 * nothing is sent from the middle of a change, and all that happened in a turn travels together. */
#ifndef DOCKET_CLI_WORKER_PARTS_H
#define DOCKET_CLI_WORKER_PARTS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/list.h"
#include "cli/capture.h"
#include "cli/worker.h"

/* Why a command was told to end. */
enum hold_end { END_BY_ITSELF, END_TIME_LIMIT, END_CANCELLED, END_LOST, END_STOPPED };

/* Does the server know that a command has begun? */
enum hold_told { TOLD_NOT, TOLD_ON_ITS_WAY, TOLD };

/* A list of holds and how many they are. */
struct holds {
    struct list list;
    int count;
};

/* A task this worker holds, from its lease to the acknowledgement of its outcome. */
struct hold {
    struct list link;
    struct holds *in; /* the list it is in */
    struct worker *worker;
    struct arena arena; /* of what the server told */
    int64_t task, lease;
    int attempt;
    const char *command, *cwd;   /* command NULL: a payload */
    const char **env;            /* "NAME=value", NULL-ended */
    int64_t time_limit_us;       /* 0: none */
    int64_t sure_until_us;       /* the lease is ours at least until then (clock_mono_us) */
    enum hold_told told;

    int64_t child, began_us, ran_us;
    struct capture out, err;
    bool watched;                /* they are read as they fill */
    struct loop_timer timer;     /* its time limit; then the time for KILL */
    enum hold_end end;

    int exitcode;
    struct buf message;
    struct buf result;           /* as JSON, for finish */
    bool sent;                   /* it is in the finish (or, in `leaving`, the release) under way */
};

/* A claim is open from its sending until an answer came, however often it is sent: the nonce makes it one claim. */
struct ask {
    bool open;
    bool waits; /* as it was last sent, its answer may come later than the rest should last */
    char nonce[33];
    int max, begin;
};

/* How a request ended, as far as its sender cares. */
enum answer { ANSWER_OK, ANSWER_LATER, ANSWER_REFUSED, ANSWER_FATAL };

struct worker {
    struct loop *loop;
    struct client *client;
    struct nanny *nanny;
    struct worker_options o;
    struct arena arena;
    const char *name;
    const char *queue_path, *claim_path, *finish_path, *renew_path, *release_path, *leases_path;
    const char *name_json; /* the name as a JSON string */
    const char **base_env; /* the worker's own environment, less what commands get from us or must not see */
    int logs_fd;           /* -1: none */

    struct holds ahead;    /* not begun */
    struct holds running;
    struct holds ended;    /* their outcome is not handed in yet */
    struct holds leaving;  /* to be given back, uncounted */

    bool awake;            /* something changed in this turn */
    bool stopping, killing; /* asked to end; asked twice */
    bool drained;          /* begins nothing more (max_fails) */
    bool impatient;        /* stopping, it does not wait for an absent server to take back leases */
    bool over;             /* on_done is due or was called */
    bool failed;           /* the server refuses it: nothing more is sent */
    struct err error;      /* why it ends; code ERR_NONE: no error */
    int fails;
    bool disk_trouble;     /* somebody was told that output cannot be written */

    /* worker_run.c */
    bool loud;             /* the last command that ended wrote much */
    struct loop_timer watch_timer;

    /* worker_look.c: the queue as it was last seen */
    struct client_request *look;
    bool looked, look_due;
    int64_t look_sent_us, looked_us; /* when the one under way, and the last one answered, was sent */
    int64_t lease_us;
    bool queue_paused, queue_empty; /* empty: nothing pending or waiting */
    struct loop_timer look_timer;

    /* worker_claim.c, worker_sweep.c */
    struct ask ask;
    struct client_request *claim, *sweep;
    int64_t empty_us;      /* when the last claim was answered with nothing; 0: it brought something */
    int64_t task_us;       /* how long a task takes: a moving average; 0: not known */
    int64_t longest_us;    /* the longest so far */
    int64_t idle_since_us; /* 0: not at rest */
    struct loop_timer idle_timer, ahead_timer;

    /* worker_report.c */
    struct client_request *finish;
    bool finish_asks;      /* the claim rides on it */
    int alone;             /* so many results are still to be sent one by one */
    size_t ended_bytes;    /* of the outcomes since the last one */
    int64_t report_due_us; /* what is to be told waits until then; 0: nothing does */
    struct loop_timer report_timer;

    /* worker_renew.c, worker_release.c */
    struct client_request *renew, *release;
    bool renew_due;
    int64_t renew_sent_us;
    struct loop_timer renew_timer;

    /* worker_link.c */
    bool away, gate_shut;
    int64_t away_since_us, backoff_us;
    struct loop_timer gate_timer;

    int64_t ends_us;       /* worker_life.c: when its life is over; 0: never */
    struct loop_timer life_timer, stop_timer, done_timer;
};

/* worker.c: says that something changed; ends it because the server refuses it; a line on stderr, safe for a terminal;
 * is nothing held, run, to be handed in or given back? */
void worker_wake(struct worker *w);
void worker_fail(struct worker *w, const struct err *e);
void worker_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
bool worker_at_rest(const struct worker *w);

/* worker_life.c: begins to count its life; acts on what is left of it; how much of a life of that length is kept back: what was
 * said (< 0: nothing), else as long as the longest command took, 10 s at least and an hour at most, but never more than half. */
void worker_life_start(struct worker *w);
void worker_life_act(struct worker *w);
int64_t worker_life_reserve(int64_t life_us, int64_t said_us, int64_t longest_us);

/* worker_hold.c: one from a task as the server hands it out, in the list (NULL: it is none); moves it to another list;
 * frees it; finds it by its lease; each hold of a list. */
struct hold *worker_hold_new(struct worker *w, const json_t *task, struct holds *in);
void worker_hold_move(struct hold *h, struct holds *to);
void worker_hold_free(struct hold *h);
struct hold *worker_hold_find(const struct holds *in, int64_t lease);
#define HOLD_OF(node) LIST_OF(struct hold, link, node)

/* worker_env.c: what every command's environment starts from; the whole environment of one. Both live in a. */
const char **worker_env_base(struct arena *a);
const char *const *worker_env_of(const struct hold *h, struct arena *a);

/* worker_run.c: begins what can begin; tells a command to end (TERM, KILL 5 s later); KILL now. */
void worker_run_start(struct worker *w);
void worker_run_act(struct worker *w);
void worker_run_end(struct hold *h, enum hold_end why);
void worker_run_kill(struct hold *h);

/* worker_outcome.c: the outcome of a command that ended (or could not begin): its exit code, message and result. */
void worker_outcome_set(struct hold *h, const struct child_end *end);

/* worker_report.c: sends what is to be handed in; says of each result that it never will be, because of `why`. */
void worker_report_start(struct worker *w);
void worker_report_act(struct worker *w);
void worker_report_abandon(struct worker *w, const char *why);

/* worker_claim.c: claims what is lacking; how much that is; opens an ask; its fields as JSON (`,"claim":3,…` with the
 * name given for its number); takes the tasks answered to it; calls back a claim of its own; learns how long a task
 * took; is there nothing left to wait for? */
void worker_claim_act(struct worker *w);
int worker_claim_lack(const struct worker *w);
void worker_claim_open(struct worker *w, int max);
void worker_claim_describe(const struct worker *w, const char *number, struct buf *json);
void worker_claim_taken(struct worker *w, const json_t *tasks);
void worker_claim_drop(struct worker *w);
void worker_claim_measure(struct worker *w, int64_t took_us);
bool worker_claim_is_over(struct worker *w);

/* worker_sweep.c: asks which leases an unanswered claim left at the server, and gives them back. */
void worker_sweep_act(struct worker *w);

/* worker_renew.c: lengthens leases each third of their length. */
void worker_renew_act(struct worker *w);
void worker_renew_start(struct worker *w);

/* worker_release.c: gives back what is in `leaving`; puts holds there. */
void worker_release_act(struct worker *w);
void worker_release_all(struct worker *w, struct holds *of);

/* worker_look.c: reads the queue when due. */
void worker_look_act(struct worker *w);

/* worker_link.c: judges a reply, and shuts the gate for a while if the server did not answer or cannot serve. */
enum answer worker_link_judge(struct worker *w, const struct client_reply *reply);

/* worker_body.c, parts of request bodies: `{"worker":"NAME"`; `,"NAME":SECONDS`; `,"NAME":[LEASE,…]` of the holds for
 * which pick is true, in the lists (NULL-ended), at most max of them (returns how many; nothing is written for none).
 * Then what closes and posts it. */
void worker_body_open(const struct worker *w, struct buf *json);
void worker_body_seconds(struct buf *json, const char *name, int64_t us);
typedef bool worker_pick_fn(struct hold *h);
int worker_body_leases(struct buf *json, const char *name, const struct holds *const *of, worker_pick_fn *pick,
                       int max);
struct client_request *worker_body_send(struct worker *w, const char *path, struct buf *json, int64_t timeout_us,
                                        client_fn *fn);

#endif
