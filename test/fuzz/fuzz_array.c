/* The ranges of `docket load --array`: array_spec.
 *
 * The values are those that the text names, one by one, as many as are counted, in order and in the width that is asked for;
 * skipping some leads where handing them out does. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "cli/array_spec.h"
#include "fuzz.h"

enum { LOOKED_AT = 300 };

/* The value number `at` by counting through the text again. */
static bool expected(const char *text, int64_t at, char out[64])
{
    for (; *text; text += strcspn(text, ","), text += *text == ',') {
        int first_n = 0, last_n = 0;
        int64_t first, last, step = 1;
        sscanf(text, "%" SCNd64 "%n", &first, &first_n);
        int width = first_n > 1 && *text == '0' ? first_n : 0;
        last = first;
        if (text[first_n] == '-') {
            const char *second = text + first_n + 1;
            sscanf(second, "%" SCNd64 "%n", &last, &last_n);
            if (width || (last_n > 1 && *second == '0'))
                width = first_n > last_n ? first_n : last_n;
            if (second[last_n] == ':')
                sscanf(second + last_n + 1, "%" SCNd64, &step);
        }
        int64_t count = (last - first) / step + 1;
        if (at < count) {
            snprintf(out, 64, "%0*" PRId64, width, first + at * step);
            return true;
        }
        at -= count;
    }
    return false;
}

static void check_skip(struct array_spec *s, int64_t to)
{
    char skipped[ARRAY_SPEC_BYTES] = "", counted[ARRAY_SPEC_BYTES] = "";
    array_spec_rewind(s);
    int64_t passed = array_spec_skip(s, to);
    fuzz_must(passed == (to < s->count ? to : s->count), "%" PRId64 " of %" PRId64 " were skipped", passed, to);
    bool there = array_spec_next(s, skipped);
    array_spec_rewind(s);
    for (int64_t i = 0; i < to; i++)
        array_spec_next(s, counted);
    fuzz_must(there == array_spec_next(s, counted) && (!there || strcmp(skipped, counted) == 0), "skipped to %s, not %s",
              skipped, counted);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct fuzz_input in = {bytes, n};
    CLEANUP(cleanup_free) char *text = fuzz_text(&in, '\0');
    struct array_spec s;
    struct err e = {0};
    char value[ARRAY_SPEC_BYTES], wanted[64];
    int r = array_spec_parse(&s, &a, text, &e);
    if (r) {
        fuzz_check_refusal(r, &e);
        return 0;
    }
    fuzz_must(s.count > 0 && s.count <= LIMIT_ARRAY, "%" PRId64 " values", s.count);
    fuzz_must(strspn(text, "0123456789-:,") == strlen(text), "'%s' is a range?", text);
    int64_t i = 0;
    for (; i < LOOKED_AT && array_spec_next(&s, value); i++)
        fuzz_must(expected(text, i, wanted) && strcmp(value, wanted) == 0, "value %" PRId64 " of %s is %s, not %s", i, text,
                  wanted, value);
    fuzz_must(i == (s.count < LOOKED_AT ? s.count : LOOKED_AT), "%" PRId64 " values of %" PRId64, i, s.count);
    array_spec_rewind(&s);
    array_spec_skip(&s, s.count - 1);
    fuzz_must(array_spec_next(&s, value) && expected(text, s.count - 1, wanted) && strcmp(value, wanted) == 0,
              "the last of %s is %s, not %s", text, wanted, value);
    fuzz_must(!array_spec_next(&s, value), "a value behind the last");
    check_skip(&s, n % LOOKED_AT);
    return 0;
}
