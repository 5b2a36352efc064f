/* Adding tasks from lines that arrive piece by piece, in a connection that may be cut and taken up again. What was taken
 * of a named upload is a row written in the same transaction as its tasks; a stream without a name has its sums only. */
#ifndef DOCKET_CORE_UPLOAD_H
#define DOCKET_CORE_UPLOAD_H

#include "core/submit.h"

enum { UPLOAD_DETAIL_BYTES = 512 };

/* What is known of an upload: one row, and no more of it in memory than may be kept from piece to piece. */
struct upload {
    int64_t lines, added, existed;
    int64_t first, last; /* ids added by this stream; NONE: none */
    int64_t error_line;  /* NONE: none was wrong */
    enum err_code error_code;
    char error_detail[UPLOAD_DETAIL_BYTES];
};

/* An upload of which nothing was taken. */
void upload_init(struct upload *u);

/* What was taken of the upload `name`. 0; ERR_UPLOAD_NOT_FOUND. */
int upload_look(struct turn *t, const struct queue_row *q, const char *name, struct upload *out, struct err *e);

/* Goes on with the upload: u as the store has it (all zero for a new one; first and last stay). `line` is the one the
 * sender comes with: ERR_UPLOAD_GAP if lines before it are missing. 0 or < 0. */
int upload_open(struct turn *t, const struct queue_row *q, const char *name, int64_t line, struct upload *u,
                struct err *e);

/* Adds tasks that stand in lines after the last one taken, up to `line`. 0; or a refusal as submit_tasks has it, of
 * which nothing was added, with *out_bad the task it is about; < 0. */
int upload_take(struct turn *t, const struct queue_row *q, const struct submit_task *tasks, int count, int64_t line,
                struct upload *u, int *out_bad, struct err *e);

/* Notes what is wrong with a line: it was taken up to the line before. */
void upload_note(struct upload *u, int64_t line, const struct err *why);

/* Records what was taken. 0 or < 0. */
int upload_save(struct turn *t, const struct queue_row *q, const char *name, const struct upload *u, struct err *e);

#endif
