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

/* The section's site: takes one of its lines. */
void settings_take_site(struct arena *a, struct settings *s, const char *file, const char *site, const char *name, const char *value);

/* Adds those of a weaker file, but for the ones that are named already. */
void settings_offer_sites(struct settings *s, struct settings_site *more);

/* Is this the section of a site? Its name; NULL: it is not. */
const char *settings_site_name(const char *section);

/* Offers what the file holds. One that is missing is fine unless it was asked for by name. 0; ERR_SETTINGS naming file and line;
 * < 0 ERR_FILE. */
int settings_take_file(struct arena *a, const char *path, bool asked, struct settings *s, const char **origins,
                       struct err *e);

/* An address of listen that stands without a port is given one: that of PORT, else the default; the origin then names both. The words
 * stand with a blank between them then, and are else as they were. */
void settings_complete_listen(struct arena *a, struct settings *s, const char **origins);

/* What listen says, in the arena: some of ADDR:PORT, [ADDR]:PORT or PORT, each with =FACE or =FACE:[OWNER/]QUEUE behind it or not. 0;
 * ERR_SETTINGS, naming the word and the origin. */
int settings_parse_listen(struct arena *a, const char *text, const char *origin, struct listen_place **out, int *out_count,
                          struct err *e);

#endif
