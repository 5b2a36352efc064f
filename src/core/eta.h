/* When nothing of a queue will be left: a guess, and an interval that shall hold the true end four times in five
 * (test/eta shows how often it does). Pure: what ended is in the window, the rest is handed in. */
#ifndef DOCKET_CORE_ETA_H
#define DOCKET_CORE_ETA_H

#include <stdbool.h>
#include <stdint.h>

#include "core/rate.h"

/* From now until nothing is left; 0 <= low_us <= us <= high_us. */
struct eta {
    int64_t us, low_us, high_us;
};

/* Tasks that ended per second, over the stretch up to now that still tells of now. w NULL: 0. */
double eta_rate(const struct rate_window *w, int64_t now_us);

/* How long `left` tasks will take, of which `running` have a lease now (0 <= running <= left). false, and *out is left
 * alone: too little is known (w is NULL, or fewer than two tasks tell of now). How: see eta.c. */
bool eta_estimate(const struct rate_window *w, int64_t left, int64_t running, int64_t now_us, struct eta *out);

#endif
