/* What `qdo tasks` prints: a header, then a task a line, its state and behind it its text, so that `awk '{print $2}'` takes
 * a text of one word; and how it is read again.
 *
 * A text stands there as it is. One that would not stay on its line, lead a terminal astray or lose a blank at an end
 * is written as $'TEXT', with \n, \t, \xNN, \u{N}, \\ and \' in it; so is one that begins like that. */
#ifndef DOCKET_CLI_TASK_LISTING_H
#define DOCKET_CLI_TASK_LISTING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* The first line, without its newline. */
extern const char TASK_LISTING_HEADER[];

/* Appends the line of a task, without a newline; the state in small letters, as the server says it. */
void task_listing_write(struct buf *b, const char *state, const char *text, size_t n);

/* Reads a line, ours or one of qdo's own: a state in any case, blanks, the text. 0 with the state (an enum task_state)
 * and the text appended to out_text; ERR_BAD_LINE where it begins with no state, or nothing stands behind it. */
int task_listing_read(const char *line, size_t n, int *out_state, struct buf *out_text, struct err *e);

/* Does it begin with a state? The header does not, whatever it was in qdo's own. */
bool task_listing_has_state(const char *line, size_t n);

/* The state (an enum task_state) of that name in any case (n bytes); -1: there is none. */
int task_listing_state(const char *word, size_t n);

#endif
