/* Time as integers of microseconds since 1970, UTC. Within a process it never steps: wall time at clock_init plus
 * CLOCK_BOOTTIME since, so a changed system clock cannot expire a lease. Only cli reads it; the floors below are
 * handed the moment. */
#ifndef DOCKET_BASE_CLOCK_H
#define DOCKET_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

enum { CLOCK_TEXT_BYTES = 32 };
#define CLOCK_SECOND INT64_C(1000000)
#define CLOCK_MS INT64_C(1000)

struct clock {
    int64_t start_us, boot_us;
};

/* Starts at the wall time, but not before not_before_us (the newest time a store knows; 0: none).
 * Returns by how many µs the wall clock lay before that (0 as a rule): worth a line in the log. */
int64_t clock_init(struct clock *c, int64_t not_before_us);
int64_t clock_now_us(const struct clock *c);

/* Microseconds that only grow, also while the machine sleeps; for measuring spans. */
int64_t clock_mono_us(void);

/* RFC 3339 in UTC with milliseconds: "2026-11-22T07:36:40.123Z". out holds CLOCK_TEXT_BYTES. Returns out. */
char *clock_format(int64_t us, char out[CLOCK_TEXT_BYTES]);

/* Reads RFC 3339 (any offset, fraction optional). 0, or -1 if it is not a time. */
int clock_parse(const char *text, int64_t *out_us);

#endif
