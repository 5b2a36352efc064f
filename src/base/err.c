/* The table of errors.def as data, and the few ways to fill a struct err. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct row {
    int http, exit;
    const char *wire, *title;
} ROWS[ERR_COUNT] = {
    [ERR_NONE] = {200, 0, "", ""},
#define X(name, http, exit, code, title) [name] = {http, exit, code, title},
#include "base/errors.def"
#undef X
};

static const struct row *row(enum err_code code)
{
    return code > ERR_NONE && code < ERR_COUNT ? &ROWS[code] : &ROWS[ERR_INTERNAL];
}

static void record(struct err *e, enum err_code code, const char *fmt, va_list args)
{
    e->code = code;
    e->hint[0] = '\0';
    vsnprintf(e->text, sizeof e->text, fmt, args);
}

int err_refuse(struct err *e, enum err_code code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    record(e, code, fmt, args);
    va_end(args);
    return (int)code;
}

int err_fail(struct err *e, enum err_code code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    record(e, code, fmt, args);
    va_end(args);
    return -(int)code;
}

void err_hint(struct err *e, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(e->hint, sizeof e->hint, fmt, args);
    va_end(args);
}

int err_widen(struct err *e, int r, const char *fmt, ...)
{
    char before[ERR_TEXT_BYTES / 2], after[sizeof e->text];
    va_list args;
    va_start(args, fmt);
    vsnprintf(before, sizeof before, fmt, args);
    va_end(args);
    memcpy(after, e->text, sizeof after);
    snprintf(e->text, sizeof e->text, "%s%.*s", before, (int)(sizeof e->text - sizeof before - 1), after);
    return r;
}

int err_http_status(enum err_code code) { return row(code)->http ? row(code)->http : 500; }
int err_exit_status(enum err_code code) { return row(code)->exit; }
const char *err_wire(enum err_code code) { return row(code)->wire; }
const char *err_title(enum err_code code) { return row(code)->title; }

enum err_code err_from_wire(const char *wire)
{
    for (int code = ERR_NONE + 1; code < ERR_COUNT; code++)
        if (strcmp(ROWS[code].wire, wire) == 0)
            return (enum err_code)code;
    return ERR_NONE;
}
