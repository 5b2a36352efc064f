/* Text for people: safe on a terminal, numbers with separators, spans of time; and checks of what comes from
 * outside. */
#ifndef DOCKET_BASE_TEXT_H
#define DOCKET_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Is it UTF-8 (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF)? */
bool text_is_utf8(const char *bytes, size_t n);

/* Does it hold a control character (C0, DEL, C1)? */
bool text_has_control(const char *s);

/* Appends bytes so that no terminal can be led astray: control characters, C1, bidirectional overrides and bytes that
 * are not UTF-8 become \xNN or \u{…}; tabs and newlines stay if `lines`, else become \t and \n. */
void text_safe(struct buf *b, const char *bytes, size_t n, bool lines);

/* Appends at most `columns` code points of s made safe, with … in place of what was cut. */
void text_cut(struct buf *b, const char *s, size_t columns);

/* Appends n with thousands separated: 12,345. */
void text_count(struct buf *b, int64_t n);

/* Appends a number of bytes: 812 bytes, 34.1 KiB, 1.20 GiB. */
void text_bytes(struct buf *b, int64_t n);

/* Appends a span: 850 ms, 12 s, 3 min 20 s, 2 h 5 min, 4 d 2 h. */
void text_span(struct buf *b, int64_t us);

/* Reads a span of time: 90, 1.5, 30s, 10m, 2h, 1d, MM:SS, HH:MM:SS. µs; -1 if it is none. */
int64_t text_parse_span(const char *s);

/* The system's words for an errno in lower case: "permission denied". out holds TEXT_CAUSE_BYTES. Returns out. */
enum { TEXT_CAUSE_BYTES = 80 };
char *text_cause(int error, char out[TEXT_CAUSE_BYTES]);

/* Appends s as one word of a POSIX shell: as it is if that is safe, else in single quotes. */
void text_shell_word(struct buf *b, const char *s);

#endif
