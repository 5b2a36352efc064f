/* See warning.h. One row a warning. */
#include "core/warning.h"

#include "base/limits.h"

static const struct {
    const char *code, *text;
} WARNINGS[WARNING_COUNT] = {
    [WARNING_LOG] = {"log_large", "the write-ahead log has grown to 1 GiB: another program may be reading the database"},
};

bool warning_holds(enum warning w, const struct store_size *size)
{
    switch (w) {
    case WARNING_LOG: return size->log_bytes >= LIMIT_LOG;
    case WARNING_COUNT: break;
    }
    return false;
}

const char *warning_code(enum warning w) { return WARNINGS[w].code; }
const char *warning_text(enum warning w) { return WARNINGS[w].text; }
