/* See latency.h. */
#include "latency.h"

#include <stdio.h>
#include <stdlib.h>

enum { STEP_US = 10, STEPS = 2000000 };

struct latency {
    int64_t count;
    uint32_t steps[STEPS];
};

struct latency *latency_new(void)
{
    struct latency *l = calloc(1, sizeof *l);
    if (!l)
        abort();
    return l;
}

void latency_free(struct latency *l) { free(l); }

void latency_add(struct latency *l, int64_t us)
{
    int64_t step = us / STEP_US;
    l->steps[step < STEPS ? step : STEPS - 1]++;
    l->count++;
}

int64_t latency_count(const struct latency *l) { return l->count; }

double latency_ms(const struct latency *l, double share)
{
    int64_t wanted = (int64_t)((double)l->count * share), seen = 0;
    for (int i = 0; i < STEPS; i++)
        if ((seen += l->steps[i]) > wanted)
            return (double)(i + 1) * STEP_US / 1000;
    return 0;
}

double latency_longest_ms(const struct latency *l)
{
    for (int i = STEPS - 1; i >= 0; i--)
        if (l->steps[i])
            return (double)(i + 1) * STEP_US / 1000;
    return 0;
}

void latency_print(const struct latency *l)
{
    printf("\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"p999_ms\":%.2f,\"max_ms\":%.2f", latency_ms(l, 0.5), latency_ms(l, 0.99),
           latency_ms(l, 0.999), latency_longest_ms(l));
}
