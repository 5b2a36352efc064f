/* Times and spans as text: RFC 3339 (clock_parse), "1:30:00" and "2h" (text_parse_span), "+30m" and local times of --not-before
 * (new_task_when).
 *
 * A time that was read is written and read again as the same, to the millisecond; a span is what another reading of it says. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/new_task.h"
#include "fuzz.h"

#define NOW_US (INT64_C(1800000000) * CLOCK_SECOND)

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    setenv("TZ", "Europe/Berlin", 1);
    return 0;
}

static void check_written_and_read(int64_t us)
{
    char text[CLOCK_TEXT_BYTES];
    int64_t again = 0;
    clock_format(us, text);
    if (us < -INT64_C(62167219200) * CLOCK_SECOND || us >= INT64_C(253402300800) * CLOCK_SECOND)
        return; /* not in the years 0 to 9999 */
    fuzz_must(clock_parse(text, &again) == 0, "%s is no time", text);
    fuzz_must(again <= us && us - again < CLOCK_MS, "%" PRId64 " became %s", us, text);
}

static int64_t units(const char *s, size_t *n)
{
    int64_t value = 0;
    for (*n = 0; s[*n] >= '0' && s[*n] <= '9'; (*n)++)
        value = *n < 12 ? value * 10 + (s[*n] - '0') : value;
    return value;
}

/* The same again, by another way: in whole units only. */
static void check_span(const char *s, int64_t us)
{
    size_t n;
    int64_t value = units(s, &n);
    static const char UNITS[] = "smhd";
    static const int64_t SECONDS[] = {1, 60, 3600, 86400};
    fuzz_must(us >= -1, "a span of %" PRId64, us);
    if (n < 1 || n > 9 || (s[n] && (!strchr(UNITS, s[n]) || s[n + 1])))
        return;
    __int128 wanted = (__int128)value * CLOCK_SECOND * (s[n] ? SECONDS[strchr(UNITS, s[n]) - UNITS] : 1);
    fuzz_must(us == (wanted > INT64_MAX ? -1 : (int64_t)wanted), "%s is not %" PRId64 " µs", s, us);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    CLEANUP(buf_done) struct buf shown = {0};
    struct fuzz_input in = {bytes, n};
    CLEANUP(cleanup_free) char *text = fuzz_text(&in, '\0');
    int64_t us = 0, when = 0;
    bool is_time = clock_parse(text, &us) == 0;
    if (is_time)
        check_written_and_read(us);
    bool is_when = new_task_when(text, NOW_US, &when) == 0;
    fuzz_must(!is_time || (is_when && when == us), "'%s' is a time, but not for --not-before", text);
    if (is_when)
        check_written_and_read(when);
    int64_t span = text_parse_span(text);
    check_span(text, span);
    if (span >= 0)
        text_span(&shown, span);
    fuzz_must(span < 0 || shown.len, "a span that cannot be shown");
    if (*text == '+')
        fuzz_must(is_when == (text_parse_span(text + 1) >= 0) || when < NOW_US, "'%s'?", text);
    return 0;
}
