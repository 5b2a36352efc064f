/* A worker: claims ahead, runs commands, hands in what they did. Everything of it happens on the loop. */
#ifndef DOCKET_CLI_WORKER_H
#define DOCKET_CLI_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/child.h"
#include "base/err.h"
#include "base/loop.h"
#include "cli/client.h"

struct worker;

/* A command that ended, told once, after the server has acknowledged its outcome. Borrowed for the call. */
struct worker_result {
    int64_t task;
    const char *command;
    int exitcode;
    const char *message;  /* the last line it wrote to stderr, or what kept it from running; "" if nothing */
    const char *outcome;  /* "accepted", "repeated", "stale", "unknown" */
    int64_t ran_us;       /* how long it ran; 0: it did not */
    bool succeeded, final; /* final: the task will not be tried again by itself (unknown here: taken as true) */
    int out_fd;           /* all it wrote to stdout, as a file at offset 0; -1 unless keep_output */
    int64_t out_bytes;
};

struct worker_options {
    const char *queue;       /* "NAME" or "OWNER/NAME" */
    const char *name;        /* NULL: HOST.PID.RANDOM */
    int jobs;                /* commands at once, 1..LIMIT_JOBS */
    int batch;               /* tasks held without having begun; 0: found from how long tasks take (about a second's) */
    int64_t idle_timeout_us; /* ends after so long without work; 0: ends as soon as nothing is pending, waiting or
                              * running here (what others run does not hold it), or the queue is paused; -1: never */
    int64_t life_us;         /* stops 10 s before it is so old, so as to have ended by then; 0: never */
    int64_t reserve_us;      /* begins nothing more once less than this is left of its life; < 0: worker_life_reserve */
    bool in_job;             /* its life is that of the batch job it is in: an absent server is waited for until then, and its
                              * results are given up at the end */
    const char *script;      /* each command is this, a blank, and the task's own; NULL: only that */
    const char *logs;        /* a directory: all output in ID.out and ID.err there; NULL: none */
    const char *server_url;  /* what commands see as DOCKET_SERVER */
    bool keep_output;        /* hand the whole stdout to on_result */
    bool quiet_away;         /* say nothing on stderr when the server is away and back */
    int max_fails;           /* begins nothing more after so many failed results, and ends; 0: never */
    void (*on_result)(void *arg, const struct worker_result *r); /* may be NULL */
    void (*on_begin)(void *arg, int64_t task);                   /* may be NULL */
    loop_fn *on_done;        /* called once, when it has ended and handed in everything; it may free the worker */
    void *arg;
};

/* Starts one; options and what they point to outlive it. Never NULL. worker_free after on_done, or at any time: what runs is
 * left to the nanny, what was not handed in to the leases. */
struct worker *worker_new(struct loop *l, struct client *c, struct nanny *n, const struct worker_options *o);
void worker_free(struct worker *w);

/* Asks it to end: what has not begun is given back, running commands get TERM (and KILL after 5 s); one that still
 * succeeds is handed in, the others are given back uncounted. A second call sends KILL at once. Outcomes not yet handed
 * in are kept trying. */
void worker_stop(struct worker *w);

/* Why it ended by itself before its time (the queue is gone, the token is not valid, the nanny died); NULL if it did
 * not. Borrowed. */
const struct err *worker_error(const struct worker *w);

/* For progress: how many it runs, holds and could not hand in yet; and whether the server answers. */
struct worker_view {
    int running, held, unsent;
    bool away;
};
struct worker_view worker_look(const struct worker *w);

#endif
