/* Command lines from tables: the table of a verb drives its parser, its help and its page in the manual. Options stand
 * before or after positionals, as --name value, --name=value, -n value or -nvalue; a hyphen inside a name may be a _ there;
 * -- ends them. */
#ifndef DOCKET_BASE_OPTIONS_H
#define DOCKET_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum option_kind {
    OPTION_FLAG,    /* bool */
    OPTION_TEXT,    /* const char *, borrowed from argv */
    OPTION_INT,     /* int64_t, min..max */
    OPTION_SECONDS, /* int64_t µs: 90, 1.5, 30s, 10m, 2h, 1d or [HH:]MM:SS; min..max in seconds */
    OPTION_LIST,    /* struct option_list: may be given again and again */
};

struct option_list {
    const char **values; /* grown by options_parse, freed by option_list_done */
    size_t count;
};

struct option {
    const char *name;  /* long, without dashes */
    char letter;       /* short, or 0 */
    enum option_kind kind;
    const char *value; /* what help calls the value: "N", "DIR"; NULL for a flag */
    size_t offset;     /* of the member in the struct filled */
    int64_t min, max;
    const char *help;
};

/* Fills *out and moves the positionals to argv[1] and behind. argv[0] is not looked at. After `--` everything
 * is positional.
 * Returns 0 with their count; ERR_USAGE naming the option (and the one it might have meant). */
int options_parse(const struct option *table, size_t count, int argc, char **argv, void *out, int *out_positionals,
                  struct err *e);

/* Reads one value into its member: the parser of settings files and the environment uses the same table. */
int option_set(const struct option *o, const char *value, void *out, struct err *e);

void option_list_done(struct option_list *l);

/* The name that word was probably meant to be, borrowed from names; NULL if none is like it. */
const char *options_nearest(const char *word, const char *const *names, size_t count);

#endif
