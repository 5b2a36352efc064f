/* Tasks finished in the last minute, by queue: memory only, fed by the effects of committed works. */
#ifndef DOCKET_CORE_RATE_H
#define DOCKET_CORE_RATE_H

#include <stdint.h>

struct rates;

struct rates *rates_new(void);
void rates_free(struct rates *r);

/* n tasks of the queue finished now. */
void rates_add(struct rates *r, int64_t queue, int n, int64_t now_us);

/* How many finished in the 60 seconds up to now (whole seconds of the clock), and over how many seconds they are spread
 * (since the first of them, 1..60; 0 when there are none). */
int64_t rates_recent(const struct rates *r, int64_t queue, int64_t now_us, int64_t *out_span_s);

#endif
