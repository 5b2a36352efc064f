/* Tasks as they are sent: one object of doc/PROTOCOL.md ("Adding") into a struct submit_task. */
#ifndef DOCKET_WEB_READ_TASK_H
#define DOCKET_WEB_READ_TASK_H

#include "base/json.h"
#include "core/submit.h"

/* Its fields. */
extern const struct json_shape read_task_shape;

/* Texts are borrowed from object or live in a. 0; ERR_BAD_FIELD, ERR_UNKNOWN_FIELD, with the place. */
int read_task(const json_t *object, struct json_place place, struct arena *a, struct submit_task *out, struct err *e);

#endif
