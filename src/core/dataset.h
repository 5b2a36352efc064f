/* Datasets: queues whose tasks are tables. A table's key is its name, its payload the table; beside it stand its targets, what is to
 * be mapped. What is known of a dataset as a whole is kept in figures of its own, changed with each table that ends. */
#ifndef DOCKET_CORE_DATASET_H
#define DOCKET_CORE_DATASET_H

#include "core/queue.h"

struct dataset {
    struct queue_row queue;
    struct dataset_row row;
};

/* What runners hold tables for, and how often one is tried. */
enum { DATASET_LEASE_SECONDS = 45 * 60, DATASET_ATTEMPTS = 3, DATASET_CRASHES = 3 };

/* The dataset of a name. 0; as queue_find; ERR_NOT_A_DATASET. */
int dataset_find(struct turn *t, const struct who *who, const struct queue_ref *ref, struct arena *a, struct dataset *out,
                 struct err *e);

/* Which one a runner means: by name, of that owner, else the asker's own, else the server owner's, else the only one of that name; without
 * a name the only one there is, else the preferred one. asker NULL: nobody has said yet who asks. */
struct dataset_ask {
    const char *owner, *name; /* NULL: not said */
    const char *asker, *server_owner;
};

/* 0; ERR_QUEUE_NOT_FOUND, ERR_NO_DATASET, ERR_SEVERAL_DATASETS, which names those that `who` may see. *out_sure: it
 * would be the same one whoever asks. who NULL: names none. */
int dataset_meant(struct turn *t, const struct who *who, const struct dataset_ask *ask, struct arena *a, struct dataset *out,
                  bool *out_sure, struct err *e);

/* What to change; NONE and NULL leave a part as it is. */
struct dataset_change {
    int64_t col_row, open, audit, analyze, add_prefix; /* truths */
    const char *prefix;
    bool prefer; /* it is the one that is meant where none is named: admins only */
};

/* 0; ERR_FORBIDDEN. *d is as it is then. */
int dataset_set(struct turn *t, const struct who *who, struct dataset *d, const struct dataset_change *change, struct err *e);

/* Whole datasets that `who` may see, by the numbers of their queues: up to max after `after`. */
int dataset_list(struct turn *t, const struct who *who, int64_t after, int max, struct arena *a, struct dataset **out,
                 int *out_count, int64_t *out_next, struct err *e);

/* The figures. Times are means of attempts, NONE without any. */
struct dataset_figures {
    int64_t total, unfinished, result, error; /* tables */
    int64_t result_us, error_us;
    int64_t clients[4]; /* seen within a minute, a quarter of an hour, an hour, a day */
};
int dataset_look(struct turn *t, const struct dataset *d, struct dataset_figures *out, struct err *e);

/* A table by its name. 0; ERR_TABLE_NOT_FOUND. */
int dataset_table(struct turn *t, const struct dataset *d, const char *name, int64_t *out_task, struct err *e);

/* For task.c: a table that had a result is to be worked on again: what was wrong with that result counts no more. For remove.c: a
 * task is removed; if it is a table, with all that it has. 0 or < 0. */
int dataset_reopened(struct turn *t, const struct task_row *task, struct err *e);
int dataset_removed(struct turn *t, const struct task_row *task, struct err *e);

/* "cea", "cta", "cpa"; and back, in letters of any size: 0 for another word. */
const char *dataset_kind_word(enum target_kind kind);
enum target_kind dataset_kind_from(const char *word);

#endif
