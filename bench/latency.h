/* How long requests took: counted in steps of 10 µs up to 20 s, so that every percentile is right to within a step. */
#ifndef DOCKET_BENCH_LATENCY_H
#define DOCKET_BENCH_LATENCY_H

#include <stdint.h>

struct latency;

struct latency *latency_new(void);
void latency_free(struct latency *l);
void latency_add(struct latency *l, int64_t us);
int64_t latency_count(const struct latency *l);

/* The milliseconds that a share of them (0 to below 1) took at most; 0 where there were none. */
double latency_ms(const struct latency *l, double share);
double latency_longest_ms(const struct latency *l);

/* Prints "p50_ms":…,"p99_ms":…,"p999_ms":…,"max_ms":…  */
void latency_print(const struct latency *l);

#endif
