/* Chance that follows from a seed. */
#ifndef DOCKET_TEST_POWER_CHANCE_H
#define DOCKET_TEST_POWER_CHANCE_H

#include <stdint.h>

/* A number in 0..bound-1 and the next state of a small generator (splitmix64: Steele, Lea and Flood, "Fast splittable
 * pseudorandom number generators", 2014). */
static inline uint64_t power_chance(uint64_t *state, uint64_t bound)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return (x ^ (x >> 31)) % bound;
}

#endif
