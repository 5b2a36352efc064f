/* A stream of lines, a task each: what a handler of one does in each of its turns. */
#ifndef DOCKET_WEB_LINES_H
#define DOCKET_WEB_LINES_H

#include "core/upload.h"
#include "web/request.h"

/* Takes a slice of what has arrived: tasks are added, blank lines and those taken before are passed over. `name`: of the
 * upload, NULL for a stream that nobody takes up again. A bad line ends the stream: what stands before it is taken, and
 * it is answered so. 0, and whether the stream is at its end in *out_ended; ERR_UPLOAD_GAP; < 0. */
int lines_take(struct request *r, struct turn *t, const struct queue_row *q, const char *name, bool *out_ended,
               struct err *e);

/* Nothing but blanks: such a line is passed over. Pure. */
bool lines_is_blank(const char *line, size_t n);

/* {"line","code","detail"}, or null where nothing was wrong. */
json_t *lines_error(const struct upload *u);

#endif
