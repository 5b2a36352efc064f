/* The door of the store: one function per question, plain rows in and out. Everything between store_begin and
 * store_commit is one transaction; a function outside of one is only for opening and looking at rest.
 *
 * All return 0, STORE_EMPTY where the prototype says so, or < 0: ERR_STORAGE_FULL (no room; roll back and go on),
 * ERR_COMMIT_UNKNOWN (the disk failed; stop), ERR_INTERNAL. Rows read are copied into the arena given. Functions of the
 * hot path take arrays: one statement each for a database behind a network. */
#ifndef DOCKET_STORE_STORE_H
#define DOCKET_STORE_STORE_H

#include "base/arena.h"
#include "base/err.h"
#include "store/record.h"

enum { STORE_EMPTY = 1000 }; /* no such row, or none left */

struct store;

struct store_options {
    const char *path;
    const char *vfs; /* NULL: the system's; a test hands in one that loses power */
    bool no_sync;    /* for the test that shows that it does */
    bool exclusive;  /* the file system is shared between hosts: nothing goes through shared memory */
    int64_t pack_after; /* changes after which void ones are dropped; 0: as it is fit */
};

/* Opens or makes a store and brings its schema up to date. < 0 also ERR_NEWER_SCHEMA. */
int store_open(const struct store_options *o, struct store **out_store, struct err *e);
void store_close(struct store *s); /* NULL is fine */

/* Somebody else has the store's file now: closing it will write nothing. */
void store_forsake(struct store *s);

/* The newest moment any committed change was stamped with; 0 for a new store. */
int64_t store_newest_us(const struct store *s);

/* One transaction. store_commit stamps now_us, writes counters and the newest revision, and returns when all of it is on
 * disk; on failure it has rolled back. store_rollback forgets everything since store_begin. */
int store_begin(struct store *s, struct err *e);
int store_commit(struct store *s, int64_t now_us, struct err *e);
void store_rollback(struct store *s);

/* A moment of looking outside of a transaction: what is read between these two is of one moment, and much cheaper than query by
 * query. Nothing may be written, and nothing may be waited for. */
int store_look_begin(struct store *s, struct err *e);
void store_look_end(struct store *s);

/* Did the last store_commit find no room only when the log, with all of the transaction in it, was to be synced (NFS and the
 * like say so then)? Whoever opens the store after a kill would find it committed, until another commit that changes something,
 * be it the newest revision, stands in its place. */
bool store_in_doubt(const struct store *s);

/* The next revision: every row changed carries one of its own. */
int64_t store_next_rev(struct store *s);
int64_t store_rev(const struct store *s); /* the newest given */

/* The newest revision of which a tombstone is gone: whoever has read less far has missed something. */
int64_t store_forgotten(const struct store *s);

/* Rows written since the store was opened: tells whether anything was between two moments. */
int64_t store_changes(const struct store *s);

/* Moves the write-ahead log into the database once it holds so many frames, so that its room is used again. *out_moved: it
 * did. While there is little room, ask for few frames: the log is to take none of the reserve. */
enum { STORE_TIDY_SCARCE = 100, STORE_TIDY_LEAST = 100, STORE_TIDY_MOST = 4000 };
int store_tidy(struct store *s, int frames, bool *out_moved, struct err *e);

int store_size(struct store *s, struct store_size *out, struct err *e);

/* copies ---------------------------------------------------------------------------------------------------------- */
/* A copy of the store into `path`, a file that exists and is empty, in small steps between transactions; commits meanwhile
 * are in it too. At least LIMIT_COPY_ROOM of the disk stays free. End it before the store is closed. */
struct store_backup;
int store_backup_start(struct store *s, const char *path, struct store_backup **out_backup, struct err *e);

/* 1: more is to be copied; 0: the copy is whole, and to be ended; < 0 ERR_STORAGE_FULL, ERR_INTERNAL: it failed, and
 * the store is as well as before. */
int store_backup_step(struct store_backup *b, struct err *e);
int store_backup_restarts(const struct store_backup *b); /* how often it had to begin anew */
void store_backup_end(struct store_backup *b);           /* NULL is fine; the file stays */

struct store_copy {
    int64_t schema, rev, newest_us, bytes;
};

/* Is the file at rest a whole store that this program can open? Nothing is written. < 0 ERR_NEWER_SCHEMA, ERR_FILE. */
int store_copy_check(const char *path, struct store_copy *out, struct err *e);

/* A copy at rest is to go on as the store: its revisions go on beyond any that the lost store can have given, and readers of
 * changes are told to begin anew. Its schema is brought up to date. */
int store_copy_adopt(const struct store_options *o, struct err *e);

/* Brings a store at rest into its one file: its log is moved into it. */
int store_settle(const struct store_options *o, struct err *e);

/* account ------------------------------------------------------------------------------------------------------- */
/* The account called name: STORE_EMPTY; its id alone, 0, which none has, where there is none; the same, made as a user's. */
int store_account_get(struct store *s, const char *name, struct arena *a, struct account_row *out, struct err *e);
int store_account_find(struct store *s, const char *name, int64_t *out_id, struct err *e);
int store_account_ensure(struct store *s, const char *name, int64_t now_us, int64_t *out_id, struct err *e);

int store_account_add(struct store *s, struct account_row *row, struct err *e);       /* sets row->id */
int store_account_set(struct store *s, const struct account_row *row, struct err *e); /* its role and password */

/* Up to max with names after `after` ("" for the first), by name. */
int store_account_list(struct store *s, const char *after, int max, struct arena *a, struct account_row **out_rows,
                       int *out_count, struct err *e);

/* How many queues it has, those being removed too; and removes one without any, with its credentials and consumers. */
int store_account_queues(struct store *s, int64_t id, int64_t *out_count, struct err *e);
int store_account_remove(struct store *s, int64_t id, struct err *e);

/* The one of that hash that has not ended, without its note and the names of its queue; STORE_EMPTY. None to remove is fine. */
int store_credential_add(struct store *s, const struct credential_row *c, struct err *e);
int store_credential_get(struct store *s, const uint8_t hash[CREDENTIAL_HASH_BYTES], int64_t now_us, struct arena *a,
                         struct credential_row *out, struct err *e);
int store_credential_remove(struct store *s, enum credential_kind kind, const uint8_t hash[CREDENTIAL_HASH_BYTES],
                            struct err *e);

/* Those of an account that have not ended, the oldest first. */
int store_credential_list(struct store *s, enum credential_kind kind, int64_t account, int64_t now_us, int max,
                          struct arena *a, struct credential_row **out_rows, int *out_count, struct err *e);

/* Forgets those that have ended, and of an account those beyond `most`: what ends first gives way. */
int store_credential_trim(struct store *s, enum credential_kind kind, int64_t account, int64_t now_us, int most,
                          struct err *e);

/* queue: STORE_EMPTY if there is none ------------------------------------------------------------------------------ */
int store_queue_by_name(struct store *s, const char *owner, const char *name, struct arena *a, struct queue_row *out,
                        struct err *e);
int store_queue_by_id(struct store *s, int64_t id, struct arena *a, struct queue_row *out, struct err *e);
int store_queue_add(struct store *s, struct queue_row *q, struct err *e); /* sets q->id */
int store_queue_set(struct store *s, const struct queue_row *q, struct err *e);

int store_queue_remove(struct store *s, int64_t id, struct err *e); /* with counters, workers, uploads; no task is left */

/* The queue whose retention is due next. */
int store_queue_retention(struct store *s, struct arena *a, struct queue_row *out, struct err *e);

/* Queues with revisions > since, in order; those being removed are left out. */
int store_queue_changed(struct store *s, int64_t since, int max, struct arena *a, struct queue_row **out_rows,
                        int *out_count, struct err *e);

/* Up to max queues of owner with names after `after` ("" for the first), by name. */
int store_queue_list(struct store *s, const char *owner, const char *after, int max, struct arena *a,
                     struct queue_row **out_rows, int *out_count, struct err *e);

/* Up to max queues of anybody with ids after `after`, by id; and how many there are. */
int store_queue_page(struct store *s, int64_t after, int max, struct arena *a, struct queue_row **out_rows,
                     int *out_count, struct err *e);
int store_queue_total(struct store *s, int64_t *out_n, struct err *e);

/* Tasks by state, changes of this transaction included. */
int store_counts(struct store *s, int64_t queue, int64_t out_counts[TASK_STATES], struct err *e);

/* task ------------------------------------------------------------------------------------------------------------ */
/* Adds tasks (ids are set, counters follow). Keys must be new: ask store_task_by_key first. */
int store_task_add(struct store *s, struct task_full *tasks, int count, struct err *e);
int store_task_by_key(struct store *s, int64_t queue, const char *key, int64_t *out_id, struct err *e);

int store_task_get(struct store *s, int64_t id, struct task_row *out, struct err *e);
int store_task_full(struct store *s, int64_t id, struct arena *a, struct task_full *out, struct err *e);

/* Writes what may change in a task that was read from the store, each change under a revision of its own; counters and
 * lists follow. */
int store_task_set(struct store *s, struct task_row *t, struct err *e);

/* The next pending tasks of a queue: higher priority first, then the older. */
int store_task_pending(struct store *s, int64_t queue, int max, struct arena *a, struct task_full **out_tasks,
                       int *out_count, struct err *e);

/* The oldest running tasks of a queue that one worker alone holds, and not this one. */
int store_task_speculate(struct store *s, int64_t queue, const char *worker, int max, struct arena *a,
                         struct task_full **out_tasks, int *out_count, struct err *e);

/* Removes a task whose leases are closed, with everything of it; others that wait for it still name it. */
int store_task_remove(struct store *s, const struct task_row *t, struct err *e);

/* Tasks with revisions > since, in order, as many as fit a page and are found among a bounded number of changes (there
 * may be none). *out_end: what has been read up to; NONE: there are no more. */
int store_task_changed(struct store *s, int64_t since, int max, struct arena *a, struct task_full **out_tasks,
                       int *out_count, int64_t *out_end, struct err *e);

/* Drops of about max changes those that later ones made void, once there are many of them; is there more to do of that? */
int store_change_pack(struct store *s, int max, struct err *e);
bool store_change_is_packing(const struct store *s);

/* Does a task of the queue wait for its time (and for nothing else)? */
int store_task_timed(struct store *s, int64_t queue, bool *out, struct err *e);

/* How many pending tasks of its queue would be handed out before t; counted up to `most`. */
int store_task_ahead(struct store *s, const struct task_row *t, int64_t most, int64_t *out_count, struct err *e);

/* Waiting tasks whose time has come. */
int store_task_due(struct store *s, int64_t now_us, int max, struct arena *a, struct task_row **out_tasks,
                   int *out_count, struct err *e);

/* Tasks of f->queue with ids after f->after, in order: up to max that meet the filter, among at most a bounded number
 * of rows looked at. *out_next: the id to go on after, NONE when there are no more. */
int store_task_list(struct store *s, const struct task_filter *f, int max, struct arena *a,
                    struct task_full **out_tasks, int *out_count, int64_t *out_next, struct err *e);

/* The same for whoever needs only their ids: much cheaper where neither worker nor text are asked for. */
int store_task_ids(struct store *s, const struct task_filter *f, int max, struct arena *a, int64_t **out_ids,
                   int *out_count, int64_t *out_next, struct err *e);

/* Failed or killed tasks of a queue with ids after `after`, in order, at most max. */
int store_task_failed(struct store *s, int64_t queue, enum task_state state, int64_t after, int max, struct arena *a,
                      struct failed_row **out_rows, int *out_count, struct err *e);

int store_task_newest(struct store *s, int64_t *out_id, struct err *e); /* 0 when there are none */

/* dependency ------------------------------------------------------------------------------------------------------ */
/* task waits for needs (or did: met). across: the queue of task where needs is of another one, else NONE. */
int store_dependency_add(struct store *s, int64_t task, int64_t needs, bool met, int64_t across, struct err *e);

/* What a task waits for, unmet first. */
int store_dependency_list(struct store *s, int64_t task, int max, struct arena *a, struct dependency_row **out_rows,
                          int *out_count, struct err *e);

/* Ids > after of tasks that wait for `needs`, in order. */
int store_dependency_dependents(struct store *s, int64_t needs, int64_t after, int max, struct arena *a,
                                int64_t **out_ids, int *out_count, struct err *e);
int store_dependency_meet(struct store *s, int64_t task, int64_t needs, struct err *e);
int store_dependency_remove(struct store *s, int64_t task, struct err *e); /* whatever task waits for */

/* All who wait for a task, directly and through others; nearer ones first. */
int store_dependency_reach(struct store *s, int64_t task, int max, struct arena *a, struct reach_row **out_rows,
                           int *out_count, struct err *e);

/* Does a task of the queue wait, through others or not, for one of another queue that is not itself held up? */
int store_dependency_across(struct store *s, int64_t queue, bool *out, struct err *e);

int store_announcement_put(struct store *s, const struct announcement_row *n, struct err *e);
int store_announcement_next(struct store *s, struct announcement_row *out, struct err *e); /* STORE_EMPTY */
int store_announcement_remove(struct store *s, int64_t task, struct err *e);

/* sites: STORE_EMPTY if there is none ------------------------------------------------------------------------------ */
int store_site_add(struct store *s, struct site_row *w, struct err *e);       /* sets w->id */
int store_site_set(struct store *s, const struct site_row *w, struct err *e); /* all but its account, name and creation */
int store_site_by_id(struct store *s, int64_t id, struct arena *a, struct site_row *out, struct err *e);
int store_site_by_name(struct store *s, const char *owner, const char *name, struct arena *a, struct site_row *out,
                       struct err *e);

/* Those of an account and those shared with it; NONE: all. By owner and name. */
int store_site_list(struct store *s, int64_t account, int max, struct arena *a, struct site_row **out_rows, int *out_count,
                    struct err *e);
int store_site_total(struct store *s, int64_t account, int64_t *out_n, struct err *e);
int store_site_remove(struct store *s, int64_t id, struct err *e); /* with its shares, scales and jobs */

/* Shares it with an account, or no longer; is it? With whom? */
int store_site_share(struct store *s, int64_t site, int64_t account, bool may, struct err *e);
int store_site_is_shared(struct store *s, int64_t site, int64_t account, bool *out, struct err *e);
int store_site_shares(struct store *s, int64_t site, struct arena *a, const char ***out_users, int *out_count, struct err *e);

/* Its jobs by state. */
int store_site_counts(struct store *s, int64_t site, int64_t out_counts[JOB_STATES], struct err *e);

/* jobs: STORE_EMPTY if there is none ------------------------------------------------------------------------------- */
int store_job_add(struct store *s, struct job_row *j, struct err *e);       /* sets j->id */
int store_job_set(struct store *s, const struct job_row *j, struct err *e); /* what changes in its life */
int store_job_get(struct store *s, int64_t id, struct arena *a, struct job_row *out, struct err *e);
int store_job_by_name(struct store *s, int64_t site, const char *app, const char *hash, int64_t n, struct arena *a,
                      struct job_row *out, struct err *e);
int store_job_newest(struct store *s, int64_t site, const char *app, const char *hash, int64_t *out_n, struct err *e); /* 0: none */
int store_job_remove(struct store *s, int64_t id, struct err *e);
int store_job_files(struct store *s, int64_t ref, int64_t *out_n, struct err *e); /* how many jobs that directory goes with */

/* Newest first: those of an account and at its sites (NONE: all), by a filter of which each part may be NONE. */
struct store_job_filter {
    int64_t site, queue, state, before; /* before: ids below */
    bool open;
};
int store_job_list(struct store *s, int64_t account, const struct store_job_filter *f, int max, struct arena *a,
                   struct job_row **out_rows, int *out_count, struct err *e);

/* Ids above `after`, the oldest first: open ones of a site; those that have ended and are still there at their sites; by their revision,
 * those changed since one. */
int store_job_open(struct store *s, int64_t site, int64_t after, int max, struct arena *a, struct job_row **out_rows,
                   int *out_count, struct err *e);
int store_job_over(struct store *s, int64_t after, int max, struct arena *a, struct job_row **out_rows, int *out_count,
                   struct err *e);
int store_job_changed(struct store *s, int64_t since, int max, struct arena *a, struct job_row **out_rows, int *out_count,
                      struct err *e);
int store_job_wanted(struct store *s, int64_t site, int max, struct arena *a, struct job_row **out_rows, int *out_count,
                     struct err *e); /* of which something is wanted, the oldest first */
int store_job_open_count(struct store *s, int64_t site, int64_t *out_n, struct err *e);

/* scales: STORE_EMPTY if there is none ----------------------------------------------------------------------------- */
int store_scale_add(struct store *s, struct scale_row *c, struct err *e);       /* sets c->id */
int store_scale_set(struct store *s, const struct scale_row *c, struct err *e); /* all but whose it is */
int store_scale_get(struct store *s, int64_t queue, int64_t site, struct arena *a, struct scale_row *out, struct err *e);
int store_scale_by_id(struct store *s, int64_t id, struct arena *a, struct scale_row *out, struct err *e);
int store_scale_list(struct store *s, int64_t queue, int max, struct arena *a, struct scale_row **out_rows, int *out_count,
                     struct err *e); /* queue NONE: of all */
int store_scale_remove(struct store *s, int64_t id, struct err *e);
/* Jobs that their site did not take, the newest first, without the first `skip` of them. */
int store_scale_refused(struct store *s, int64_t scale, int64_t skip, int max, struct arena *a, struct job_row **out_rows,
                        int *out_count, struct err *e);
int store_scale_jobs(struct store *s, int64_t scale, int max, struct arena *a, struct job_row **out_rows, int *out_count,
                     struct err *e); /* open ones */

/* readers of changes ---------------------------------------------------------------------------------------------- */
int store_tombstone_add(struct store *s, const struct tombstone_row *t, struct err *e);
int store_tombstone_changed(struct store *s, int64_t since, int max, struct arena *a, struct tombstone_row **out_rows,
                            int *out_count, struct err *e);
int store_tombstone_oldest(struct store *s, int64_t *out_rev, int64_t *out_at, struct err *e); /* STORE_EMPTY */

/* Removes up to max tombstones with revisions ≤ upto_rev that are older than before_us. */
int store_tombstone_forget(struct store *s, int64_t upto_rev, int64_t before_us, int max, int *out_count,
                           struct err *e);

int store_consumer_get(struct store *s, int64_t account, const char *name, struct arena *a, struct consumer_row *out,
                       struct err *e);
int store_consumer_list(struct store *s, int64_t account, const char *after, int max, struct arena *a,
                        struct consumer_row **out_rows, int *out_count, struct err *e);
int store_consumer_put(struct store *s, int64_t account, const struct consumer_row *c, struct err *e);
int store_consumer_remove(struct store *s, int64_t account, const char *name, struct err *e);
int store_consumer_behind(struct store *s, int64_t *out_rev, struct err *e); /* what all have acknowledged; STORE_EMPTY */

int store_journal_add(struct store *s, const struct journal_row *j, struct err *e);

/* Entries with ids < before, newest first; queue NULL: of all queues of the owner. */
int store_journal_list(struct store *s, int64_t before, const char *owner, const char *queue, int max,
                       struct arena *a, struct journal_row **out_rows, int *out_count, struct err *e);
int store_journal_forget(struct store *s, int64_t before_us, int max, struct err *e);

/* lease and attempt ------------------------------------------------------------------------------------------------ */
int store_lease_add(struct store *s, struct lease_row *leases, int count, struct err *e); /* ids set, ascending */
int store_lease_get(struct store *s, int64_t id, struct arena *a, struct lease_row *out, struct err *e);
int store_lease_and_task(struct store *s, int64_t id, struct arena *a, struct lease_row *out_lease,
                         struct task_row *out_task, struct err *e);
int store_lease_set(struct store *s, const struct lease_row *l, struct err *e); /* until, begun */
int store_lease_set_raw(struct store *s, int64_t id, struct err *e); /* no lease any more is fine */
int store_lease_remove(struct store *s, int64_t id, struct err *e);

/* Open leases of a worker in a queue: all of them, or those with ids first..last. */
/* Of all workers with names from `from` on and before `to`. */
int store_lease_of_workers(struct store *s, int64_t queue, const char *from, const char *to, int max, struct arena *a,
                           struct lease_row **out_rows, int *out_count, struct err *e);
int store_lease_of_worker(struct store *s, int64_t queue, const char *worker, int max, struct arena *a,
                          struct lease_row **out_rows, int *out_count, struct err *e);
int store_lease_between(struct store *s, int64_t first, int64_t last, int64_t queue, const char *worker, int max,
                        struct arena *a, struct lease_row **out_rows, int *out_count, struct err *e);
int store_lease_expired(struct store *s, int64_t now_us, int max, struct arena *a, struct lease_row **out_rows,
                        int *out_count, struct err *e);

/* Hands each open lease (id, queue, worker, started) to fn, by id, with when its worker asked last: for a start. */
typedef void store_lease_fn(void *arg, const struct lease_row *l, int64_t seen);
int store_lease_each(struct store *s, store_lease_fn *fn, void *arg, struct err *e);

/* Lets every open lease run at least its queue's length from now. */
int store_lease_revive(struct store *s, int64_t now_us, struct err *e);

int store_attempt_add(struct store *s, const struct attempt_row *t, struct err *e);
int store_attempt_get(struct store *s, int64_t lease, struct arena *a, struct attempt_row *out, struct err *e);

/* Keeps the first late result of a closed lease. *out_kept: whether this was the first. */
int store_attempt_late(struct store *s, const struct attempt_row *t, bool *out_kept, struct err *e);

/* body ------------------------------------------------------------------------------------------------------------- */
enum { STORE_PIECE = 256 * 1024 };

/* Keeps a body that is at hand as a whole, where there is none yet (none handed in raw either). */
int store_body_put(struct store *s, enum body_kind kind, int64_t ref, const void *bytes, size_t n, struct err *e);

/* All of a body; STORE_EMPTY. store_body_range: bytes at..end-1 of it; also STORE_EMPTY where they are not there. */
int store_body_get(struct store *s, enum body_kind kind, int64_t ref, struct arena *a, const char **out_bytes,
                   size_t *out_n, struct err *e);
int store_body_range(struct store *s, enum body_kind kind, int64_t ref, int64_t at, int64_t end, struct arena *a,
                     const char **out_bytes, size_t *out_n, struct err *e);

/* How large it is, and whether it was handed in raw; STORE_EMPTY. */
int store_body_size(struct store *s, enum body_kind kind, int64_t ref, int64_t *out_size, bool *out_raw, struct err *e);

/* How large each part is that was handed in raw for a lease; NONE where none was. */
int store_body_raw_sizes(struct store *s, int64_t lease, int64_t out_sizes[BODY_PAYLOAD], struct err *e);

/* Copies up to room bytes at `at` that stand in one piece; STORE_EMPTY where there is none. Also outside of a
 * transaction: one query, ended before it returns. */
int store_body_read(struct store *s, enum body_kind kind, int64_t ref, int64_t at, void *out, size_t room,
                    size_t *out_n, struct err *e);

/* Writes n bytes within one piece at `at`, where at least that many are; the body ends there now. */
int store_body_write(struct store *s, enum body_kind kind, int64_t ref, int64_t at, const void *bytes, size_t n,
                     struct err *e);

/* Nothing leads to it any more: its pieces are removed by later calls of store_body_sweep, up to max each; STORE_EMPTY
 * when there is nothing to remove. */
int store_body_drop(struct store *s, enum body_kind kind, int64_t ref, struct err *e);
int store_body_sweep(struct store *s, int max, struct err *e);
int store_body_any_gone(struct store *s, bool *out_any, struct err *e);

/* Uploaded payloads by name, until a task has them; STORE_EMPTY. The body's ref is the id. */
int store_payload_get(struct store *s, int64_t queue, const char *name, int64_t *out_id, struct err *e);
int store_payload_add(struct store *s, int64_t queue, const char *name, int64_t now_us, int64_t *out_id, struct err *e);
int store_payload_touch(struct store *s, int64_t id, int64_t now_us, struct err *e);
int store_payload_remove(struct store *s, int64_t id, struct err *e);
int store_payload_oldest(struct store *s, int64_t *out_id, int64_t *out_changed, struct err *e);

/* worker, upload, operation --------------------------------------------------------------------------------------- */
int store_worker_get(struct store *s, int64_t queue, const char *name, struct arena *a, struct worker_row *out,
                     struct err *e);
int store_worker_put(struct store *s, int64_t queue, const char *name, const struct worker_row *w, struct err *e);
int store_worker_forget(struct store *s, int64_t before_us, struct err *e); /* those not seen since */

int store_upload_get(struct store *s, int64_t queue, const char *name, struct arena *a, struct upload_row *out,
                     struct err *e);
int store_upload_put(struct store *s, int64_t queue, const char *name, const struct upload_row *u, struct err *e);

int store_operation_add(struct store *s, struct operation_row *o, struct err *e); /* sets o->id */
int store_operation_next(struct store *s, int max, struct arena *a, struct operation_row **out_rows, int *out_count,
                         struct err *e); /* the oldest open ones */
int store_operation_list(struct store *s, int64_t queue, struct arena *a, struct operation_row **out_rows,
                         int *out_count, struct err *e); /* open ones */
int store_operation_total(struct store *s, int64_t *out_n, struct err *e);
int store_operation_get(struct store *s, int64_t id, struct arena *a, struct operation_row *out, struct err *e);
int store_operation_set(struct store *s, const struct operation_row *o, struct err *e); /* cursor, done, live, ended */
int store_operation_forget(struct store *s, int64_t ended_us, struct err *e); /* those that ended then or before */
int store_operation_remove_queue(struct store *s, int64_t queue, struct err *e); /* all of a queue */

/* When a lease or a waiting task is due next; NONE if none is. */
int store_due_next(struct store *s, int64_t *out_us, struct err *e);

/* The invariants of core/task.def as questions: how many rows break number `check` of store_check_count().
 * *out_name names it. */
int store_check_count(void);
int store_check(struct store *s, int check, const char **out_name, int64_t *out_broken, struct err *e);

/* dataset ------------------------------------------------------------------------------------------------------ */
/* The row is kept at hand and written at the commit, so that many tables of one dataset may end in a turn at the cost of one. */
int store_dataset_add(struct store *s, const struct dataset_row *row, struct err *e); /* settings; the figures are 0 */
int store_dataset_get(struct store *s, int64_t queue, struct arena *a, struct dataset_row *out, struct err *e); /* STORE_EMPTY */
int store_dataset_there(struct store *s, int64_t queue, bool *out, struct err *e); /* is the queue one? */
int store_dataset_set(struct store *s, const struct dataset_row *row, struct err *e); /* all of it */

/* The queues of whole datasets, by their numbers, and that of the preferred one (NONE); the rows are the store's, until it is written to. */
int store_dataset_queues(struct store *s, const struct queue_row **out_rows, int *out_count, int64_t *out_preferred, struct err *e);

/* One whose import nobody has gone on with since before. 0, STORE_EMPTY or < 0. */
int store_dataset_stale(struct store *s, int64_t before, int64_t *out_queue, struct err *e);

/* The one that is meant where none is named, from now on; no other is. */
int store_dataset_prefer(struct store *s, int64_t queue, struct err *e);

/* One that stands is left as it is, *out_new false. Lists are by kind, a, b. */
int store_spec_set_payload(struct store *s, int64_t task, const struct spec_row *spec, struct err *e); /* the payload alone */
int store_target_add(struct store *s, int64_t task, const struct target_row *row, bool *out_new, struct err *e);
int store_target_map(struct store *s, int64_t task, const struct target_row *row, struct err *e);
int store_target_list(struct store *s, int64_t task, struct arena *a, struct target_row **out_rows, int *out_count,
                      struct err *e);
int store_truth_add(struct store *s, int64_t task, enum truth_source source, const struct truth_row *row, struct err *e);
int store_truth_list(struct store *s, int64_t task, enum truth_source source, struct arena *a,
                     struct truth_row **out_rows, int *out_count, struct err *e);

/* Up to max targets of after's kind that stand behind it; truths of the solution that do, of all kinds, each with its target. */
int store_target_walk(struct store *s, int64_t task, const struct target_row *after, int max, struct arena *a,
                      struct target_row **out_rows, int *out_count, struct err *e);
int store_truth_walk(struct store *s, int64_t task, const struct truth_row *after, int max, struct arena *a,
                     struct judged_row **out_rows, int *out_count, struct err *e);

/* The key of a task, which is the name of a table. STORE_EMPTY: there is no such task. */
int store_table_name(struct store *s, int64_t task, struct arena *a, const char **out, struct err *e);

/* What a table has beside its task: set writes what is mapped and flawed; walk lists those of a queue with tasks > after; get:
 * STORE_EMPTY for a task that is no table. remove: all of it. */
int store_coverage_add(struct store *s, int64_t queue, const struct coverage_row *row, struct err *e);
int store_coverage_set(struct store *s, int64_t queue, const struct coverage_row *row, struct err *e);
int store_coverage_get(struct store *s, int64_t queue, int64_t task, struct coverage_row *out, struct err *e);
int store_coverage_walk(struct store *s, int64_t queue, int64_t after, int max, struct arena *a,
                        struct coverage_row **out_rows, int *out_count, struct err *e);
int store_table_walk(struct store *s, int64_t queue, int64_t after, int max, struct arena *a, struct table_row **out_rows,
                     int *out_count, struct err *e); /* the same with how they stand */
int store_table_remove(struct store *s, int64_t queue, int64_t task, struct err *e);

/* Adding counts it, too; the sums are by task, step, then the most solved. */
int store_audit_add(struct store *s, int64_t queue, const struct audit_row *row, struct err *e);
int store_audit_list(struct store *s, int64_t queue, int64_t after, int max, struct arena *a, struct audit_row **out_rows,
                     int *out_count, struct err *e);
int store_audit_sums(struct store *s, int64_t queue, struct arena *a, struct audit_sum_row **out_rows, int *out_count,
                     struct err *e);

/* Those seen since, the longest ago first; and forgets those before. */
int store_client_put(struct store *s, const struct client_row *row, struct err *e);
int store_client_list(struct store *s, int64_t since, struct arena *a, struct client_row **out_rows, int *out_count,
                      struct err *e);
int store_client_forget(struct store *s, int64_t before, struct err *e);

/* A database of the old table manager, in a file without a name of a directory; free: NULL is fine. Rows are added between begin and
 * commit; it is read once all of them are there: up to room bytes at `at`, 0 bytes at its end. 0 or < 0. */
struct store_jentab;
int store_jentab_new(const char *directory, struct store_jentab **out, struct err *e);
void store_jentab_free(struct store_jentab *j);
int store_jentab_begin(struct store_jentab *j, struct err *e);
int store_jentab_commit(struct store_jentab *j, struct err *e);
int store_jentab_table(struct store_jentab *j, int64_t id, const char *name, bool returned, struct err *e);
int store_jentab_assignment(struct store_jentab *j, const struct jentab_assignment_row *row, struct err *e);
int store_jentab_target(struct store_jentab *j, int64_t table, const struct target_row *row, struct err *e);
int store_jentab_read(struct store_jentab *j, int64_t at, void *out, size_t room, size_t *out_n, struct err *e);

#endif
