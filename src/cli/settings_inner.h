/* What the files of the settings share. Private to them. */
#ifndef DOCKET_CLI_SETTINGS_INNER_H
#define DOCKET_CLI_SETTINGS_INNER_H

#include <stdbool.h>

#include "cli/settings.h"

extern const char SETTINGS_FROM_DEFAULT[]; /* the origin of what nobody has set: compared by its address */

/* The row of that name, which must be one. */
size_t settings_row(const char *name);

/* Where the value of row i stands. */
const char **settings_place(struct settings *s, size_t i);

/* Takes a value for row i unless a stronger place had one. */
void settings_offer(struct settings *s, const char **origins, size_t i, const char *value, const char *origin);

/* Offers what the file holds. One that is missing is fine unless it was asked for by name. 0; ERR_SETTINGS naming file and line;
 * < 0 ERR_FILE. */
int settings_take_file(struct arena *a, const char *path, bool asked, struct settings *s, const char **origins,
                       struct err *e);

/* An address that stands alone for listen is given a port: that of PORT, else the default; its origin then names both. Anything
 * else stays as it is. */
void settings_complete_listen(struct arena *a, struct settings *s, const char **origins);

/* ADDR:PORT, [ADDR]:PORT or PORT. 0, or -1. */
int settings_parse_listen(struct arena *a, const char *text, const char **out_address, int *out_port);

#endif
