/* What verbs print: text that no terminal can be led astray by, JSON, the width there is. */
#ifndef DOCKET_CLI_OUT_H
#define DOCKET_CLI_OUT_H

#include <stdio.h>

#include "base/json.h"
#include "base/options.h"

/* The row of --json for a struct with a bool `json`. */
#define OUT_JSON_OPTION(type)                                                                                         \
    {"json", 0, OPTION_FLAG, NULL, offsetof(type, json), 0, 0, "print JSON as the server gives it"}

enum { OUT_UNLIMITED = 1 << 20 };

/* s made safe; NULL prints "-". out_cut: at most `columns` of it; out_cell: exactly, padded. */
void out_safe(FILE *to, const char *s);
void out_cut(FILE *to, const char *s, size_t columns);
void out_cell(FILE *to, const char *s, size_t columns);

/* One document and a newline, on stdout. */
void out_json(const json_t *value);

/* Columns of the terminal behind fd; OUT_UNLIMITED if there is none. */
size_t out_width(int fd);

/* "1 task", "4,118 tasks", appended. */
void out_count(struct buf *b, int64_t n, const char *one, const char *many);

/* A number or text of an object as text in the arena, made safe; "-" for null and what is missing. */
const char *out_field(struct arena *a, const json_t *object, const char *name);

/* Integer `name` of an object, 0 if it has none. */
int64_t out_int(const json_t *object, const char *name);

#endif
