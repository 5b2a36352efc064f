/* The rows of limits.def as constants. */
#ifndef DOCKET_BASE_LIMITS_H
#define DOCKET_BASE_LIMITS_H

enum limit {
#define X(name, value, unit, what) name = (value),
#include "base/limits.def"
#undef X
};

#endif
