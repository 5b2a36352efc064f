/* What tasks print, passed on to stdout: each output whole, as they end or in a given order, without ever making the
 * loop wait for whoever reads it. */
#ifndef DOCKET_CLI_PRINTER_H
#define DOCKET_CLI_PRINTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/loop.h"
#include "cli/progress.h"

struct printer;

struct printer_options {
    const char *spool_dir;     /* where what cannot be written yet is kept */
    bool ordered;              /* by the indexes given, from 0 on; else as they come */
    struct progress *progress; /* hidden while a terminal is written to; borrowed */
    void (*on_broken)(void *arg, int error); /* called once, if stdout cannot be written to any more: an errno */
    void *arg;
};

/* 0 and *out_printer; < 0 ERR_FILE. */
int printer_new(struct loop *l, const struct printer_options *o, struct printer **out_printer, struct err *e);
void printer_free(struct printer *p); /* NULL is fine */

/* Output number index is complete: n bytes from the beginning of fd (borrowed). 0; < 0 ERR_FILE. */
int printer_take(struct printer *p, size_t index, int fd, int64_t n, struct err *e);

/* There will be no output number index. */
void printer_skip(struct printer *p, size_t index);

/* Nothing more comes: what is held back goes out in order, whatever is missing between. */
void printer_close(struct printer *p);

/* Is there anything left to write? */
bool printer_is_busy(const struct printer *p);

#endif
