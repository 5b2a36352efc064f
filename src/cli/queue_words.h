/* A queue as the server gives it, in words. */
#ifndef DOCKET_CLI_QUEUE_WORDS_H
#define DOCKET_CLI_QUEUE_WORDS_H

#include <jansson.h>

#include "base/buf.h"

/* "lease 1 min, 1 attempt, 3 crashes, no backoff" */
void queue_words_policy(const json_t *queue, struct buf *b);

/* "3 pending, 2 running, 1,204 succeeded"; "none" */
void queue_words_counts(const json_t *queue, struct buf *b);

/* "12/s over the last minute, 3 min 20 s to go (2 min to 5 min)"; "none finished in the last minute" */
void queue_words_rate(const json_t *queue, struct buf *b);

#endif
