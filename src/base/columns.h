/* Text in the columns of a terminal: wide characters take two, combining ones none. What is handed in is UTF-8 that
 * text_safe has made; anything else counts as one column a byte. */
#ifndef DOCKET_BASE_COLUMNS_H
#define DOCKET_BASE_COLUMNS_H

#include <stddef.h>

#include "base/buf.h"

size_t columns_of(const char *s);

/* Appends s in exactly `columns` columns: padded with spaces at its end, or cut with … in place of what is cut. */
void columns_fit(struct buf *b, const char *s, size_t columns);

/* The same with the spaces before it; what is too long is cut at its end. */
void columns_fit_right(struct buf *b, const char *s, size_t columns);

#endif
