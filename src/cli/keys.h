/* What was typed on a terminal: bytes become keys. Sequences that mean nothing here are swallowed whole. */
#ifndef DOCKET_CLI_KEYS_H
#define DOCKET_CLI_KEYS_H

#include <stddef.h>

enum key {
    KEY_NONE = 0, /* and printable ASCII as itself */
    KEY_ENTER = 256,
    KEY_ESCAPE, /* or backspace: back */
    KEY_UP,
    KEY_DOWN,
    KEY_PAGE_UP,
    KEY_PAGE_DOWN,
    KEY_HOME,
    KEY_END,
};

/* A sequence being received; zeroed it is at rest. */
struct keys {
    char sequence[8];
    size_t n;
};

/* One more byte. The key it completes, or KEY_NONE. */
int keys_take(struct keys *k, char byte);

/* Nothing followed for a while: an escape that stands alone is the key. Call it some 50 ms after the last byte. */
int keys_rest(struct keys *k);

#endif
