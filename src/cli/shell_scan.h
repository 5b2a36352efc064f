/* Where in a command of the shell one stands: read byte by byte, it says whether a quoted word put in at that place
 * would be taken as one word. */
#ifndef DOCKET_CLI_SHELL_SCAN_H
#define DOCKET_CLI_SHELL_SCAN_H

#include <stdbool.h>
#include <stddef.h>

enum { SHELL_SCAN_DEPTH = 32, SHELL_SCAN_LAST = 5 };

enum shell_place {
    SHELL_BARE,       /* between words or in one */
    SHELL_SINGLE,     /* '…' */
    SHELL_DOUBLE,     /* "…" */
    SHELL_BACKQUOTE,  /* `…` */
    SHELL_ARITHMETIC, /* $((…)) */
    SHELL_COMMENT,    /* # … */
    SHELL_DOCUMENT,   /* behind <<WORD; it is not followed to its end */
    SHELL_PARAMETER,  /* ${…} */
    SHELL_LOST,       /* behind what is not followed; for good */
    SHELL_PLACES,
};

struct shell_scan {
    enum shell_place stack[SHELL_SCAN_DEPTH]; /* what is open; [0] is the command itself */
    size_t depth;
    bool escaped;               /* behind a backslash */
    bool document;              /* a << was seen in this line */
    char last[SHELL_SCAN_LAST]; /* the bytes before, the nearest first; blanks before the first */
};

void shell_scan_init(struct shell_scan *s);
void shell_scan_feed(struct shell_scan *s, const char *bytes, size_t n);

/* Why a quoted word may not stand here ("stands inside double quotes"); NULL: it may. */
const char *shell_scan_objection(const struct shell_scan *s);

/* A word was put in here. */
void shell_scan_word(struct shell_scan *s);

#endif
