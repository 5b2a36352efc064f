/* The course of an import: what is read before anything is sent, and how it is sent, a table at a time. */
#ifndef DOCKET_CLI_TABLES_COURSE_H
#define DOCKET_CLI_TABLES_COURSE_H

#include "cli/connect.h"
#include "cli/progress.h"
#include "cli/tables_wire.h"

/* What else a line says of the table of that number. 0 or < 0. */
typedef int tables_more_fn(void *arg, size_t table, struct buf *b, struct err *e);

/* Valid when zeroed; the caller fills the first part. */
struct tables_course {
    struct loop *loop;
    const char *queue;
    struct tables_settings settings; /* but for order, gt and solution */
    enum tables_order order;         /* as it was said */
    tables_more_fn *more;            /* NULL: nothing */
    void *more_arg;

    struct arena arena;
    struct tables_folder folder;
    struct tables_targets targets;
    struct tables_truth gt, solution;
    struct progress progress;
    struct tables_content content;
    size_t sent, headless; /* tables, and those of them without a row of names */
    bool begun;
    int failed;            /* what broke it off here, and how */
    struct err err;
    json_t *answer;        /* the server's */
    int64_t began_us;
};

void tables_course_done(struct tables_course *c);

/* With folder opened, and targets, gt and solution read: measures each table and settles the order. 0; ERR_BAD_LINE; < 0 ERR_FILE. */
int tables_course_measure(struct tables_course *c, struct err *e);

/* Is the name free? 0; ERR_QUEUE_EXISTS. */
int tables_course_look(struct tables_course *c, struct connection *to, struct err *e);

/* Sends all of it; to NULL: makes it and sends nothing. 0; what the server refused, ERR_BAD_LINE; < 0. */
int tables_course_send(struct tables_course *c, struct connection *to, struct err *e);

/* What was read and made, for people or as JSON, on stdout. */
void tables_summary(struct tables_course *c, bool json);

#endif
