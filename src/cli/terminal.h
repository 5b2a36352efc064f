/* A terminal taken over for a full-screen view, and given back as it was on every way out. */
#ifndef DOCKET_CLI_TERMINAL_H
#define DOCKET_CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Are stdin and stdout a terminal that understands the sequences of ECMA-48 (TERM is not "dumb" or empty)? */
bool terminal_is_one(void);

/* Keys come as they are typed, the other screen is shown, the cursor hidden. terminal_leave undoes it; also when the
 * process dies by a signal of its own making (an assertion). One at a time; leaving twice does nothing. false: it could
 * not be (the terminal has gone). */
bool terminal_enter(void);
void terminal_leave(void);

/* The size at this moment, 80 × 24 where it is not told. */
void terminal_size(size_t *out_columns, size_t *out_rows);

/* Writes all of it. false: the terminal has gone. */
bool terminal_write(const struct buf *b);

#endif
