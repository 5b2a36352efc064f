/* Plain rows as they pass through the door of the store. Texts are borrowed from the arena they were read into (or from
 * whoever fills a row to be written). Times are µs since 1970; NONE stands for NULL in any integer. */
#ifndef DOCKET_STORE_RECORD_H
#define DOCKET_STORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NONE INT64_MIN

enum task_state {
#define X(name, number, word) name = number,
#include "store/state.def"
#undef X
    TASK_STATES
};

/* What closed a lease; numbers are in the store. */
enum attempt_outcome {
    ATTEMPT_OPEN, /* never stored: the lease still stands in its own table */
    ATTEMPT_SUCCEEDED,
    ATTEMPT_FAILED,
    ATTEMPT_EXPIRED,  /* it ran out before the command had begun: not counted */
    ATTEMPT_CRASHED,  /* it ran out afterwards */
    ATTEMPT_RELEASED, /* given back */
    ATTEMPT_CANCELLED,
    ATTEMPT_SUPERSEDED, /* another lease of the task was finished first */
    ATTEMPT_RECOVERED,  /* somebody took the task back */
    ATTEMPT_OUTCOMES
};

enum body_kind {
    BODY_STDOUT = 1,
    BODY_STDERR = 2,
    BODY_RESULT = 3,
    BODY_PAYLOAD = 4,
    BODY_ANALYSIS = 5, /* of a table, by its task */
    BODY_JOB = 6,      /* the directory that goes with a job, by its id: a tar */
};

/* Who has an account; numbers are in the store. */
enum account_role {
    ACCOUNT_ADMIN = 1, /* may see and do everything */
    ACCOUNT_USER = 2,  /* what is his own */
};

struct account_row {
    int64_t id;
    const char *name;
    enum account_role role;
    const char *password; /* argon2id, as libsodium writes it; NULL: none */
    int64_t created;
};

/* What somebody is let in by; numbers are in the store. */
enum credential_kind {
    CREDENTIAL_LINK = 1,    /* signs a browser in, once */
    CREDENTIAL_SESSION = 2, /* a browser that is signed in */
    CREDENTIAL_TOKEN = 3,   /* a program */
    CREDENTIAL_JOB = 4,     /* the workers of a job */
};
enum { CREDENTIAL_HASH_BYTES = 32 };
#define CREDENTIAL_FOREVER INT64_MAX /* the end of one that has none */

/* What it lets somebody do of what the account may; numbers are in the store. */
enum credential_scope {
    SCOPE_ALL = 1,
    SCOPE_READ = 2,   /* look only */
    SCOPE_WORKER = 3, /* work one queue */
};

struct credential_row {
    uint8_t hash[CREDENTIAL_HASH_BYTES]; /* of the secret, which is not kept */
    enum credential_kind kind;
    int64_t account, made, ends;
    enum credential_scope scope;
    int64_t queue;    /* with SCOPE_WORKER: which; else NONE */
    const char *note; /* what it is for; NULL: nobody said */

    /* Read, not written. */
    const char *user; /* the name of the account */
    enum account_role role;
    const char *queue_owner, *queue_name; /* NULL: without one */
};

struct queue_row {
    int64_t id, account;
    const char *owner, *name;
    bool paused;
    int64_t lease_us, max_attempts, max_crashes, backoff_us;
    int64_t face_lease_us; /* the lease of those who come through a face and cannot renew */
    int64_t speculate;    /* truth: an idle worker gets a second lease on a running task */
    int64_t cascade;      /* truth: what waits for a task that ended badly is cancelled */
    int64_t retention_us; /* finished tasks are removed after this; 0: never */
    int64_t sweep_at;        /* when that is due next */
    int64_t deleted;      /* since when it is being removed; NONE: it is not */
    int64_t created, rev;
};

/* What the lists of the store go by that a task stands on. */
struct task_place {
    enum task_state state;
    int64_t priority, not_before, unmet;
    int64_t run; /* of a pending one, where known: the last of those that stand on the list together; 0 */
};

struct task_row {
    struct task_place stored; /* as it stands in the store: the store's own */
    int64_t id, queue;
    enum task_state state;
    int64_t event;    /* core's: what brought it here */
    int64_t priority;
    int64_t leases;   /* given so far: the number of its last attempt */
    int64_t open;     /* leases open now */
    int64_t failures, crashes;
    int64_t unmet;    /* dependencies that have not succeeded yet */
    int64_t needed;   /* truth: others wait, or waited, for it */
    int64_t lease;    /* the last one given, open or closed; each knows the one before it */
    int64_t exitcode;
    int64_t not_before, created, started, finished, rev;
};

/* What a task is, never changed once it is added. */
struct spec_row {
    const char *key, *command, *payload, *cwd, *env; /* payload and env are JSON text; each may be NULL */
    int64_t time_limit_us;
    int64_t payload_body, payload_size; /* a payload that was uploaded stands there, not here; NONE: it was not */
};

/* A task as it is claimed or listed: both halves. */
struct task_full {
    struct task_row task;
    struct spec_row spec;
    const char *worker, *message; /* of its last lease, where asked for */
};

struct lease_row {
    int64_t id, task, queue, n, prev; /* n: number of the attempt; prev: the task's lease before it */
    const char *worker;
    int64_t started, until;
    int64_t begun; /* when its command was reported begun (running out is a crash then); 0: it was not */
    bool raw;      /* something was handed in as bytes under it */
};

struct attempt_row {
    int64_t lease, task, queue, n, prev;
    const char *worker;
    int64_t started, finished;
    enum attempt_outcome outcome;
    int64_t exitcode;
    const char *message;
    int64_t stdout_size, stderr_size;
    int64_t late_at, late_exitcode; /* a result that came after the lease had ended otherwise */
    const char *late_message;
};

/* A task that ended badly, with what summing failures up wants of it. */
struct failed_row {
    int64_t task, event, exitcode, lease;
    const char *message; /* of its last attempt; NULL: none */
};

/* How large the store is. */
struct store_size {
    int64_t bytes;                 /* the database */
    int64_t log_frames, log_bytes; /* the part of its write-ahead log that is not in the database yet */
};

struct worker_row {
    const char *nonce; /* of its last claim that gave one; NULL in rows of before claims without one left none */
    int64_t seen, first_lease, last_lease; /* what that claim was answered; NONE if nothing */
};

struct upload_row {
    int64_t lines, added, existed;
    int64_t error_line; /* the line it stopped at, and why; NONE: nothing was wrong */
    const char *error_code, *error_detail;
};

enum operation_flags {
    OPERATION_KILLED = 1, /* retry: those killed by crashes or for what they waited for, too */
    OPERATION_FORCE = 2,  /* delete: running ones too */
    OPERATION_DEAD = 4,   /* recover: only those whose leases are over */
    OPERATION_QUEUE = 8,  /* delete: the queue itself goes with its last task */
    OPERATION_SPARE = 16, /* delete: not those that others still wait for */
    OPERATION_RESET = 32, /* rerun: of tables; which of them say those below */
    OPERATION_NO_RESULT = 64,     /* those that ended without a result */
    OPERATION_NONE_MAPPED = 128,  /* those that have targets of the kind, and none of them is mapped */
    OPERATION_SOME_MISSING = 256, /* those that have targets of the kind that are not mapped */
    OPERATION_CEA = 512,          /* the kind: OPERATION_CEA << (kind - 1) */
    OPERATION_CTA = 1024,
    OPERATION_CPA = 2048,
};

/* One event for many tasks, worked off in slices. */
struct operation_row {
    int64_t id, queue, event, state; /* state: only tasks in it; NONE: whatever the event applies to */
    int64_t exitcode;                /* NONE: any */
    const char *worker;              /* NULL: any */
    int64_t flags;                   /* enum operation_flags */
    int64_t before;                  /* only tasks that ended before; NONE: any */
    int64_t priority;                /* revive: the new one; NONE: as it was */
    int64_t upto, cursor, done;      /* ids ≤ upto; ids ≤ cursor are dealt with; done: rows changed so far */
    int64_t live;                    /* recover: how many of them a live worker held */
    int64_t ended;                   /* when it was worked off; NONE: it is open */
    const char *actor;
    int64_t created;
};

/* What a task waits for. */
struct dependency_row {
    int64_t needs;
    bool met;
    int64_t state; /* of the task needed; NONE: it was removed */
};

/* A step on the way to a task that others wait for: `id` waits for `via`. */
struct reach_row {
    int64_t id, via;
};

/* A task that has ended, of which dependents with ids up to cursor know. */
struct announcement_row {
    int64_t task, cursor;
};

/* What was removed: a task, or (task NONE) a queue with all of its tasks. */
struct tombstone_row {
    int64_t rev, queue, task, owner; /* owner: an account */
    const char *name;                /* of the queue */
    int64_t at;
};

struct consumer_row {
    const char *name;
    int64_t rev;   /* acknowledged */
    int64_t began; /* the newest revision when it began at 0 */
    int64_t seen;
};

struct journal_row {
    int64_t id, at;
    const char *actor, *origin; /* origin: the address it came from, NULL if unknown */
    const char *action, *owner, *queue;
    int64_t task;               /* NONE: it was not about one task */
    const char *detail;
};

/* Of which of the challenge's tasks a target is; numbers are in the store. */
enum target_kind {
    TARGET_CEA = 1, /* a cell: row and column */
    TARGET_CTA = 2, /* a column, and 0 */
    TARGET_CPA = 3, /* two columns: subject and object */
    TARGET_KINDS
};

struct target_row {
    enum target_kind kind;
    int64_t a, b;
    const char *mapped; /* NULL: not yet */
};

enum truth_source { TRUTH_SHOWN = 1, TRUTH_SOLUTION = 2 };

/* A right answer: of a target, or of what nobody asked for. */
struct truth_row {
    enum target_kind kind;
    int64_t a, b;
    const char *value; /* addresses: separated by blanks where it is shown, by commas in a solution */
};

/* A right answer beside what was handed in. */
struct judged_row {
    struct truth_row truth;
    bool wanted;        /* there is such a target */
    const char *mapped; /* NULL: not yet */
};

/* Who worked on a table, as the old manager kept it; NONE and NULL where nothing came. */
struct jentab_assignment_row {
    int64_t table, requested, returned;
    const char *client, *result, *error;
};

/* Numbers by kind; the first is of none. */
struct target_sums {
    int64_t total[TARGET_KINDS], mapped[TARGET_KINDS];
};

/* How much of a table is mapped. */
struct coverage_row {
    int64_t task;
    struct target_sums sums;
    bool flawed; /* it has a result that told of errors, too */
};

/* A table as lists show it. */
struct table_row {
    struct coverage_row coverage;
    enum task_state state;
    int64_t leases;     /* given so far */
    const char *name;
    const char *message; /* of its last attempt; NULL: none */
};

/* A queue whose tasks are tables. */
struct dataset_row {
    int64_t queue;
    bool whole;       /* the import has ended */
    int64_t touched;  /* when it last went on */
    bool col_row;     /* cells are written with their column first */
    bool open;        /* runners need no account */
    bool audit, analyze, add_prefix;
    bool preferred;   /* the one that is meant where none is named */
    bool gt, solution; /* there is truth of that source */
    const char *prefix;
    int64_t unknown[TARGET_KINDS]; /* tables of the solution that are not here */
    struct target_sums sums;
    int64_t results, result_us, errors, error_us; /* attempts that ended so, and how long they took together */
    int64_t flawed;                               /* tables whose result told of errors, too */
};

/* What a runner tells of how it worked. */
struct audit_row {
    int64_t id, at, solved, remaining;
    const char *task, *step, *method, *name, *approach, *rest, *told;
};

struct audit_sum_row {
    const char *task, *step, *method;
    int64_t solved;
};

struct client_row {
    int64_t queue, seen;
    const char *name;
};

/* Which tasks a list shows; NONE and NULL do not filter. */
struct task_filter {
    int64_t queue, state, exitcode, after; /* ids > after */
    const char *worker, *text;
    int64_t upto;                          /* ids ≤ upto; NONE: all */
    int64_t before;                        /* ended before; NONE: all */
};

/* Where jobs run; numbers are in the store. */
enum site_state {
    SITE_NEW = 0,         /* nobody has tried to reach it yet */
    SITE_UP = 1,
    SITE_AWAY = 2,        /* it does not answer */
    SITE_NEEDS_LOGIN = 3, /* it asks for a password or a code, which the server has not */
};

struct site_row {
    int64_t id, account;
    const char *owner, *name; /* owner: the account's name, read only */
    const char *kind;         /* local, ssh, slurm */
    const char *settings, *found; /* JSON texts */
    bool fixed;               /* it stands in a settings file, or is there by itself */
    enum site_state state;
    const char *message;      /* why it is so; NULL: nothing to say */
    int64_t seen, synced;     /* when it last answered; when its jobs were last looked at; NONE */
    int64_t created, rev;
};

/* Numbers are in the store; the life of a job stands in core/job.c. */
enum job_state {
    JOB_SUBMITTED = 1, /* it is to be started, or was and its site has not told of it yet */
    JOB_PENDING = 2,
    JOB_RUNNING = 3,
    JOB_FINISHED = 4,
    JOB_FAILED = 5,
    JOB_CANCELLED = 6,
    JOB_LOST = 7,
    JOB_STATES
};

/* What is to happen at the site. */
enum job_want { JOB_WANT_NOTHING = 0, JOB_WANT_START = 1, JOB_WANT_CANCEL = 2, JOB_WANT_CLEAN = 3 };

enum { JOB_FILES_AWAITED = -1 };

struct job_row {
    int64_t id, account, site;
    const char *owner, *site_owner, *site_name, *queue_name; /* read only; queue_name NULL: a plain job, or its queue is gone */
    const char *queue_owner;  /* read only */
    const char *app, *hash;   /* ~/.APP/HASH_N on the far side */
    int64_t n;
    const char *name;         /* NULL: none */
    const char *submission;   /* no other job anywhere has it */
    const char *settings;     /* JSON */
    int64_t queue, scale;     /* NONE: not of one */
    int64_t workers, cores, walltime_us;
    enum job_state state;
    enum job_want wanted;
    const char *reason, *batch; /* NULL: none */
    int64_t exitcode;           /* NONE */
    bool has_credential;
    uint8_t credential[CREDENTIAL_HASH_BYTES]; /* the hash of the token its workers have */
    int64_t files;            /* bytes of its directory; JOB_FILES_AWAITED; NONE: it has none */
    int64_t files_ref;        /* the job that it came with first, and whose body it is; NONE */
    int64_t submitted, started, finished, seen; /* NONE where not yet */
    bool cleaned;             /* nothing of it is left at its site */
    bool adopted;             /* it was found at its site: others may want it */
    int64_t rev;
};

/* As many jobs for a queue at a site as its backlog deserves. */
struct scale_row {
    int64_t id, account, queue, site;
    const char *owner, *queue_owner, *queue_name, *site_owner, *site_name; /* read only */
    const char *settings; /* JSON, as a launch has it */
    int64_t min_jobs, max_jobs, tasks_per_worker;
    int64_t workers, cores, walltime_us; /* of a job */
    int64_t budget_us, spent_us;         /* of cores; budget NONE: none. spent: by jobs that have ended */
    bool paused;
    int64_t refused, unbegun; /* submissions refused, jobs that never began: one after the other */
    const char *message;
    int64_t at;               /* after a refusal nothing is started before */
};

#endif
