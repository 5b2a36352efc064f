/* See array_spec.h. Numbers have at most 18 digits, so that no sum of two of them can overflow. */
#include "cli/array_spec.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"

/* A number as it was written. */
struct written {
    int64_t value;
    int digits;
    bool zeros; /* leading ones */
};

/* Digits at *s; moves *s behind them. */
static bool read_number(const char **s, struct written *out)
{
    const char *start = *s;
    *out = (struct written){0};
    for (; **s >= '0' && **s <= '9'; (*s)++)
        if (++out->digits <= ARRAY_SPEC_DIGITS)
            out->value = out->value * 10 + (**s - '0');
    out->zeros = out->digits > 1 && *start == '0';
    return out->digits >= 1 && out->digits <= ARRAY_SPEC_DIGITS;
}

static int refuse_part(const char *part, size_t n, struct err *e)
{
    int shown = n > 60 ? 60 : (int)n;
    int r = err_refuse(e, ERR_USAGE, "--array: '%.*s' is not N, A-B or A-B:STEP", shown, part);
    if (memchr(part, '%', n))
        err_hint(e, "how many run at once is said to the workers: docket work -j N");
    else
        err_hint(e, "numbers have 1 to %d digits, a list has commas: --array 1-1000:2,7", ARRAY_SPEC_DIGITS);
    return r;
}

static int set_range(const struct written *first, const struct written *last, int64_t step, const char *part, size_t n,
                     struct array_range *out, struct err *e)
{
    int shown = n > 60 ? 60 : (int)n;
    if (last->value < first->value)
        return err_refuse(e, ERR_USAGE, "--array: '%.*s' ends before it begins", shown, part);
    if (step < 1)
        return err_refuse(e, ERR_USAGE, "--array: '%.*s' has a step of 0", shown, part);
    *out = (struct array_range){.first = first->value, .step = step};
    out->count = (last->value - first->value) / step + 1;
    if (first->zeros || last->zeros)
        out->width = first->digits > last->digits ? first->digits : last->digits;
    return 0;
}

static int read_range(const char *part, size_t n, struct array_range *out, struct err *e)
{
    struct written first, last, step = {.value = 1};
    const char *s = part;
    bool good = read_number(&s, &first);
    last = first;
    if (good && *s == '-') {
        s++;
        good = read_number(&s, &last);
        if (good && *s == ':') {
            s++;
            good = read_number(&s, &step);
        }
    }
    if (!good || s != part + n)
        return refuse_part(part, n, e);
    return set_range(&first, &last, step.value, part, n, out, e);
}

static size_t count_parts(const char *text)
{
    size_t count = 1;
    for (; *text; text++)
        count += *text == ',';
    return count;
}

int array_spec_parse(struct array_spec *s, struct arena *a, const char *text, struct err *e)
{
    *s = (struct array_spec){.ranges = arena_array(a, count_parts(text), sizeof *s->ranges)};
    for (;;) {
        size_t n = strcspn(text, ",");
        struct array_range *range = &s->ranges[s->range_count++];
        int r = read_range(text, n, range, e);
        if (r)
            return r;
        if (range->count > LIMIT_ARRAY - s->count)
            return err_refuse(e, ERR_USAGE, "--array may name at most %d values", LIMIT_ARRAY);
        s->count += range->count;
        if (!text[n])
            return 0;
        text += n + 1;
    }
}

bool array_spec_next(struct array_spec *s, char out[ARRAY_SPEC_BYTES])
{
    if (s->at == s->range_count)
        return false;
    const struct array_range *range = &s->ranges[s->at];
    snprintf(out, ARRAY_SPEC_BYTES, "%0*" PRId64, range->width, range->first + s->inside * range->step);
    array_spec_skip(s, 1);
    return true;
}

void array_spec_rewind(struct array_spec *s)
{
    s->at = 0;
    s->inside = 0;
}

int64_t array_spec_skip(struct array_spec *s, int64_t values)
{
    int64_t left = values;
    while (left && s->at < s->range_count) {
        int64_t there = s->ranges[s->at].count - s->inside;
        int64_t now = left < there ? left : there;
        s->inside += now;
        left -= now;
        if (now == there) {
            s->at++;
            s->inside = 0;
        }
    }
    return values - left;
}
