/* The face of qdo's web server (doc/PROTOCOL.md, "The qdo face"): what its files share. Private to qdo_*.c, but for
 * qdo_asks_document. */
#ifndef DOCKET_WEB_QDO_H
#define DOCKET_WEB_QDO_H

#include "core/walk.h"
#include "web/request.h"

/* Fills *out by the shape's table, from a body in JSON or a form, of which a field that is a list is repeated and numbers are text;
 * `query`: the parameters of the URL are fields, too, else there may be none. 0; ERR_BAD_JSON, ERR_BAD_FIELD, ERR_UNKNOWN_FIELD. */
int qdo_read(struct request *r, const struct json_shape *shape, bool query, void *out, struct err *e);

/* The same for those that have nothing to say. */
int qdo_read_nothing(struct request *r, struct err *e);

/* The queue in the URL. 0 or as queue_find. */
int qdo_queue(struct request *r, struct turn *t, struct queue_row *out, struct err *e);

/* As whom the asker works: user@address. In the arena. */
const char *qdo_worker(struct request *r);

/* A state by its word, in letters of any size. 0; ERR_BAD_FIELD, which lists the six. */
int qdo_state(const char *word, enum task_state *out, struct err *e);

/* A task and a queue as qdo's clients know them. */
void qdo_put_task(struct buf *out, const struct walk_task *t);
void qdo_put_queue(struct buf *out, const struct queue_row *q, const int64_t counts[TASK_STATES]);

/* Answers with a task as it is now. 0 or as look_task. */
int qdo_answer_task(struct request *r, struct turn *t, int status, int64_t id, struct err *e);

/* Does a program ask for the root, and not a browser? */
bool qdo_asks_document(const struct request *r);

#endif
