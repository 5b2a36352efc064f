/* The tables of a dataset with their targets, one after the other, between turns, as an export wants them: what is told of a table was so at
 * one moment. A large one is read in steps; where it changed meanwhile it is read anew, so neither the loop nor the export is harmed. */
#ifndef DOCKET_CORE_TABLE_READING_H
#define DOCKET_CORE_TABLE_READING_H

#include "core/dataset.h"

enum table_wish { TABLE_WISH_ALL, TABLE_WISH_MAPPED, TABLE_WISH_MISSING };

/* Zeroed but for the first three it is at the beginning. */
struct table_reading {
    int64_t queue;
    enum target_kind kind; /* of the targets; 0: all */
    enum table_wish wish;  /* which of them; tables without any are passed over */

    int64_t task;     /* the table, or the last one */
    const char *name;
    struct task_row state;
    struct target_row *targets;
    int count, room;
    bool whole, over; /* it is there; there are no more */

    struct arena arena; /* of the table */
    bool inside;
    struct target_row at;
};

/* Goes on: the table is there once `whole`, and the next call begins the one behind it. 0; ERR_QUEUE_NOT_FOUND: the queue was
 * removed meanwhile; < 0. */
int table_reading_step(struct turn *t, struct table_reading *g, struct err *e);
void table_reading_done(struct table_reading *g);

#endif
