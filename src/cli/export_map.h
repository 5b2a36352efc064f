/* What goes into which column: --map 'state=status,id=task_id' read against the fields that a task or a job has. */
#ifndef DOCKET_CLI_EXPORT_MAP_H
#define DOCKET_CLI_EXPORT_MAP_H

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "store/foreign.h"

struct export_field {
    const char *name;
    const char *member;            /* of the JSON; NULL: called as the field */
    enum foreign_kind kind;
    bool as_json;                  /* its text is JSON whatever it holds */
    const char *const *latest;     /* the newest of these times, ended by NULL; NULL: it is a member */
};

/* What is exported: a row of a change feed's kind. */
struct export_kind {
    const char *verb;              /* "task export" */
    const char *change;            /* its kind in the feed, and the member of the change that holds it */
    const char *gone;              /* the kind of a change that tells of its end, which has the members that keys are */
    const struct export_field *fields;
    size_t field_count;
    const char *keys[3];           /* fields that name one, the best first; NULL: no more */
};

/* One field a column; table.columns[i] is filled from fields[i]. */
struct export_map {
    const struct export_field **fields;
    struct foreign_table table;
};

/* Reads the map; text NULL: every field, in a column of its name. Texts and arrays live in a. 0; ERR_USAGE naming the field that
 * is none and the one it might have meant, what is there twice, or the key that is missing. */
int export_map_read(const struct export_kind *kind, const char *text, struct arena *a, struct export_map *out, struct err *e);

/* Where a field stands in the map; -1: it is not in it. */
int export_map_find(const struct export_map *m, const char *field);

/* The values of a row, in the arena, for foreign_put. */
const char **export_map_values(const struct export_map *m, const json_t *row, struct arena *a);

#endif
