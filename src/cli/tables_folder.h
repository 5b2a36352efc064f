/* The tables of a folder: *.csv, by name. */
#ifndef DOCKET_CLI_TABLES_FOLDER_H
#define DOCKET_CLI_TABLES_FOLDER_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct tables_entry {
    const char *name; /* the file's, without .csv */
    int32_t rows, columns; /* columns: of its widest row; both as tables_folder_measure found them */
};

/* Valid when zeroed. */
struct tables_folder {
    struct arena arena;
    const char *path;
    struct tables_entry *all; /* by name, in the order of bytes */
    size_t count;
    size_t found; /* the last one that was asked for: the next is likely the same */
};

/* Reads the names. 0; ERR_USAGE: no such folder, or no table in it; ERR_BAD_NAME; < 0 ERR_FILE. */
int tables_folder_open(struct tables_folder *f, const char *path, struct err *e);
void tables_folder_done(struct tables_folder *f);

/* Keeps those that are named, in the order of bytes. 0; ERR_USAGE naming one that is not there. */
int tables_folder_keep(struct tables_folder *f, const char *const *names, size_t count, struct err *e);

/* The file of a table, in the arena. */
const char *tables_folder_file(struct arena *a, const struct tables_folder *f, size_t table);

/* Which one is called so; -1: none. */
int64_t tables_folder_find(struct tables_folder *f, const char *name);

#endif
