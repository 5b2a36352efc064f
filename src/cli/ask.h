/* Questions to the server that take more than one request: pages to their end, operations until they are done, lines
 * sent until they are acknowledged. Each waits on the loop. */
#ifndef DOCKET_CLI_ASK_H
#define DOCKET_CLI_ASK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/loop.h"
#include "cli/client.h"

/* Lets the loop turn for so long. */
void ask_pause(struct loop *l, int64_t us);

/* Reads path page by page ("?" must be in it) and hands each element of the array `name` to fn, until there are no
 * more or fn returns ASK_ENOUGH. 0; else what the server or fn said. */
enum { ASK_ENOUGH = ERR_COUNT };
typedef int ask_item_fn(void *arg, const json_t *item, struct err *e);
int ask_pages(struct client *c, const char *path, const char *name, ask_item_fn *fn, void *arg, struct err *e);

/* The same where the page behind is asked for by another parameter than "cursor". */
int ask_pages_by(struct client *c, const char *path, const char *parameter, const char *name, ask_item_fn *fn, void *arg,
                 struct err *e);

/* What a change did to how many tasks; -1 where the server did not say (it worked it off in slices). */
struct ask_changed {
    int64_t tasks;
    int64_t live; /* of those that were taken back, how many had a worker that was heard of */
};

/* POST on a queue ("retry", "cancel"); an operation is waited for. 0 and what it did. */
int ask_change(struct loop *l, struct client *c, const char *queue, const char *what, const json_t *body,
               struct ask_changed *out_changed, struct err *e);

/* PUT of NDJSON, repeated while the server is away, stopping or unsure, for up to 30 s: for requests that may be sent
 * twice. 0 and the answer (a new reference). */
int ask_put_lines(struct loop *l, struct client *c, const char *path, const char *bytes, size_t n, json_t **out_body,
                  struct err *e);

/* POST of what takes longer than most, for up to so long. 0 and the answer (a new reference); what the server said; < 0 ERR_SERVER_AWAY. */
int ask_patiently(struct loop *l, struct client *c, const char *path, const json_t *body, int64_t patience_us, json_t **out_body,
                  struct err *e);

/* The queue: 0 and a new reference. */
int ask_queue(struct client *c, const char *queue, json_t **out_body, struct err *e);

/* Are a queue's tasks tables? */
bool ask_is_dataset(const json_t *queue);

/* The count of a queue in a state; and how many are not finished. */
int64_t ask_count(const json_t *queue, const char *state);
int64_t ask_unfinished(const json_t *queue);

#endif
