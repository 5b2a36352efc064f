/* Rows as the JSON of doc/PROTOCOL.md. All return new references. */
#ifndef DOCKET_WEB_RENDER_H
#define DOCKET_WEB_RENDER_H

#include <jansson.h>

#include "core/claim.h"
#include "core/look.h"
#include "core/operation.h"
#include "core/queue.h"

json_t *render_time(int64_t us);    /* RFC 3339, null for NONE */
json_t *render_number(int64_t n);   /* null for NONE */
json_t *render_seconds(int64_t us); /* an integer where it is whole; null for NONE */
json_t *render_text(const char *text); /* null for NULL; as bytes if it is not UTF-8 */
json_t *render_parsed(const char *json, size_t n); /* JSON text as a value; null for NULL */

/* A queue without what changes by itself: as the change feed tells it. */
json_t *render_policy(const struct queue_row *q);

/* What a task waits for. */
json_t *render_needs(const struct dependency_row *needs, int count);

/* What became of tasks to which something was to happen; live goes with recover only. */
json_t *render_sum(enum task_event event, const struct operation_sum *sum);

json_t *render_eta(const struct queue_view *v); /* null where nothing is known */
json_t *render_queue(const struct queue_view *v);
json_t *render_task(const struct task_full *t, const struct queue_row *q);
json_t *render_attempts(const struct attempt_row *attempts, int count);

/* Puts what a task is to run into object: command or payload. */
void render_work(json_t *object, const struct spec_row *s);

/* Puts stdout, stderr and their sizes into object. */
void render_output(json_t *object, const struct look_output *o);

#endif
