/* Text for roff, on stdout: what the pages of the manual are written in, so that it shows as it was given. */
#ifndef DOCKET_CLI_ROFF_H
#define DOCKET_CLI_ROFF_H

#include <stddef.h>

/* n bytes of UTF-8, escaped: a hyphen stays one that can be copied, no line is taken for a request. at_start: they
 * begin a line of the source. */
void roff_bytes(const char *text, size_t n, int at_start);
void roff_text(const char *text); /* inside a line */
void roff_line(const char *text); /* a line of its own, or several */

/* In bold or italic, inside a line. */
void roff_bold(const char *text);
void roff_italic(const char *text);

/* ".SH NAME", and the head of a page: its name, section and source. */
void roff_section(const char *name);
void roff_page(const char *name, int section);

/* Words such as a verb's help: blank lines part paragraphs, lines set in by two columns stay as they are. The caller
 * parts the first from what stands before it. */
void roff_prose(const char *text, size_t n);

#endif
