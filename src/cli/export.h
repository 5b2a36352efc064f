/* What `docket task export` and `docket job export` share: what has changed since a consumer's last run, put into a table of the
 * user's own. */
#ifndef DOCKET_CLI_EXPORT_H
#define DOCKET_CLI_EXPORT_H

#include "cli/connect.h"
#include "cli/export_map.h"
#include "cli/out.h"
#include "cli/verb.h"

struct export_options {
    struct connect_options connect;
    const char *to, *table, *map, *consumer, *site;
    bool mirror, again, json;
};

#define EXPORT_OPTIONS                                                                                                               \
    {"to", 0, OPTION_TEXT, "URL", offsetof(struct export_options, to), 0, 0,                                                         \
     "the database: sqlite:FILE or postgresql://USER@HOST:PORT/DATABASE; needed"},                                                   \
    {"table", 0, OPTION_TEXT, "TABLE", offsetof(struct export_options, table), 0, 0, "made where it is not there; needed"},          \
    {"map", 0, OPTION_TEXT, "MAP", offsetof(struct export_options, map), 0, 0,                                                       \
     "FIELD=COLUMN,…: what goes where; else every field in a column of its name"},                                                   \
    {"consumer", 0, OPTION_TEXT, "NAME", offsetof(struct export_options, consumer), 0, 0,                                            \
     "whose last run counts; else a name made of the table, the database, the map and this host"},                                   \
    {"mirror", 0, OPTION_FLAG, NULL, offsetof(struct export_options, mirror), 0, 0, "what is removed here is removed there, too"},   \
    {"again", 0, OPTION_FLAG, NULL, offsetof(struct export_options, again), 0, 0, "all of it, not only what has changed"}

/* Reads the feed page by page and puts what it holds into the table: in one transaction, or in one per EXPORT_ROWS rows; each is
 * committed there before the server is told that this consumer has read so far. queue NULL: of all. Prints what was done. */
enum { EXPORT_ROWS = 50000 };
int export_run(struct verb_call *call, const struct export_kind *kind, const char *queue, struct err *e);

#endif
