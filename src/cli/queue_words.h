/* A queue as the server gives it, in words. */
#ifndef DOCKET_CLI_QUEUE_WORDS_H
#define DOCKET_CLI_QUEUE_WORDS_H

#include <jansson.h>

#include "base/buf.h"
#include "core/eta.h"

/* "lease 1 min, 1 attempt, 3 crashes, no backoff" */
void queue_words_policy(const json_t *queue, struct buf *b);

/* "3 pending, 2 running, 1,204 succeeded"; "none" */
void queue_words_counts(const json_t *queue, struct buf *b);

/* "12/s lately, about 12 min left (10–15)"; "none finished lately" */
void queue_words_rate(const json_t *queue, struct buf *b);

/* "about 12 min left (10–15)": a guess and the interval that shall hold the end four times in five, all in the unit of
 * the guess; without the interval where it rounds to the guess. */
void queue_words_left(const struct eta *eta, struct buf *b);

#endif
