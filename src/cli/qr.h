/* A text as a square that a phone's camera reads. */
#ifndef DOCKET_CLI_QR_H
#define DOCKET_CLI_QR_H

#include <stdio.h>

#include "base/err.h"

/* Draws it with half blocks, two rows of dots a line; in colours of its own where `to` is a terminal, else light on dark as
 * terminals are, mostly. 0; < 0 ERR_INTERNAL for a text too long (more than 1,200 bytes). */
int qr_print(FILE *to, const char *text, struct err *e);

#endif
