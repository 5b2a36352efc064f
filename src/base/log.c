/* One write per line, so that lines of several threads or processes never mix. Names in a line may come from outside;
 * the whole line is made safe for a terminal. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"

enum log_level log_level = LOG_LEVEL_INFO;

static const char *const NAMES[] = {"error", "warning", "info", "debug"};

int log_level_from(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(NAMES); i++)
        if (strcmp(name, NAMES[i]) == 0)
            return (int)i;
    return -1;
}

const char *log_level_word(enum log_level level) { return NAMES[level]; }

/* The wall clock as the reader of the log knows it, not the one that never steps. */
static int64_t wall_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * CLOCK_SECOND + t.tv_nsec / 1000;
}

void log_write(enum log_level level, const char *fmt, ...)
{
    if (level > log_level)
        return;
    CLEANUP(buf_done) struct buf words = {0}, line = {0};
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n > 0) {
        vsnprintf(buf_reserve(&words, (size_t)n), (size_t)n + 1, fmt, args);
        words.len = (size_t)n;
    }
    va_end(args);
    char when[CLOCK_TEXT_BYTES];
    buf_printf(&line, "%s %s: ", clock_format(wall_us(), when), NAMES[level]);
    text_safe(&line, buf_text(&words), words.len, false);
    buf_putc(&line, '\n');
    ssize_t written = write(STDERR_FILENO, line.data, line.len);
    (void)written; /* there is nowhere left to say that it failed */
}
