/* The values of `--array`: a comma list of N, A-B and A-B:STEP, as in "1-1000:2,7". They are handed out one by one and
 * never held together. Where an end of a range is written with leading zeros, its values are as wide as the wider end:
 * 001-100 is 001, 002, … 100. */
#ifndef DOCKET_CLI_ARRAY_SPEC_H
#define DOCKET_CLI_ARRAY_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum { ARRAY_SPEC_DIGITS = 18, ARRAY_SPEC_BYTES = ARRAY_SPEC_DIGITS + 1 };

struct array_range {
    int64_t first, step, count;
    int width; /* digits a value has at least */
};

struct array_spec {
    struct array_range *ranges;
    size_t range_count;
    int64_t count;  /* of all values */
    size_t at;      /* the range the next value is of */
    int64_t inside; /* how many of that range were handed out */
};

/* Ranges live in the arena. 0; ERR_USAGE naming the part that is none, or LIMIT_ARRAY. */
int array_spec_parse(struct array_spec *s, struct arena *a, const char *text, struct err *e);

/* The next value as digits; false when there are no more. */
bool array_spec_next(struct array_spec *s, char out[ARRAY_SPEC_BYTES]);

/* Back to the first; or on by so many values, at most to the end. Returns how many were passed over. */
void array_spec_rewind(struct array_spec *s);
int64_t array_spec_skip(struct array_spec *s, int64_t values);

#endif
