/* What the files of the door share. Private to this floor. */
#ifndef DOCKET_STORE_STORE_INNER_H
#define DOCKET_STORE_STORE_INNER_H

#include "store/db.h"
#include "store/store.h"

enum { STORE_DELTAS = 64, STORE_KNOWN = 32, STORE_DATASETS = 16 };

struct store {
    struct db *db;
    int64_t rev, rev_begun; /* newest given; the newest at store_begin */
    int64_t task, lease;    /* newest ids given */
    int64_t newest_us;
    int64_t forgotten; /* the newest revision of which a tombstone is gone */
    struct store_delta {    /* changes of counters, written once at the commit */
        int64_t queue, state, n;
    } deltas[STORE_DELTAS];
    int delta_count;
    struct store_change { /* which task a revision is of */
        int64_t rev, task;
    } *changes;         /* of this transaction, not yet written */
    int change_count, change_room;
    int64_t packed, packed_begun, kept; /* of the last pass over the changes: the newest revision, and how many it kept */
    struct store_pass { /* the one under way, to drop void ones; it begins anew with each start */
        int64_t at, end, kept;
    } pass, pass_begun;
    int64_t pack_after; /* changes after which a pass is worth it */
    struct store_run { /* pending tasks of this transaction with ids without a gap, not yet written as one row; last 0: none */
        int64_t queue, priority, first, last;
    } run;
    struct store_cut { /* a run of which the first ones have left, not yet shortened there; next 0: none */
        struct store_run run;
        int64_t next;
    } cut;
    struct store_known { /* queues read lately, by name: nearly every request asks for one */
        struct arena texts;
        struct queue_row row; /* its owner NULL: the place is free */
    } known[STORE_KNOWN];
    struct store_whole { /* the queues of whole datasets: every request of a runner looks for its own */
        struct arena texts;
        struct queue_row *queues;
        int count;
        int64_t preferred;
        bool read;
    } whole;
    struct store_dataset { /* datasets used lately, by the number of their queue, as they will be written */
        struct arena texts;
        struct dataset_row row; /* its queue 0: the place is free */
        bool changed;
    } datasets[STORE_DATASETS];
    bool in_doubt; /* see store_in_doubt */
};

/* Notes that a queue has n more (or fewer) tasks in a state. */
int store_count(struct store *s, int64_t queue, enum task_state state, int64_t n, struct err *e);

/* Writes the noted counters. */
int store_flush_counts(struct store *s, struct err *e);

/* Writes the datasets that changed; forgets them all, as after a rollback. */
int store_dataset_flush(struct store *s, struct err *e);
void store_dataset_forget(struct store *s);

/* Forgets the queues that were read: one was written, or became a whole dataset, or a transaction was rolled back. */
void store_queue_forget(struct store *s);

/* Ends a query of which r is what db_next said: 0 where a row was there, STORE_EMPTY, or < 0. */
int store_found(struct db_query *q, int r);

/* The number a query answers: an id, as a rule. 0, STORE_EMPTY or < 0. */
int store_number(struct db_query *q, int64_t *out, struct err *e);

/* Bytes of the texts of a row: a page of rows ends once it holds LIMIT_PAGE_BYTES, however few they are. */
size_t store_weight(const struct spec_row *s);

/* The pending tasks of a queue, by priority, as runs of ids. Reading the list comes after a flush. */
int store_pending_add(struct store *s, int64_t queue, int64_t priority, int64_t task, struct err *e);
int store_pending_flush(struct store *s, struct err *e);

/* run: the last of the run it is the first of (as read from the list, those before it removed since), if that is known; 0:
 * it is looked for. */
int store_pending_remove(struct store *s, int64_t queue, int64_t priority, int64_t task, int64_t run, struct err *e);

/* A revision is of this task. Written at the commit, or when changes are read. */
void store_change_note(struct store *s, int64_t rev, int64_t task);
int store_change_flush(struct store *s, struct err *e);

/* The mutable half of a task, from the first column on. */
enum { STORE_TASK_COLUMNS = 18 };
void store_read_task(struct db_query *q, struct task_row *out);

/* Removes what was handed in under a lease; what was handed in raw by and by. */
int store_body_remove_lease(struct store *s, int64_t lease, struct err *e);

/* An array in an arena that doubles: the place for row number count. */
void *store_grow(struct arena *a, void *rows, int count, size_t bytes_each);

/* All rows of a query as an array in arena a, each read by read(query, a, &row), and their count. An expression: 0 with
 * *out_rows and *out_count, or < 0. */
#define STORE_ROWS(query, a, read, out_rows, out_count, e)                                                            \
    ({                                                                                                                \
        struct db_query *rows_query = (query);                                                                        \
        typeof(*(out_rows)) rows_read = NULL;                                                                         \
        int rows_count = 0, rows_r;                                                                                   \
        while ((rows_r = db_next(rows_query, e)) == 1) {                                                              \
            rows_read = store_grow(a, rows_read, rows_count, sizeof *rows_read);                                      \
            read(rows_query, a, &rows_read[rows_count++]);                                                            \
        }                                                                                                             \
        db_end(rows_query);                                                                                           \
        if (rows_r == 0)                                                                                              \
            *(out_rows) = rows_read, *(out_count) = rows_count;                                                       \
        rows_r;                                                                                                       \
    })

#endif
