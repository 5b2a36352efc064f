/* What claims and finishes are answered, as text. */
#ifndef DOCKET_WEB_RENDER_CLAIMED_H
#define DOCKET_WEB_RENDER_CLAIMED_H

#include "base/buf.h"
#include "core/claim.h"
#include "core/finish.h"

/* The member "tasks" of an answer: what was handed out. */
void render_claimed(struct buf *out, const struct claim_answer *claimed);

/* One result's outcome; first (a word of ours; NULL: none): how it was handed in before. */
void render_outcome(struct buf *out, int64_t lease, enum finish_outcome outcome, const char *first);

#endif
