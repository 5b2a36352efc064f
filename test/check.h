/* Checks of a test program: each prints a line, `ok NAME` or `not ok NAME (FILE:LINE: EXPRESSION)`; main ends with
 * `return check_end();`, which is 1 if any failed. */
#ifndef DOCKET_TEST_CHECK_H
#define DOCKET_TEST_CHECK_H

#include <stdio.h>
#include <string.h>

static int check_failures;

#define CHECK(name, expression)                                                                             \
    do {                                                                                                    \
        if (expression) {                                                                                   \
            printf("ok %s\n", (name));                                                                      \
        } else {                                                                                            \
            printf("not ok %s (%s:%d: %s)\n", (name), __FILE__, __LINE__, #expression);                     \
            check_failures++;                                                                               \
        }                                                                                                   \
        fflush(stdout);                                                                                     \
    } while (0)

/* The same for two strings; shows both. */
#define CHECK_TEXT(name, got, wanted)                                                                       \
    do {                                                                                                    \
        const char *check_got_ = (got), *check_wanted_ = (wanted);                                          \
        if (strcmp(check_got_, check_wanted_) == 0) {                                                       \
            printf("ok %s\n", (name));                                                                      \
        } else {                                                                                            \
            printf("not ok %s (%s:%d: got '%s', wanted '%s')\n", (name), __FILE__, __LINE__, check_got_,    \
                   check_wanted_);                                                                          \
            check_failures++;                                                                               \
        }                                                                                                   \
        fflush(stdout);                                                                                     \
    } while (0)

static inline int check_end(void) { return check_failures ? 1 : 0; }

#endif
