/* Outcomes and failures: what a function returns when it did not simply succeed.
 *
 * A function that can fail returns int: 0 done; > 0 an outcome its prototype names (a refusal carries its row of
 * errors.def and is answered to whoever asked); < 0 a failure, the negated row, passed up untouched and logged
 * once where it stops. The words for people ride in struct err, set once. */
#ifndef DOCKET_BASE_ERR_H
#define DOCKET_BASE_ERR_H

enum err_code {
    ERR_NONE,
#define X(name, http, exit, code, title) name,
#include "base/errors.def"
#undef X
    ERR_COUNT
};

enum { ERR_TEXT_BYTES = 1024 };

struct err {
    enum err_code code;
    char text[ERR_TEXT_BYTES]; /* what happened, lower case, no full stop */
    char hint[256];            /* what to do about it, or empty */
};

/* Records a refusal of what was asked. Returns code (> 0). */
int err_refuse(struct err *e, enum err_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Records a failure of ours or of the machine. Returns -code (< 0). */
int err_fail(struct err *e, enum err_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Adds what to do about it; keeps code and text. */
void err_hint(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts words before the text already recorded ("could not start: …"); keeps the code. Returns r. */
int err_widen(struct err *e, int r, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The row of errors.def for code: its parts. Codes outside the table are ERR_INTERNAL. */
int err_http_status(enum err_code code);
int err_exit_status(enum err_code code);
const char *err_wire(enum err_code code);
const char *err_title(enum err_code code);

/* The row whose code on the wire is `wire`; ERR_NONE if there is none. */
enum err_code err_from_wire(const char *wire);

#endif
