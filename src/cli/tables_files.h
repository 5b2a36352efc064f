/* Which file holds what of a task of the challenge: known by CEA, CTA or CPA in its name. */
#ifndef DOCKET_CLI_TABLES_FILES_H
#define DOCKET_CLI_TABLES_FILES_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/options.h"
#include "store/record.h"

/* A file for each kind of target, NULL where none was found; paths live in an arena. */
struct tables_files {
    const char *of[TARGET_KINDS];
};

/* Looks through paths, each a file or a folder, for kinds that have no file yet: files before folders. `option` ("--targets") chooses
 * among several. 0; ERR_USAGE: no such path, a file whose name says nothing, two for one kind in one place; < 0 ERR_FILE. */
int tables_files_among(struct tables_files *f, struct arena *a, const struct option_list *paths, const char *option, struct err *e);

/* The same of one folder; one that is not there has nothing. */
int tables_files_in(struct tables_files *f, struct arena *a, const char *folder, const char *option, struct err *e);

/* Does the file's name say that it is of this kind? Its word in capitals, or in small letters between others than letters. */
bool tables_files_is(const char *path, enum target_kind kind);

#endif
