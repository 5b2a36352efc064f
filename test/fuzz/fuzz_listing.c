/* Lines that `qdo tasks` printed, docket's or qdo's own, as `docket load --qdo-tasks` reads them; and texts as they are printed.
 *
 * A line is a task or refused with words. Whatever its text is, written and read again it is the same, on one line that no
 * terminal is led astray by. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cli/task_listing.h"
#include "core/task.h"
#include "fuzz.h"

static void check_again(int state, const char *text, size_t n)
{
    CLEANUP(buf_done) struct buf line = {0}, safe = {0}, again = {0};
    struct err e;
    int read = -1;
    task_listing_write(&line, task_state_word((enum task_state)state), text, n);
    text_safe(&safe, buf_text(&line), line.len, false);
    fuzz_must(safe.len == line.len, "it is not safe: %s", buf_text(&safe));
    fuzz_must(task_listing_has_state(buf_text(&line), line.len), "no state: %s", buf_text(&line));
    int r = task_listing_read(buf_text(&line), line.len, &read, &again, &e);
    fuzz_must(r == 0 && read == state, "%d, state %d: %s", r, read, buf_text(&line));
    fuzz_must(again.len == n && memcmp(buf_text(&again), text, n) == 0, "it comes back as '%s': %s", buf_text(&again), buf_text(&line));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(cleanup_free) char *copy = fuzz_copy(bytes, n);
    struct err e = {0};
    int state = -1, r = task_listing_read(copy, n, &state, &text, &e);
    if (r)
        fuzz_check_refusal(r, &e);
    else
        check_again(state, buf_text(&text), text.len);
    fuzz_must(r || task_listing_has_state(copy, n), "a task without a state");
    check_again(TASK_FAILED, copy, n);
    return 0;
}
