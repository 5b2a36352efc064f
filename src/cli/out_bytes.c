/* See out_bytes.h. */
#include "cli/out_bytes.h"

#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"

int out_bytes(FILE *to, const json_t *value, const char *name, bool raw, size_t *out_count, struct err *e)
{
    CLEANUP(arena_done) struct arena arena = {0};
    CLEANUP(buf_done) struct buf safe = {0};
    const char *bytes = "";
    *out_count = 0;
    if (!value || json_is_null(value))
        return 0;
    int r = json_get_bytes(value, name, LIMIT_OUTPUT, &arena, &bytes, out_count, e);
    if (r)
        return r;
    if (raw || !isatty(fileno(to))) {
        fwrite(bytes, 1, *out_count, to);
        return 0;
    }
    text_safe(&safe, bytes, *out_count, true);
    if (safe.len && safe.data[safe.len - 1] != '\n')
        buf_putc(&safe, '\n');
    fwrite(buf_text(&safe), 1, safe.len, to);
    return 0;
}
